using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Distillation.Cli.Terminal;

namespace Distillation.Cli.Commands;

/// <summary><c>./kd results</c>: what was measured here.</summary>
internal static class Results
{
    // A run that went astray may have a loss that is no finite number.
    private static JsonSerializerOptions Json { get; } = new() { WriteIndented = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>The command.</summary>
    public static Verb Verb(GlobalOptions options, Screen screen)
    {
        var dataSet = new Option<string?>("--data-set") { Description = "only runs on this data set" };
        var student = new Option<string?>("--student") { Description = "only runs of this student" };
        var teacher = new Option<string?>("--teacher") { Description = "only runs with this teacher" };
        var seed = new Option<long?>("--seed") { Description = "only runs with this seed" };
        var method = new Option<string?>("--method") { Description = "only runs of this method" };
        var budget = new Option<string?>("--budget") { Description = "only runs of this budget" };
        var runs = new Option<bool>("--runs") { Description = "one line per run instead of one per setting; with --csv and --json every column there is" };
        var csv = new Option<bool>("--csv") { Description = "as CSV" };
        var json = new Option<bool>("--json") { Description = "as JSON" };
        var compare = new Option<string?>("--compare") { Description = "beside a published table, such as repdistiller-same or mskd-cifar100" };
        var command = new Command("results", "list what was measured: mean ± std over seeds, last and best epoch, paired difference to labels alone")
        {
            dataSet, student, teacher, method, seed, budget, runs, csv, json, compare,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(csv) && parsed.GetValue(json))
            {
                throw new BadInput("--csv and --json exclude each other; choose one.");
            }

            if (parsed.GetValue(compare) is not null && parsed.GetValue(runs))
            {
                throw new BadInput("--compare and --runs exclude each other; choose one.");
            }

            var store = options.ResultStore(parsed);
            var rows = store.Runs(screen.Note)
                .Where(run => Matches(parsed.GetValue(dataSet), run.Dataset) && Matches(parsed.GetValue(student), run.Student)
                    && Matches(parsed.GetValue(teacher), run.Teacher) && (parsed.GetValue(seed) is not { } wanted || wanted == run.Seed)
                    && Matches(parsed.GetValue(method), run.Method) && Matches(parsed.GetValue(budget), run.Budget))
                .ToList();
            switch (parsed)
            {
                case var p when p.GetValue(compare) is { } table:
                    Compared.Show(rows.CompareWith(Published.Named(table)), screen, p.GetValue(csv), p.GetValue(json));
                    break;
                case var p when p.GetValue(json):
                    screen.Line(p.GetValue(runs) ? JsonSerializer.Serialize(rows, Json) : Tables.Numbers(rows).ToJson());
                    break;
                case var p when p.GetValue(csv):
                    screen.Out.Profile.Out.Writer.Write((p.GetValue(runs) ? Everything(rows) : Tables.Numbers(rows)).ToCsv());
                    break;
                case var _ when rows.Count == 0:
                    screen.Note($"No run in {store.Folder} fits; './kd demo' makes the first ones.");
                    break;
                case var p when p.GetValue(runs):
                    Tables.Runs(rows).Show(screen);
                    break;
                default:
                    Tables.Summary(rows).Show(screen);
                    screen.Note(Tables.Legend);
                    break;
            }
        });
        return new(command,
        [
            new("./kd results", "everything, mean ± std over seeds"),
            new("./kd results --data-set cifar100 --student wrn-16-2 --runs", "one line per run of these"),
            new("./kd results --runs --csv > runs.csv", "every run and column, for a spreadsheet"),
            new("./kd results --compare repdistiller-same", "what was measured beside what a paper printed"),
        ]);
    }

    private static bool Matches(string? wanted, string? value) => wanted is null || string.Equals(wanted, value, StringComparison.OrdinalIgnoreCase);

    private static Sheet Everything(IEnumerable<RunRow> rows)
    {
        var columns = typeof(RunRow).GetProperties();
        return new Sheet(
            [.. columns.Select(column => new SheetColumn(column.Name))],
            [.. rows.Select(row => columns.Select(column => Cell(column.GetValue(row))).ToList())]);
    }

    private static string Cell(object? value) =>
        value is DateTime time ? time.ToString("s", CultureInfo.InvariantCulture) : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
}
