using System.Globalization;
using Distillation.Cli.Diagnosis;
using Distillation.Cli.Terminal;

namespace Distillation.Cli.Benchmarking;

/// <summary>Tables as Markdown, with where they come from.</summary>
internal static class Markdown
{
    /// <summary>The command, the machine, the day and the tables.</summary>
    public static string Page(IReadOnlyList<Sheet> sheets, Machine machine, Surroundings surroundings, IEnumerable<string> arguments) =>
        string.Create(CultureInfo.InvariantCulture,
            $"`./kd {string.Join(' ', arguments)}` on {machine.Processor}, {machine.Cores} cores, {Amounts.Memory(machine.MemoryGiB)}, {surroundings.Device}; libtorch {surroundings.Libtorch}, TorchSharp {surroundings.TorchSharp}, {surroundings.Runtime}; revision {surroundings.GitRevision ?? "unknown"}, {DateTime.UtcNow:yyyy-MM-dd}.\n\n")
        + string.Join('\n', sheets.Select(Table)).TrimEnd('\n');

    /// <summary>One table; columns without any value are left out.</summary>
    public static string Table(Sheet sheet)
    {
        var used = Enumerable.Range(0, sheet.Columns.Count).Where(column => sheet.Rows.Any(row => row[column] != "")).ToList();
        return string.Concat(
            new[] { used.Select(i => sheet.Columns[i].Title), used.Select(i => sheet.Columns[i].Numbers ? "---:" : "---") }
                .Concat(sheet.Rows.Select(row => used.Select(i => row[i])))
                .Select(cells => $"| {string.Join(" | ", cells)} |\n"));
    }
}
