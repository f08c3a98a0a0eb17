namespace Distillation.Tests;

/// <summary>Parameter counts as published, or computed from the published definitions.</summary>
public sealed class CountTests
{
    public static TheoryData<string, int, long> Published => new()
    {
        { "resnet-8", 100, 83_892 }, { "resnet-20", 100, 278_324 }, { "resnet-32", 100, 472_756 }, { "resnet-56", 100, 861_620 }, { "resnet-110", 100, 1_736_564 },
        { "resnet-8", 10, 78_042 }, { "resnet-20", 10, 272_474 }, { "resnet-32", 10, 466_906 }, { "resnet-56", 10, 855_770 }, { "resnet-110", 10, 1_730_714 },
        // Zero-padded shortcuts, as in the paper's table 6 (0.27, 0.46, 0.85, 1.7 million).
        { "resnet-20-a", 10, 269_722 }, { "resnet-32-a", 10, 464_154 }, { "resnet-56-a", 10, 853_018 }, { "resnet-110-a", 10, 1_727_962 },
        { "resnet-8x4", 100, 1_233_540 }, { "resnet-32x4", 100, 7_433_860 }, { "resnet-8x4", 10, 1_210_410 }, { "resnet-32x4", 10, 7_410_730 },
        { "wrn-16-1", 100, 180_916 }, { "wrn-16-2", 100, 703_284 }, { "wrn-40-1", 100, 569_780 }, { "wrn-40-2", 100, 2_255_156 }, { "wrn-28-10", 100, 36_536_884 },
        { "wrn-16-2", 10, 691_674 }, { "wrn-28-10", 10, 36_479_194 },
        { "vgg-8", 100, 3_965_028 }, { "vgg-13", 100, 9_462_180 },
        { "resnet-10-4stage", 100, 4_949_412 }, { "resnet-18-4stage", 100, 11_220_132 }, { "resnet-34-4stage", 100, 21_328_292 }, { "resnet-50-4stage", 100, 23_705_252 },
        { "resnet-101-4stage", 100, 42_697_380 }, { "resnet-152-4stage", 100, 58_341_028 }, { "resnet-18-4stage", 10, 11_173_962 }, { "resnet-34-4stage", 10, 21_282_122 },
        { "resnet-18-imagenet", 1000, 11_689_512 }, { "resnet-34-imagenet", 1000, 21_797_672 }, { "resnet-50-imagenet", 1000, 25_557_032 },
        // 34.4 and 68.1 million in table 7 of the paper, for CIFAR-10.
        { "resnext-29-8x64d", 10, 34_426_698 }, { "resnext-29-16x64d", 10, 68_155_210 },
        { "mobilenet-v2-half", 100, 812_836 }, { "mobilenet-v2", 100, 812_836 }, { "shufflenet-v1", 100, 949_258 },
        { "shufflenet-v2", 100, 1_355_528 }, { "shufflenet-v2-x0.5", 100, 443_716 }, { "shufflenet-v2-x1.5", 100, 2_580_548 }, { "shufflenet-v2-x2", 100, 5_521_860 },
    };

    [Theory]
    [MemberData(nameof(Published))]
    public void A_network_has_as_many_parameters_as_published(string name, int classes, long count)
    {
        var network = NetworkCatalog.Named(name, classes, channels: 3, size: 32);
        Assert.Equal(name, network.Name);
        Assert.Equal(count, network.ParameterCount);
        Assert.Equal(classes, network.Classes);
    }

    [Theory]
    [InlineData("lenet-5", 61_706)]
    [InlineData("lenet-5-half", 15_738)]
    public void LeNet_has_as_many_parameters_as_published(string name, long count) =>
        Assert.Equal(count, NetworkCatalog.Named(name, classes: 10, channels: 1, size: 32).ParameterCount);

    [Theory]
    [InlineData("hintonnet", 2_395_210)]
    [InlineData("hintonnet-800", 1_276_810)]
    public void HintonNet_has_the_published_2_4_and_1_28_million_parameters(string name, long count) =>
        Assert.Equal(count, NetworkCatalog.Named(name, classes: 10, channels: 1, size: 28).ParameterCount);

    [Fact]
    public void AlexNet_has_as_many_parameters_as_torchvisions() =>
        Assert.Equal(61_100_840, NetworkCatalog.Named("alexnet", classes: 1000, channels: 3, size: 224).ParameterCount);

    [Theory]
    [InlineData("resnet-20")]
    [InlineData("vgg-8")]
    [InlineData("spectrogram-cnn")]
    [InlineData("resnet-18-4stage+attention")]
    public void A_network_takes_images_that_are_not_square(string name)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        var network = NetworkCatalog.Named(name, 10, new Shape(1, 40, 64));
        Assert.Equal((name, new Shape(1, 40, 64)), (network.Name, network.Input));
        var answer = network.Apply(network.Initialize(Key.Of(1), TorchSharp.torch.CPU), Small.Images(network, 2), Pass.Evaluation);
        Assert.Equal([2, 10], answer.Logits.shape);
    }

    [Theory]
    [InlineData("resnet-20")]
    [InlineData("wrn-16-2")]
    [InlineData("vgg-8")]
    [InlineData("resnet-10-4stage")]
    [InlineData("mobilenet-v2-half")]
    [InlineData("shufflenet-v1")]
    [InlineData("shufflenet-v2")]
    public void The_size_of_an_image_changes_the_work_and_not_the_parameters(string name)
    {
        var (small, large) = (NetworkCatalog.Named(name, 10, 3, 32), NetworkCatalog.Named(name, 10, 3, 64));
        Assert.Equal(small.ParameterCount, large.ParameterCount);
        // The convolutions' share grows with the pixels (VGG pools once more at 64); the classifier's does not grow.
        Assert.InRange((double)large.MultiplyAdds / small.MultiplyAdds, 2.5, 4);
    }

    [Fact]
    public void The_exits_of_SCAN_add_at_most_two_fifths_to_the_work_of_a_ResNet_18_and_those_of_HSAKD_more() // What the time is, the bench measures.
    {
        var (plain, attention, copied) = (Work(""), Work("+attention"), Work("+copied"));
        Assert.InRange((double)attention / plain, 1, 1.4);
        Assert.True(copied > attention);

        static long Work(string exits) => NetworkCatalog.Named($"resnet-18-4stage{exits}", 100, 3, 32).MultiplyAdds;
    }
}
