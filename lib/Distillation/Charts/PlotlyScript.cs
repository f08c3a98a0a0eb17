using System.Security.Cryptography;
using System.Text.Json;

namespace Distillation;

/// <summary>
/// plotly.js, which draws the charts in a page: a pinned version of the npm package, fetched once by <c>./kd</c> and put into pages whole, so that a page needs no network when it is looked at.
/// </summary>
public static class PlotlyScript
{
    private static readonly Lazy<Pin> pin = new(() =>
    {
        using var stream = typeof(PlotlyScript).Assembly.GetManifestResourceStream("plotly.json")!;
        return JsonSerializer.Deserialize<Pin>(stream, JsonSerializerOptions.Web)!;
    });

    private static readonly Lazy<string> text = new(() => Load(Find() ?? throw new BadInput(
        $"plotly.js {Version} is not here, so no page with charts can be written; install npm and run './kd setup', or name the file plotly.min.js of the npm package {pin.Value.Package} {Version} in KD_PLOTLY.")));

    /// <summary>The version that everything is drawn with.</summary>
    public static string Version => pin.Value.Version;

    /// <summary>The script itself.</summary>
    /// <exception cref="BadInput">It has not been fetched, or is not the pinned one.</exception>
    public static string Text => text.Value;

    /// <summary>Where it lies: what KD_PLOTLY names, or where <c>./kd</c> puts it; null where it has not been fetched.</summary>
    public static string? Find() => Vendored.Find(Path.Combine("plotly", $"plotly-{Version}.min.js"), "KD_PLOTLY");

    /// <summary>A file, held to the pinned hash.</summary>
    /// <exception cref="BadInput">It is another one.</exception>
    internal static string Load(string path)
    {
        var bytes = File.ReadAllBytes(path);
        return Convert.ToHexStringLower(SHA256.HashData(bytes)) == pin.Value.Sha256
            ? System.Text.Encoding.UTF8.GetString(bytes)
            : throw new BadInput($"{path} is not plotly.js {Version}: its sha256 is another one; remove it and run './kd setup'.");
    }

    private sealed record Pin(string Package, string Version, string File, string Sha256);
}
