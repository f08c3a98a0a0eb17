using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Distillation.Cli;

/// <summary><c>./kd results</c>: what was measured here.</summary>
internal static class ResultsCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Create(GlobalOptions globals)
    {
        var dataSet = new Option<string?>("--data-set") { Description = "Only runs on this data set." };
        var student = new Option<string?>("--student") { Description = "Only runs of this student." };
        var method = new Option<string?>("--method") { Description = "Only runs of this method." };
        var budget = new Option<string?>("--budget") { Description = "Only runs of this budget." };
        var runs = new Option<bool>("--runs") { Description = "One line per run instead of one per setting." };
        var csv = new Option<bool>("--csv") { Description = "Every column of every run, as CSV." };
        var json = new Option<bool>("--json") { Description = "Every column of every run, as JSON." };
        var command = new Command("results", Help.With(
            "List what was measured: mean ± std over seeds, last epoch, best epoch, and the paired difference to labels alone.",
            "./kd results",
            "./kd results --data-set cifar100 --student wrn-16-2 --runs",
            "./kd results --csv > runs.csv"))
        {
            dataSet, student, method, budget, runs, csv, json,
        };
        command.SetAction(parse =>
        {
            var store = globals.Results(parse);
            var rows = store.Runs()
                .Where(run => Matches(parse.GetValue(dataSet), run.Dataset) && Matches(parse.GetValue(student), run.Student)
                    && Matches(parse.GetValue(method), run.Method) && Matches(parse.GetValue(budget), run.Budget))
                .ToList();
            if (parse.GetValue(json))
            {
                Console.Out.WriteLine(JsonSerializer.Serialize(rows, Indented));
            }
            else if (parse.GetValue(csv))
            {
                Csv(rows);
            }
            else if (rows.Count == 0)
            {
                Console.Error.WriteLine($"No results match in {store.Folder}; ./kd demo makes the first ones.");
            }
            else if (parse.GetValue(runs))
            {
                Tables.Runs(rows);
            }
            else
            {
                Tables.Summary(rows);
            }

            return 0;
        });
        return command;
    }

    private static bool Matches(string? wanted, string value) => wanted is null || string.Equals(wanted, value, StringComparison.OrdinalIgnoreCase);

    private static void Csv(IEnumerable<RunRow> rows)
    {
        var columns = typeof(RunRow).GetProperties();
        Console.Out.WriteLine(string.Join(',', columns.Select(column => column.Name)));
        foreach (var row in rows)
        {
            Console.Out.WriteLine(string.Join(',', columns.Select(column => Cell(column.GetValue(row)))));
        }
    }

    // RFC 4180: a cell with a comma, a quote or a line break is quoted, quotes are doubled.
    private static string Cell(object? value)
    {
        var text = value is DateTime time ? time.ToString("s", CultureInfo.InvariantCulture) : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        return text.AsSpan().IndexOfAny(",\"\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"")}\"";
    }
}
