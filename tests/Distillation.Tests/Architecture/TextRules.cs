using System.Text.RegularExpressions;

namespace Distillation.Tests.Architecture;

/// <summary>Rules on the text of files: whatever depends on one machine, or on which feed there is, stays out.</summary>
internal static partial class TextRules
{
    // Put together from parts, so that this file passes its own rule.
    private static readonly Regex machinePath = new(@"(?<![\w./-])(/" + "work|/" + @"root|/" + @"home/\w+|[A-Z]:\\" + @"Users)(?=[/\\])");

    // Namespaces that the packages themselves have; the rest of what lib/compat declares is the stand-ins' own.
    private static readonly string[] packageNamespaces =
    [
        "TorchSharp", "TorchSharp.Modules", "TorchSharp.Utils", "Parquet", "Parquet.Data", "Parquet.Schema", "Parquet.Serialization", "Parquet.Serialization.Attributes",
        "Plotly.NET", "Plotly.NET.TraceObjects", "Plotly.NET.LayoutObjects", "Plotly.NET.CSharp", "DynamicObj",
    ];

    /// <summary>One sentence for each line that names a place which only one machine has.</summary>
    public static IEnumerable<string> MachinePaths(IEnumerable<SourceFile> files) =>
        from file in files
        from line in Lines(file)
        let match = machinePath.Match(line.Text)
        where match.Success
        select $"{file.Path}:{line.Number}: {match.Value} is a folder of one machine.";

    /// <summary>One sentence for each line that knows whether a package or its stand-in is there.</summary>
    /// <param name="files">Sources outside lib/compat.</param>
    /// <param name="standIns">Sources below lib/compat.</param>
    public static IEnumerable<string> FeedKnowledge(IEnumerable<SourceFile> files, IEnumerable<SourceFile> standIns)
    {
        var own = standIns.SelectMany(file => NamespaceDeclaration().Matches(file.Text)).Select(match => match.Groups[1].Value).Distinct().Except(packageNamespaces);
        var mention = new Regex(string.Join('|', own.Select(name => $@"\b{Regex.Escape(name)}\b").Append(@"^\s*#\s*(if|elif)\b")));
        return from file in files
               from line in Lines(file)
               let match = mention.Match(line.Text)
               where match.Success
               select $"{file.Path}:{line.Number}: '{match.Value.Trim()}' ties this file to one kind of feed.";
    }

    private static IEnumerable<(int Number, string Text)> Lines(SourceFile file) => file.Text.Split('\n').Select((text, i) => (i + 1, text));

    [GeneratedRegex(@"^\s*namespace\s+([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex NamespaceDeclaration();
}
