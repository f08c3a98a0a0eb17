using System.Globalization;
using System.Text;

namespace Distillation;

/// <summary>A network as a table that teaches: what each layer puts out, how many parameters it has, what it costs.</summary>
public static class Description
{
    /// <summary>One line per layer: name, kind, output for one image, parameters, multiply-adds; then the sums and the taps.</summary>
    public static string Describe(this Network network)
    {
        string[][] rows =
        [
            ["layer", "kind", "output", "parameters", "multiply-adds"],
            .. network.Layers.Select(row => (string[])[row.Name, row.Kind, row.Output.ToString(), Number(row.Parameters), Number(row.MultiplyAdds)]),
            ["sum", network.Name, $"{network.Classes}", Number(network.ParameterCount), Number(network.MultiplyAdds)],
        ];
        var widths = Enumerable.Range(0, 5).Select(column => rows.Max(row => row[column].Length)).ToArray();
        var text = new StringBuilder().AppendLine(CultureInfo.InvariantCulture, $"{network.Name} for images of {network.Input}");
        foreach (var row in rows)
        {
            text.AppendLine(string.Join("  ", row.Select((cell, column) => column < 3 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))).TrimEnd());
        }

        return text.Append("taps: ").AppendJoin(", ", network.Taps.Select(tap => $"{tap.Name} {tap.Shape}")).ToString();
    }

    private static string Number(long value) => value == 0 ? "" : value.ToString("N0", CultureInfo.InvariantCulture);
}
