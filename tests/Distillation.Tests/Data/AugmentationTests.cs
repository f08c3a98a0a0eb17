using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using TorchSharp;
using static TorchSharp.torch;

namespace Distillation.Tests.Data;

/// <summary>The laws of augmentation, and augmentations as values.</summary>
public sealed class AugmentationTests
{
    private static readonly Normalization grey = new([0.2860], [0.3530]);
    private static readonly Normalization colour = new([0.5071, 0.4867, 0.4408], [0.2675, 0.2565, 0.2761]);
    private static readonly Augmentation cropFlip = Augmentations.CropFlip;

    private static Gen<Augmentation> Moves =>
        from steps in Gen.OneOf(
            Gen.Constant(Augmentations.None),
            Law.Whole(0, 4).Select(p => (Augmentation)new Augmentation.PadCrop(p)),
            Law.Number(0, 180).Select(degrees => (Augmentation)new Augmentation.Rotation(degrees)),
            Law.Number(0, 1).Select(p => (Augmentation)new Augmentation.Flip(p))).ListOf(3)
        select steps.Aggregate((first, second) => first.Then(second));

    [Fact]
    public void The_same_key_gives_the_same_images_whatever_was_drawn_before() => Law.Holds(Moves, Law.Seed, (moves, seed) =>
    {
        using var scope = NewDisposeScope();
        var images = Images(5, 3, seed);
        var first = moves.Apply(images, Key.Of(seed));
        rand(17).Dispose();
        return Same(first, moves.Apply(images, Key.Of(seed)));
    });

    [Fact]
    public void A_rotation_turns_each_image_by_an_angle_of_its_own_within_its_bounds()
    {
        using var scope = NewDisposeScope();
        var images = Images(1, 3, 8).expand(40, -1, -1, -1).contiguous();
        var turned = new Augmentation.Rotation(15).Apply(images, Key.Of(4));
        Assert.Equal((ScalarType.Byte, 40L), (turned.dtype, turned.shape[0]));
        Assert.InRange(turned.flatten(1).to_type(ScalarType.Float32).unique(dim: 0).output.shape[0], 10, 40);
        var angles = Key.Of(4).Fold("rotation").Fold(0).Uniform([40], CPU) * 30 - 15;
        Assert.True(Same(turned, ImageOperations.Apply(ImageOperation.Rotate, images.to_type(ScalarType.Float32), angles).to_type(ScalarType.Byte)));
        Assert.True(Same(images, new Augmentation.Rotation(0).Apply(images, Key.Of(4))));
        Assert.Equal("A rotation is by at most 0 to 180 degrees, not 181.", Assert.Throws<BadInput>(() => new Augmentation.Rotation(181)).Message);
        Assert.Equal("pad-crop 8, rotation 15", new Augmentation.PadCrop(8).Then(new Augmentation.Rotation(15)).ToString());
    }

    [Fact]
    public void How_steps_are_bracketed_does_not_matter() => Law.Holds(Moves, Moves, (first, second) =>
    {
        using var scope = NewDisposeScope();
        var (images, key, last) = (Images(6, 1, 3), Key.Of(11), new Augmentation.PadCrop(1));
        return Same(first.Then(second).Then(last).Apply(images, key), first.Then(second.Then(last)).Apply(images, key));
    });

    [Fact]
    public void None_is_neutral_on_either_side() => Law.Holds(Moves, moves =>
    {
        using var scope = NewDisposeScope();
        var (images, key) = (Images(6, 3, 4), Key.Of(12));
        return Same(moves.Apply(images, key), Augmentations.None.Then(moves).Apply(images, key))
            && Same(moves.Apply(images, key), moves.Then(Augmentations.None).Apply(images, key));
    });

    [Fact]
    public void A_further_kind_of_step_does_not_change_the_draws_of_the_others()
    {
        using var scope = NewDisposeScope();
        var (images, key) = (Images(64, 3, 5), Key.Of(13));
        var cropped = new Augmentation.PadCrop(4).Apply(images, key);
        Assert.True(Same(cropped, new Augmentation.Flip(0).Then(new Augmentation.PadCrop(4)).Apply(images, key)));
        var withHole = colour.Prepare(cropFlip.Then(new Augmentation.Cutout(8)), images, key);
        var without = colour.Prepare(cropFlip, images, key);
        Assert.True(withHole.eq(without).logical_or(withHole.eq(0)).all().ToBoolean());
    }

    [Fact]
    public void The_same_step_twice_draws_twice()
    {
        using var scope = NewDisposeScope();
        var (images, key) = (Images(64, 1, 6), Key.Of(14));
        var flip = new Augmentation.Flip();
        Assert.False(Same(images, flip.Then(flip).Apply(images, key)));
    }

    [Fact]
    public void A_certain_flip_is_its_own_inverse_and_an_impossible_one_does_nothing() => Law.Holds(Law.Seed, seed =>
    {
        using var scope = NewDisposeScope();
        var (images, key) = (Images(4, 3, seed), Key.Of(seed));
        var always = new Augmentation.Flip(1);
        return Same(images, always.Then(always).Apply(images, key))
            && Same(images.flip(3), always.Apply(images, key))
            && Same(images, new Augmentation.Flip(0).Apply(images, key));
    });

    [Fact]
    public void A_crop_in_the_middle_gives_the_image_back() => Law.Holds(Law.Whole(0, 5), Law.Seed, (padding, seed) =>
    {
        using var scope = NewDisposeScope();
        var images = Images(3, 3, seed);
        var middle = full([3], padding, ScalarType.Int64);
        return Same(images, Augmenting.PadCropAt(images, padding, middle, middle));
    });

    [Fact]
    public void Crops_reach_every_offset_and_flips_about_half()
    {
        using var scope = NewDisposeScope();
        // One white pixel in the middle: where it is afterwards says what was drawn.
        var images = zeros([4000, 1, 9, 9], ScalarType.Byte);
        images[TensorIndex.Colon, TensorIndex.Colon, 4, 4] = tensor((byte)255);
        var places = new Augmentation.PadCrop(2).Apply(images, Key.Of(1)).reshape(4000, 81).to(ScalarType.Float32).argmax(1);
        var counts = bincount(places, minlength: 81).reshape(9, 9)[2..7, 2..7];
        Assert.Equal(4000, counts.sum().ToInt64());
        Assert.InRange(counts.min().ToInt64(), 100, 160);
        Assert.InRange(counts.max().ToInt64(), 160, 220);

        images.zero_();
        images[TensorIndex.Colon, TensorIndex.Colon, 4, 0] = tensor((byte)255);
        var flipped = new Augmentation.Flip(0.5).Apply(images, Key.Of(2))[TensorIndex.Colon, 0, 4, 8].gt(0).sum().ToInt64();
        Assert.InRange(flipped, 1870, 2130);
    }

    [Fact]
    public void Holes_have_the_published_size_and_lie_anywhere()
    {
        using var scope = NewDisposeScope();
        var images = full([500, 1, 28, 28], 255, ScalarType.Byte);
        var holes = grey.Prepare(new Augmentation.Cutout(8), images, Key.Of(3)).eq(0);
        var area = holes.sum([1, 2, 3]);
        Assert.Equal(64, area.max().ToInt64());
        Assert.InRange(area.min().ToInt64(), 16, 40);
        Assert.True(holes.any(0).all().ToBoolean());
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(3, false)]
    [InlineData(3, true)]
    public void Prepare_is_augmenting_and_then_normalising_in_either_memory_order(int channels, bool channelsLast)
    {
        using var scope = NewDisposeScope();
        var (images, key, normalization) = (Images(7, channels, 8), Key.Of(15), channels == 1 ? grey : colour);
        var prepared = normalization.Prepare(cropFlip, images, key, ScalarType.Float32, channelsLast);
        Assert.True(Same(normalization.Normalize(cropFlip.Apply(images, key)), prepared));
        long[] strides = channelsLast ? [9 * 12 * channels, 1, 12 * channels, channels] : [9 * 12 * channels, 9 * 12, 12, 1];
        Assert.Equal(strides, prepared.stride());
    }

    [Fact]
    public void Bfloat16_images_are_the_rounded_float32_ones()
    {
        using var scope = NewDisposeScope();
        var images = Images(4, 3, 9);
        var expected = colour.Normalize(images).to(ScalarType.BFloat16);
        var actual = colour.Normalize(images, ScalarType.BFloat16, channelsLast: true);
        Assert.Equal(ScalarType.BFloat16, actual.dtype);
        Assert.True(Same(expected, actual));
    }

    [Fact]
    public void Neither_the_images_given_nor_a_caller_s_scope_is_touched()
    {
        using var scope = NewDisposeScope();
        var images = Images(4, 3, 10);
        var copy = images.clone();
        var live = scope.DisposablesCount;
        colour.Prepare(cropFlip.Then(new Augmentation.Cutout(4)), images, Key.Of(16)).Dispose();
        cropFlip.Apply(images, Key.Of(16)).Dispose();
        Augmentations.None.Apply(images, Key.Of(16)).Dispose();
        colour.Normalize(images, channelsLast: true).Dispose();
        Assert.Equal(live, scope.DisposablesCount);
        Assert.True(Same(copy, images));
    }

    [Fact]
    public void A_cutout_before_a_move_is_refused_in_one_sentence()
    {
        using var images = Images(2, 3, 11);
        var wrong = new Augmentation.Cutout(4).Then(new Augmentation.Flip());
        Assert.Contains("must come last", Assert.Throws<BadInput>(() => colour.Prepare(wrong, images, Key.Of(1))).Message);
        Assert.Contains("Prepare", Assert.Throws<BadInput>(() => new Augmentation.Cutout(4).Apply(images, Key.Of(1))).Message);
    }

    [Fact]
    public void Impossible_numbers_are_refused_where_they_are_written()
    {
        Assert.Throws<BadInput>(() => new Augmentation.PadCrop(-1));
        Assert.Throws<BadInput>(() => new Augmentation.Flip(1.5));
        Assert.Throws<BadInput>(() => new Augmentation.Cutout(0));
        Assert.Throws<BadInput>(() => new Normalization([0.5], [0]));
        Assert.Throws<BadInput>(() => new Normalization([0.5, 0.5], [0.25]));
    }

    [Fact]
    public void Images_and_draws_that_do_not_fit_are_refused()
    {
        using var scope = NewDisposeScope();
        var images = Images(4, 3, 12);
        var three = zeros([3], ScalarType.Int64);
        Assert.Throws<ArgumentException>(() => Augmenting.PadCropAt(images, 2, three, three));
        Assert.Throws<ArgumentException>(() => Augmenting.FlipWhere(images[0], three.to(ScalarType.Bool)));
        Assert.Throws<ArgumentException>(() => grey.Normalize(images));
        Assert.Throws<ArgumentException>(() => colour.Normalize(images.to(ScalarType.Float32)));
    }

    [Fact]
    public void An_augmentation_survives_its_json_and_reads_as_a_list()
    {
        var all = cropFlip.Then(new Augmentation.Cutout(8));
        var json = JsonSerializer.Serialize(all);
        Assert.Equal(all, JsonSerializer.Deserialize<Augmentation>(json));
        Assert.Contains("\"kind\":\"pad-crop\"", json);
        Assert.Equal("pad-crop 4, flip 0.5, cutout 8", all.ToString());
        Assert.Equal("flip 0.5", Augmentations.None.Then(new Augmentation.Flip()).ToString());
        Assert.Equal("none", Augmentations.None.ToString());
    }

    private static Tensor Images(long count, long channels, long seed) =>
        Key.Of(seed).Integers(0, 256, [count, channels, 9, 12], CPU).to(ScalarType.Byte, disposeAfter: true);

    private static bool Same(Tensor a, Tensor b) => a.shape.SequenceEqual(b.shape) && a.eq(b).all().ToBoolean();
}
