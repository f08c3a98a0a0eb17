using System.Globalization;
using System.Text.RegularExpressions;

namespace Distillation;

/// <summary>Networks by the names that the literature gives them, for the command line.</summary>
public static partial class NetworkCatalog
{
    /// <summary>What a name may look like, with an example each.</summary>
    public static IReadOnlyList<(string Pattern, string Example)> Names { get; } =
    [
        ("resnet-D", "resnet-20"),
        ("resnet-DxK", "resnet-8x4"),
        ("resnet-D-a", "resnet-20-a"),
        ("resnet-D-4stage", "resnet-18-4stage"),
        ("resnet-D-imagenet", "resnet-18-imagenet"),
        ("resnext-D-CxWd", "resnext-29-8x64d"),
        ("wrn-D-K", "wrn-40-2"),
        ("vgg-D", "vgg-13"),
        ("mobilenet-v2-half", "mobilenet-v2-half"),
        ("mobilenet-v2", "mobilenet-v2"),
        ("shufflenet-v1", "shufflenet-v1"),
        ("shufflenet-v2[-xK]", "shufflenet-v2"),
        ("lenet-5", "lenet-5"),
        ("lenet-5-half", "lenet-5-half"),
        ("alexnet", "alexnet"),
        ("alexnet-half", "alexnet-half"),
        ("hintonnet", "hintonnet"),
        ("hintonnet-800", "hintonnet-800"),
        ("spectrogram-cnn", "spectrogram-cnn"),
        ("NAME+DESIGN", "resnet-18-4stage+attention"),
        ("NAME+wB[aB]", "resnet-20+w2a4"),
    ];

    // A network of more parameters is a mistyped name: nothing in the literature of small images comes near, and its weights alone take 4 GB.
    private const long MostParameters = 1_000_000_000;

    // What a mistyped name is compared with: the networks that papers name.
    private static IReadOnlyList<string> Usual { get; } =
    [
        .. new[] { 8, 14, 20, 26, 32, 44, 56, 110 }.SelectMany(depth => new[] { $"resnet-{depth}", $"resnet-{depth}-a", $"resnet-{depth}x4" }),
        .. new[] { "16-1", "16-2", "16-4", "28-2", "28-4", "28-10", "40-1", "40-2", "40-4" }.Select(size => $"wrn-{size}"),
        .. new[] { 8, 11, 13, 16, 19 }.Select(depth => $"vgg-{depth}"),
        .. new[] { 10, 18, 34, 50, 101, 152 }.Select(depth => $"resnet-{depth}-4stage"),
        "mobilenet-v2-half", "mobilenet-v2", "shufflenet-v1", "shufflenet-v2", "shufflenet-v2-x0.5", "shufflenet-v2-x1.5", "shufflenet-v2-x2",
        .. new[] { 18, 34 }.Select(depth => $"resnet-{depth}-imagenet"), "resnext-29-8x64d", "resnext-29-16x64d",
        "lenet-5", "lenet-5-half", "alexnet", "alexnet-half", "hintonnet", "hintonnet-800", "spectrogram-cnn",
    ];

    /// <summary>
    /// The network of a name, perhaps with exits of a design behind a plus, perhaps quantized behind another (<see cref="Quantization.Name"/>: <c>+w2</c>, <c>+w2a4-sawb</c>, <c>+w2-edges8</c>), built for
    /// a number of classes and images of a shape.
    /// </summary>
    /// <exception cref="BadInput">No network has that name, or its numbers do not fit.</exception>
    public static Network Named(string name, int classes, int channels, int size) => name.ToLowerInvariant() switch
    {
        var quantized when quantized.LastIndexOf('+') is > 0 and var at && Quantization.Named(quantized[(at + 1)..]) is { } how => Named(quantized[..at], classes, channels, size).Quantize(how),
        var exits when exits.Split('+') is [var trunk, var design] => Named(trunk, classes, channels, size).WithExits(Design(name, design)),
        "mobilenet-v2-half" => Networks.MobileNetV2(classes, channels, size),
        "mobilenet-v2" => Networks.MobileNetV2(classes, channels, size, stemStride: 1),
        "shufflenet-v1" => Networks.ShuffleNetV1(classes, channels, size),
        "shufflenet-v2-x0.5" => Networks.ShuffleNetV2(classes, 0.5, channels, size),
        "shufflenet-v2" => Networks.ShuffleNetV2(classes, 1, channels, size),
        "shufflenet-v2-x1.5" => Networks.ShuffleNetV2(classes, 1.5, channels, size),
        "shufflenet-v2-x2" => Networks.ShuffleNetV2(classes, 2, channels, size),
        "alexnet" => Networks.AlexNet(classes, half: false, channels, size),
        "alexnet-half" => Networks.AlexNet(classes, half: true, channels, size),
        "hintonnet" => Networks.HintonNet(1200, classes, channels, size),
        "hintonnet-800" => Networks.HintonNet(800, classes, channels, size),
        "spectrogram-cnn" => Networks.SpectrogramCnn(classes, channels, size, size),
        _ => Sized(name, classes, channels, size),
    };

    /// <summary>The network of a name for images that need not be square; see the other form for what names there are.</summary>
    /// <exception cref="BadInput">No network has that name, or its numbers do not fit.</exception>
    public static Network Named(string name, int classes, Shape image)
    {
        if (name.ToLowerInvariant() is var whole && whole.LastIndexOf('+') is > 0 and var at && Quantization.Named(whole[(at + 1)..]) is { } how)
        {
            return Named(whole[..at], classes, image).Quantize(how);
        }

        var square = Named(name.Split('+')[0], classes, (int)image.Channels, (int)Math.Min(image.Height, image.Width));
        var network = image.Height == image.Width ? square : Network.Build(square.Name, image, square.Trunk!, square.Classes);
        return name.ToLowerInvariant().Split('+') is [_, var design] ? network.WithExits(Design(name, design)) : network;
    }

    private static ExitDesign Design(string name, string design) => ExitDesign.All.FirstOrDefault(known => known.Name == design)
        ?? throw new BadInput($"There are no exits '{design}' for '{name}'{Nearest.Hint(design, ExitDesign.All.Select(known => known.Name))}: choose one of {string.Join(", ", ExitDesign.All.Select(known => known.Name))}.");

    // A family whose numbers say which.
    private static Network Sized(string name, int classes, int channels, int size)
    {
        if (ResNeXtPattern().Match(name.ToLowerInvariant()) is { Success: true } groups)
        {
            return Networks.ResNeXt(Of(groups, "d"), Of(groups, "c"), Of(groups, "w"), classes, channels, size);
        }

        var match = Pattern().Match(name.ToLowerInvariant());
        var half = match.Groups["half"].Success;
        var padded = match.Groups["a"].Success;
        var stages = match.Groups["stages"].Success;
        var fraction = match.Groups["f"].Success;
        var network = (match.Groups["family"].Value, Number("d"), Times("k")) switch
        {
            ("resnet", int depth, var width) when padded && !stages && !match.Groups["dash"].Success => Networks.ResNet(depth, classes, width ?? 1, channels, size, Shortcut.Padding),
            _ when padded => throw Unknown(name),
            ("resnet", int depth, null) when match.Groups["imagenet"].Success && !half && !stages => Networks.ImageNetResNet(depth, classes, channels, size),
            _ when match.Groups["imagenet"].Success => throw Unknown(name),
            ("resnet", int depth, null) when stages && !half => Networks.FourStageResNet(depth, classes, channels, size),
            _ when stages => throw Unknown(name),
            ("lenet", 5, null) => Networks.LeNet5(classes, half, channels, size),
            ("resnet", int depth, var width) when !half && !match.Groups["dash"].Success => Networks.ResNet(depth, classes, width ?? 1, channels, size),
            _ when fraction && match.Groups["dash"].Success => throw Unknown(name),
            ("wrn", int depth, double widen) when !half && match.Groups["dash"].Success => Networks.WideResNet(depth, (int)widen, classes, channels, size),
            ("vgg", int depth, null) when !half => Networks.Vgg(depth, classes, channels, size),
            _ => throw Unknown(name),
        };
        return network.ParameterCount is > 0 and <= MostParameters
            ? network
            : throw new BadInput($"The network '{name}' would have more than {MostParameters / 1_000_000_000} billion parameters; choose a smaller one, like {string.Join(", ", Names.Select(n => n.Example))}.");

        double? Times(string group) => match.Groups[group].Success ? double.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture) : null;

        int? Number(string group) => match.Groups[group].Success ? Of(match, group) : null;

        static int Of(Match match, string group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);
    }

    private static BadInput Unknown(string name) => new($"There is no network '{name}'{Nearest.Hint(name, Usual)}: choose one like {string.Join(", ", Names.Select(n => n.Example))}.");

    [GeneratedRegex(@"^(?<family>resnet|wrn|vgg|lenet)-?(?<d>[0-9]{1,3})(?:(?:x|(?<dash>-))(?<k>[0-9]{1,2}(?<f>\.[0-9])?))?(?<half>-half)?(?<a>-a)?(?<stages>-4stage)?(?<imagenet>-imagenet)?\z")]
    private static partial Regex Pattern();

    [GeneratedRegex(@"^resnext-?(?<d>[0-9]{1,3})-(?<c>[0-9]{1,2})x(?<w>[0-9]{1,3})d\z")]
    private static partial Regex ResNeXtPattern();
}
