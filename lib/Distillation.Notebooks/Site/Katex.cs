using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;

namespace Distillation.Notebooks.Site;

/// <summary>KaTeX, which typesets the formulas of a page: the pinned npm package, fetched once by <c>./kd</c>, from which a site gets the script, the style and the fonts.</summary>
public static class Katex
{
    private static readonly Lazy<Pin> pin = new(() =>
    {
        using var stream = typeof(Katex).Assembly.GetManifestResourceStream("katex.json")!;
        return JsonSerializer.Deserialize<Pin>(stream, JsonSerializerOptions.Web)!;
    });

    /// <summary>The version that everything is typeset with.</summary>
    public static string Version => pin.Value.Version;

    /// <summary>Where the package lies: what KD_KATEX names, or where <c>./kd</c> puts it; null where it has not been fetched.</summary>
    public static string? Find() => Vendored.Find(Path.Combine("katex", $"katex-{Version}.tgz"), "KD_KATEX");

    /// <summary>What a page needs of the package, by its place below <c>dist/</c>: katex.min.js, katex.min.css, contrib/auto-render.min.js and the fonts; and the licence.</summary>
    /// <exception cref="BadInput">The package has not been fetched, or is not the pinned one.</exception>
    public static IReadOnlyDictionary<string, byte[]> Files() => Load(Find() ?? throw new BadInput(
        $"KaTeX {Version} is not here, so no formula can be typeset; install npm and run './kd setup', or name the .tgz of the npm package {pin.Value.Package} {Version} in KD_KATEX."));

    /// <summary>A package, held to the pinned hash.</summary>
    /// <exception cref="BadInput">It is another one.</exception>
    internal static IReadOnlyDictionary<string, byte[]> Load(string path)
    {
        var bytes = NotebookFile.Bytes(path);
        return Convert.ToHexStringLower(SHA512.HashData(bytes)) == pin.Value.Sha512
            ? Unpacked(bytes)
            : throw new BadInput($"{path} is not KaTeX {Version}: its sha512 is another one; remove it and run './kd setup'.");
    }

    private static Dictionary<string, byte[]> Unpacked(byte[] package)
    {
        using var plain = new GZipStream(new MemoryStream(package), CompressionMode.Decompress);
        using var tar = new TarReader(plain);
        var files = new Dictionary<string, byte[]>();
        while (tar.GetNextEntry() is { } entry)
        {
            if (Wanted(entry.Name) is { } name && entry.DataStream is { } data)
            {
                using var content = new MemoryStream();
                data.CopyTo(content);
                files[name] = content.ToArray();
            }
        }

        return files;
    }

    // The style names every font in three formats; all browsers of the last ten years take the first.
    private static string? Wanted(string entry) => entry switch
    {
        "package/LICENSE" => "LICENSE",
        "package/dist/katex.min.js" or "package/dist/katex.min.css" or "package/dist/contrib/auto-render.min.js" => entry["package/dist/".Length..],
        _ when entry.StartsWith("package/dist/fonts/", StringComparison.Ordinal) && entry.EndsWith(".woff2", StringComparison.Ordinal) => entry["package/dist/".Length..],
        _ => null,
    };

    private sealed record Pin(string Package, string Version, string Sha512, string Reason);
}
