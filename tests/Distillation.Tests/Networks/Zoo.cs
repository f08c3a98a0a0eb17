using System.Text.Json;
using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>The networks of networks.json, built by our factories and filled as the golden script fills PyTorch's.</summary>
internal static class Zoo
{
    private static readonly JsonElement Root = Golden.Read("networks.json");

    public static IReadOnlyList<JsonElement> Cases { get; } = [.. Root.GetProperty("networks").EnumerateArray()];

    public static JsonElement FillExamples => Root.GetProperty("about").GetProperty("fill_examples");

    /// <summary>Rows for theories: a name that says which, and the place in the file.</summary>
    public static TheoryData<string, int> Rows(Func<JsonElement, bool>? where = null)
    {
        var data = new TheoryData<string, int>();
        foreach (var (golden, i) in Cases.Select((golden, i) => (golden, i)).Where(row => where?.Invoke(row.golden) ?? true))
        {
            data.Add($"{Name(golden)} {Number(golden, "channels")}x{Number(golden, "side")}² -> {Number(golden, "classes")}", i);
        }

        return data;
    }

    public static Network Build(JsonElement golden)
    {
        var (classes, channels, side) = (Number(golden, "classes"), Number(golden, "channels"), Number(golden, "side"));
        return Name(golden) switch
        {
            "lenet5" => Networks.LeNet5(classes, half: false, channels, side),
            "lenet5-half" => Networks.LeNet5(classes, half: true, channels, side),
            "alexnet-half" => Networks.AlexNet(classes, half: true, channels, side, dropout: 0),
            var named when named.EndsWith("-imagenet", StringComparison.Ordinal) || named is "alexnet" || named.Split('-')[0] is "resnext" or "hintonnet" or "spectrogram" =>
                NetworkCatalog.Named(named, classes, channels, side),
            var named when named.EndsWith("-4stage", StringComparison.Ordinal) || named.Contains("net-v", StringComparison.Ordinal) => NetworkCatalog.Named(named, classes, channels, side),
            var vgg when vgg.StartsWith("vgg", StringComparison.Ordinal) => Networks.Vgg(int.Parse(vgg[3..]), classes, channels, side),
            var wide when wide.StartsWith("wrn-", StringComparison.Ordinal) && wide.Split('-') is [_, var depth, var widen] =>
                Networks.WideResNet(int.Parse(depth), int.Parse(widen), classes, channels, side),
            var padded when padded.EndsWith("-a", StringComparison.Ordinal) => Networks.ResNet(int.Parse(padded["resnet".Length..^2]), classes, 1, channels, side, Shortcut.Padding),
            var resnet when resnet["resnet".Length..].Split('x') is [var depth, .. var width] =>
                Networks.ResNet(int.Parse(depth), classes, width.Length == 0 ? 1 : int.Parse(width[0]), channels, side),
            var other => throw new InvalidOperationException($"networks.json has a network that this file cannot build: {other}"),
        };
    }

    /// <summary>Weights by the golden fill: every value from its name and index.</summary>
    public static Weights Filled(Network network)
    {
        var weights = new Weights(network.Table, zeros(network.Table.Count), zeros(network.Table.BufferCount));
        using var scope = NewDisposeScope();
        foreach (var parameter in network.Parameters)
        {
            var fanIn = parameter.Shape.Skip(1).Aggregate(1L, (product, n) => product * n);
            var (low, high) = (parameter.Role, parameter.Name.EndsWith("bias", StringComparison.Ordinal), parameter.Shape.Length) switch
            {
                (_, true, _) => (-0.1, 0.1),
                (Role.Vector, false, _) => (0.8, 1.2),
                (Role.Matrix, false, 4) => (-Math.Sqrt(6.0 / fanIn), Math.Sqrt(6.0 / fanIn)),
                _ => (-Math.Sqrt(3.0 / fanIn), Math.Sqrt(3.0 / fanIn)),
            };
            weights[parameter.Name].copy_(Golden.Fill(parameter.Name, [.. parameter.Shape], low, high));
        }

        foreach (var buffer in network.Buffers)
        {
            var mean = buffer.Name.EndsWith("running_mean", StringComparison.Ordinal);
            weights[buffer.Name].copy_(Golden.Fill(buffer.Name, [.. buffer.Shape], mean ? -0.1 : 0.8, mean ? 0.1 : 1.2));
        }

        return weights;
    }

    /// <summary>The two images of networks.json.</summary>
    public static Tensor Images(Network network) => Golden.Fill("input", [2, network.Input.Channels, network.Input.Height, network.Input.Width], -1, 1);

    public static string Name(JsonElement golden) => golden.GetProperty("name").GetString()!;

    private static int Number(JsonElement golden, string name) => golden.GetProperty(name).GetInt32();
}
