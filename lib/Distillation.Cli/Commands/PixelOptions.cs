using System.CommandLine;
using System.Globalization;

namespace Distillation.Cli.Commands;

/// <summary>The options by which commands say how pixels become numbers: what a public checkpoint was trained with may differ from the data set's own statistics.</summary>
internal sealed record PixelOptions
{
    // What torchvision's networks, and many others after them, are trained with.
    private static Normalization ImageNet { get; } = new([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);

    /// <summary>The means.</summary>
    public Option<string[]> Mean { get; } = new("--mean")
    {
        Description = "the mean of each channel, of pixels scaled to 0 … 1; 'imagenet' is .485 .456 .406 with deviations .229 .224 .225 (the data set's own without)",
        AllowMultipleArgumentsPerToken = true,
    };

    /// <summary>The deviations.</summary>
    public Option<string[]> Std { get; } = new("--std") { Description = "the standard deviation of each channel", AllowMultipleArgumentsPerToken = true };

    /// <summary>The data set with the statistics that were asked for.</summary>
    /// <exception cref="BadInput">They are no numbers, or not one per channel.</exception>
    public Dataset On(Dataset data, ParseResult parsed)
    {
        var normalization = (parsed.GetValue(Mean) ?? [], parsed.GetValue(Std) ?? []) switch
        {
            ([], []) => data.Normalization,
            (["imagenet"], []) => ImageNet,
            ([_, ..] mean, [_, ..] std) => new Normalization(Numbers(mean, "--mean"), Numbers(std, "--std")),
            _ => throw new BadInput("--mean and --std go together; give one number per channel to each, or write --mean imagenet."),
        };
        return normalization.Mean.Count == data.Channels
            ? data with { Normalization = normalization }
            : throw new BadInput($"{data.Name} has {data.Channels} channels, so --mean and --std take {data.Channels} numbers each, not {normalization.Mean.Count}.");
    }

    private static IReadOnlyList<double> Numbers(string[] texts, string option) =>
    [
        .. texts.SelectMany(text => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .Select(text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
                ? number
                : throw new BadInput($"{option} {text} is no number; write one per channel, such as {option} 0.49 0.48 0.45.")),
    ];
}
