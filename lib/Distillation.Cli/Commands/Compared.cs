using System.Globalization;
using Distillation.Cli.Terminal;

namespace Distillation.Cli.Commands;

/// <summary><c>./kd results --compare TABLE</c>: what was measured here beside what a paper printed.</summary>
internal static class Compared
{
    /// <summary>The published numbers for which there is a result of ours.</summary>
    public static Sheet Sheet(Comparison comparison) => new(
        [
            new("data set"), new("teacher"), new("student"), new("method"), new("paper", true), new("epoch"), new("last %", true), new("best %", true),
            new("seeds", true), new("difference", true), new("why none"),
        ],
        [
            .. comparison.Measured.Rows.Select(row => (string[])
            [
                row.Paper.Dataset,
                row.Paper.Teacher,
                row.Paper.Student,
                row.Paper.Variant == "" ? row.Paper.Method : $"{row.Paper.Method}, {row.Paper.Variant}",
                row.Paper.Value?.ToString(CultureInfo.InvariantCulture) ?? "",
                row.Paper.Epoch == ReportedEpoch.Unknown ? "" : row.Paper.Epoch.ToString().ToLowerInvariant(),
                row.Ours!.Last.Percent(),
                row.Ours.Best.Percent(),
                row.Ours.Seeds.Count.ToString(CultureInfo.InvariantCulture),
                row.Difference?.ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture) ?? "",
                row.Reason,
            ]),
        ]);

    /// <summary>What the table is and how much of it was not run.</summary>
    public static string Legend(Comparison comparison)
    {
        var rest = comparison.Rows.Count - comparison.Measured.Rows.Count;
        return $"{comparison.Table.Title}: {comparison.Table.Source}. {(rest == 0 ? "Every number has a result here." : $"{rest} more of its numbers were not run here.")}";
    }

    /// <summary>Shows it in the form that was asked for.</summary>
    public static void Show(Comparison comparison, Screen screen, bool csv, bool json)
    {
        if (csv)
        {
            screen.Out.Profile.Out.Writer.Write(comparison.ToCsv());
        }
        else if (json)
        {
            screen.Line(Sheet(comparison).ToJson());
        }
        else
        {
            if (comparison.Measured.Rows.Count > 0)
            {
                Sheet(comparison).Show(screen);
            }

            screen.Note(Legend(comparison));
        }
    }
}
