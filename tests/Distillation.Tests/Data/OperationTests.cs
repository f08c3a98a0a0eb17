using System.Text.Json;
using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>Automatic augmentations: each operation beside torchvision's, and what is drawn for whom.</summary>
public sealed class OperationTests
{
    private static readonly JsonElement golden = Golden.Read("operations.json");

    private static readonly Dataset colours = new("colours", 10, 3, 16, 16, 8, 8, new Normalization([0.5, 0.5, 0.5], [0.25, 0.25, 0.25]));

    public static TheoryData<string> Operations => [.. Enum.GetNames<ImageOperation>()];

    private static Tensor Images(int count = 8, int channels = 3) => Key.Of(5).Integers(0, 256, [count, channels, 16, 16], CPU).to_type(ScalarType.Byte);

    [Theory]
    [MemberData(nameof(Operations))]
    public void Every_pixel_is_within_one_grey_level_of_torchvisions(string name)
    {
        using var scope = NewDisposeScope();
        var images = golden.GetProperty("images").EnumerateArray().Select(image =>
            tensor(Golden.Numbers(image.GetProperty("values"))).to_type(ScalarType.Float32).reshape([1, .. Golden.Integers(image.GetProperty("shape"))])).ToList();
        var cases = golden.GetProperty("cases").EnumerateArray().Where(one => one.GetProperty("operation").GetString() == name).ToList();

        Assert.True(cases.Count >= images.Count);
        Assert.All(cases, one =>
        {
            var magnitude = one.GetProperty("magnitude").GetDouble();
            var made = ImageOperations.Apply(Enum.Parse<ImageOperation>(name), images[one.GetProperty("image").GetInt32()], full(1, (float)magnitude, ScalarType.Float32));
            var expected = Golden.Numbers(one.GetProperty("output"));
            var worst = expected.Zip(Golden.Flat(made), (e, a) => Math.Abs(e - a)).Max();
            Assert.True(worst <= 1, $"{name} {magnitude} of image {one.GetProperty("image")}: {worst} grey levels");
        });
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void Each_image_of_a_batch_has_a_magnitude_of_its_own(string name)
    {
        using var scope = NewDisposeScope();
        var (images, operation) = (Images().to_type(ScalarType.Float32), Enum.Parse<ImageOperation>(name));
        var magnitudes = Key.Of(6).Uniform([8], CPU) * (operation is ImageOperation.Posterize or ImageOperation.TranslateX or ImageOperation.TranslateY ? 8 : operation is ImageOperation.Rotate or ImageOperation.Solarize ? 100 : 1);
        magnitudes = operation == ImageOperation.Posterize ? magnitudes.floor() : magnitudes;

        var together = ImageOperations.Apply(operation, images, magnitudes);

        var alone = Enumerable.Range(0, 8).SelectMany(i => Golden.Flat(ImageOperations.Apply(operation, images.narrow(0, i, 1), magnitudes.narrow(0, i, 1)))).ToArray();
        Assert.Equal(alone, Golden.Flat(together));
        Assert.All(alone, value => Assert.True(value is >= 0 and <= 255 && value == Math.Floor(value)));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(1)]
    public void Random_operations_change_nearly_every_image_and_one_key_changes_them_the_same_way(int channels)
    {
        using var scope = NewDisposeScope();
        var images = Images(200, channels);
        foreach (var augmentation in new Augmentation[] { new Augmentation.RandAugment(), new Augmentation.AutoAugment(), new Augmentation.Rotation(30) })
        {
            var (one, again, other) = (augmentation.Apply(images, Key.Of(1)), augmentation.Apply(images, Key.Of(1)), augmentation.Apply(images, Key.Of(2)));

            Assert.Equal(ScalarType.Byte, one.dtype);
            Assert.Equal(images.shape, one.shape);
            Assert.True(one.eq(again).all().item<bool>());
            Assert.False(one.eq(other).all().item<bool>());
            // AutoAugment leaves those alone whose two chances fail; a turn by a few degrees moves no pixel of images as small as these.
            var changed = one.ne(images).flatten(1).any(1).to_type(ScalarType.Float64).mean().item<double>();
            Assert.InRange(changed, augmentation switch { Augmentation.AutoAugment => 0.5, Augmentation.Rotation => 0.8, _ => 0.95 }, 1);
            Assert.True(images.eq(Images(200, channels)).all().item<bool>());
        }
    }

    [Fact]
    public void A_rectangle_has_its_colour_and_the_rest_stays()
    {
        using var scope = NewDisposeScope();
        var images = zeros(2, 3, 4, 5);

        var covered = ImageOperations.Covered(images, tensor([1L, 0]), tensor([2L, 9]), tensor([3L, 0]), tensor([9L, 0]), tensor([true, false]), [1, 2, 3]);

        Assert.Equal([0.0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 0, 0, 0, 2, 2, 0, 0, 0, 0, 0], Golden.Flat(covered[0, 1]));
        Assert.Equal(4 * 3.0, covered[0, 2].sum().item<float>());
        Assert.Equal(0, covered[1].sum().item<float>());
    }

    [Fact]
    public void An_augmentation_with_operations_is_a_value_with_a_text_of_its_own()
    {
        Augmentation[] all = [Augmentations.CropFlip.Then(new Augmentation.RandAugment()), new Augmentation.RandAugment(3), new Augmentation.AutoAugment(), new Augmentation.AutoAugment().Then(new Augmentation.Cutout(16)), new Augmentation.Rotation(15)];

        Assert.Equal(["pad-crop 4, flip 0.5, rand-augment 2", "rand-augment 3", "auto-augment", "auto-augment, cutout 16", "rotation 15"], all.Select(one => one.ToString()));
        Assert.All(all, one => Assert.Equal(one, JsonSerializer.Deserialize<Augmentation>(JsonSerializer.Serialize(one))));
        Assert.Contains("1 to 100", Assert.Throws<BadInput>(() => new Augmentation.RandAugment(0)).Message);
    }

    [Fact]
    public void Images_are_turned_about_their_middle_by_no_more_than_asked()
    {
        using var scope = NewDisposeScope();
        // One bright pixel to the right of the middle of 33: its angle is that of the turn.
        var images = zeros([400, 1, 33, 33], ScalarType.Byte);
        images.select(3, 28).select(2, 16).fill_(200);
        images.select(3, 16).select(2, 16).fill_(100);

        var turned = new Augmentation.Rotation(40).Apply(images, Key.Of(1));

        Assert.All(Golden.Flat(turned.select(3, 16).select(2, 16)), middle => Assert.Equal(100, middle));
        var angles = new List<double>();
        for (var i = 0; i < 400; i++)
        {
            if (turned[i, 0].eq(200).nonzero() is { shape: [> 0, _] } places)
            {
                angles.Add(Math.Atan2(places[0, 0].item<long>() - 16, places[0, 1].item<long>() - 16) * 180 / Math.PI);
            }
        }

        Assert.True(angles.Count > 300);
        Assert.All(angles, angle => Assert.InRange(angle, -43, 43));
        Assert.True(angles.Max() > 35 && angles.Min() < -35, $"{angles.Min()} … {angles.Max()}");
    }

    [Fact]
    public void A_view_of_another_augmentation_is_made_of_the_same_training_images_once_for_all()
    {
        using var scope = NewDisposeScope();
        var images = Images();
        using var data = new LoadedDataset(colours, [.. Enumerable.Range(0, 10).Select(i => $"{i}")], new Split(images, arange(8, ScalarType.Int64)), new Split(Images(), arange(8, ScalarType.Int64)));
        var network = Networks.ResNet(8, 10, size: 16);
        var learner = new Learner("a", network, Toy.Start(network), Methods.None, [], new LearningTask.Classes(), Toy.Recipe with { BatchSize = 8 }, Key.Of(1));
        var stream = new BatchStream(data, [], [learner], learner.Recipe, Key.Of(3));
        var (strong, plain) = (View.Augmented(new Augmentation.RandAugment()), View.Augmented(Augmentations.None));
        var batch = stream.At(0, 0, stream.Order(0), scope);

        var seen = batch.Images(strong);

        Assert.Same(seen, batch.Images(View.Augmented(new Augmentation.RandAugment())));
        Assert.False(seen.eq(batch.Images(View.Plain)).all().item<bool>());
        Golden.Close(Golden.Flat(colours.Normalization.Normalize(images.index_select(0, batch.Indices))), Golden.Flat(batch.Images(plain)), relative: 0, absolute: 0);
    }
}
