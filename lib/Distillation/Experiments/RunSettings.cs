using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Distillation;

/// <summary>What a row says of its method and its images beside the columns that it has for them.</summary>
internal static class RunSettings
{
    /// <summary>What methods that make their own images call the number of them.</summary>
    public const string Steps = "steps";

    /// <summary>A setting of the run's method; null where it has none of that name.</summary>
    public static Schedule? Of(RunRow run, string name)
    {
        try
        {
            return run.MethodText.IndexOf('{') is >= 0 and var start ? JsonSerializer.Deserialize<Dictionary<string, Schedule>>(run.MethodText[start..])!.GetValueOrDefault(name) : null;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            // A row from elsewhere whose text is none of ours.
            return null;
        }
    }

    /// <summary>The same setting where nobody has changed it.</summary>
    public static Schedule? Usual(RunRow run, string name) => MethodCatalog.All.FirstOrDefault(method => method.Name == run.Method)?.Settings.FirstOrDefault(setting => setting.Name == name)?.Value;

    /// <summary>Which version of its method a run has, where the method is another one by now; null where it is the same, or a method that is not here.</summary>
    public static (int Then, int Now)? Outdated(RunRow run) =>
        MethodCatalog.All.FirstOrDefault(method => method.Name == run.Method) is { } known && run.MethodText.Split(' ') is [var name, ['v', .. var number], ..] && name == run.Method
        && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var then) && then != known.Version ? (then, known.Version) : null;

    /// <summary>The images of another data set that a run learned from, as its method's text has them: <c>cifar100</c>, or <c>1000 images of cifar100 (draw 0)</c>; empty where it says nothing of such.</summary>
    public static string OtherImages(RunRow run) => run.MethodText.Split(" {")[0].Split(" on ") is [_, var images] ? images : "";

    /// <summary>Rows and columns of a run's images, such as <c>32x32</c>; null where its experiment does not tell.</summary>
    public static string? Size(RunRow run)
    {
        try
        {
            return JsonNode.Parse(run.Experiment) is JsonObject experiment && experiment["dataset"] is JsonObject data && data["Height"] is { } height && data["Width"] is { } width ? $"{height}x{width}" : null;
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            // A row from elsewhere whose text is none of ours.
            return null;
        }
    }
}
