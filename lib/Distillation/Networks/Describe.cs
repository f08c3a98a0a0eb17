using System.Globalization;
using System.Text;

namespace Distillation;

/// <summary>What an exit costs.</summary>
/// <param name="Name">Of the exit.</param>
/// <param name="Classes">How many logits it puts out.</param>
/// <param name="Parameters">Its own, without the trunk's.</param>
/// <param name="MultiplyAdds">Its own, for one image.</param>
/// <param name="WithTrunk">Multiply-adds of an answer there: its own and those of the trunk before it.</param>
public sealed record ExitCost(string Name, long Classes, long Parameters, long MultiplyAdds, long WithTrunk);

/// <summary>A network as a table that teaches: what each layer puts out, how many parameters it has, what it costs.</summary>
public static class Description
{
    /// <summary>What each exit on the way costs, first exit first.</summary>
    public static IReadOnlyList<ExitCost> ExitCosts(this Network network)
    {
        return
        [
            .. network.Exits.Select(exit =>
            {
                var own = network.Layers.Where(row => Of(row, exit.Name)).ToList();
                var trunk = network.Layers.TakeWhile(row => !Of(row, exit.Name)).Where(row => !network.Exits.Any(other => Of(row, other.Name)));
                var work = own.Sum(row => row.MultiplyAdds);
                return new ExitCost(exit.Name, exit.Shape.Channels, own.Sum(row => row.Parameters), work, work + trunk.Sum(row => row.MultiplyAdds));
            }),
        ];

        static bool Of(LayerRow row, string exit) => row.Name == exit || row.Name.StartsWith($"{exit}.", StringComparison.Ordinal);
    }

    /// <summary>One line per layer: name, kind, output for one image, parameters, multiply-adds; then the sums, what the exits cost, the taps.</summary>
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

        foreach (var exit in network.ExitCosts())
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{exit.Name}: {exit.Classes} logits, {exit.Parameters:N0} parameters, {exit.MultiplyAdds:N0} multiply-adds, {exit.WithTrunk:N0} with the trunk before it");
        }

        return text.Append("taps: ").AppendJoin(", ", network.Taps.Select(tap => $"{tap.Name} {tap.Shape}")).ToString();
    }

    private static string Number(long value) => value == 0 ? "" : value.ToString("N0", CultureInfo.InvariantCulture);
}
