using System.Text.Json;
using static TorchSharp.torch;

namespace Distillation.Tests.Data;

/// <summary>What crops, flips, holes and normalisation do to pixels, against loops over pixels in tests/golden/augment.py.</summary>
public sealed class GoldenAugmentationTests
{
    private static readonly JsonElement[] cases = [.. Golden.Read("augment.json").GetProperty("cases").EnumerateArray()];

    [Fact]
    public void A_crop_is_the_window_that_the_loop_copies()
    {
        foreach (var (images, golden) in Images())
        {
            foreach (var crop in golden.GetProperty("pad_crop").EnumerateArray())
            {
                var actual = Augmenting.PadCropAt(images, crop.GetProperty("padding").GetInt32(), Draws(crop, "top"), Draws(crop, "left"));
                Assert.Equal(Golden.Integers(crop.GetProperty("output")), Bytes(actual));
            }
        }
    }

    [Fact]
    public void A_flip_exchanges_left_and_right_of_the_chosen_images_only()
    {
        foreach (var (images, golden) in Images())
        {
            var flip = golden.GetProperty("flip");
            Assert.Equal(Golden.Integers(flip.GetProperty("output")), Bytes(Augmenting.FlipWhere(images, Mask(flip))));
        }
    }

    [Fact]
    public void A_hole_covers_what_the_loop_covers_at_borders_and_odd_sides_too()
    {
        foreach (var (images, golden) in Images())
        {
            foreach (var hole in golden.GetProperty("cutout").EnumerateArray())
            {
                var actual = Augmenting.CutoutAt(images, hole.GetProperty("side").GetInt32(), Draws(hole, "y"), Draws(hole, "x"));
                Assert.Equal(Golden.Integers(hole.GetProperty("output")), Bytes(actual));
            }
        }
    }

    [Fact]
    public void Normalised_pixels_agree_with_float64_to_a_millionth()
    {
        foreach (var (images, golden) in Images())
        {
            var expected = golden.GetProperty("normalise");
            Golden.Close(Golden.Numbers(expected.GetProperty("output")), Golden.Flat(Statistics(expected).Normalize(images)), 1e-6, 1e-6, "pixel");
        }
    }

    [Fact]
    public void The_whole_way_leaves_zeros_where_the_hole_is()
    {
        foreach (var (images, golden) in Images())
        {
            var all = golden.GetProperty("pipeline");
            var cropped = Augmenting.PadCropAt(images, all.GetProperty("padding").GetInt32(), Draws(all, "top"), Draws(all, "left"));
            var moved = Augmenting.FlipWhere(cropped, Mask(all));
            var actual = Augmenting.CutoutAt(Statistics(all).Normalize(moved), all.GetProperty("side").GetInt32(), Draws(all, "y"), Draws(all, "x"));
            Golden.Close(Golden.Numbers(all.GetProperty("hole_after_normalise")), Golden.Flat(actual), 1e-6, 1e-6, "pixel");
        }
    }

    private static IEnumerable<(Tensor Images, JsonElement Golden)> Images()
    {
        foreach (var golden in cases)
        {
            using var scope = NewDisposeScope();
            var bytes = Golden.Integers(golden.GetProperty("images")).Select(v => (byte)v).ToArray();
            yield return (tensor(bytes, Golden.Integers(golden.GetProperty("shape"))), golden);
        }
    }

    private static Tensor Draws(JsonElement from, string name) => tensor(Golden.Integers(from.GetProperty(name)));

    private static Tensor Mask(JsonElement from) => tensor(from.GetProperty("flipped").EnumerateArray().Select(v => v.GetBoolean()).ToArray());

    private static Normalization Statistics(JsonElement from) => new(Golden.Numbers(from.GetProperty("mean")), Golden.Numbers(from.GetProperty("std")));

    private static long[] Bytes(Tensor value) => [.. value.contiguous().data<byte>().ToArray().Select(b => (long)b)];
}
