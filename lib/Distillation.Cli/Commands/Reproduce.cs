using System.CommandLine;
using System.Globalization;
using Distillation.Cli.Terminal;

namespace Distillation.Cli.Commands;

/// <summary><c>./kd reproduce TABLE</c>: a published table, every number in it as an experiment.</summary>
internal static class Reproduce
{
    /// <summary>The command.</summary>
    public static Verb Verb(GlobalOptions options, Screen screen)
    {
        var name = new Argument<string>("table") { Description = "mskd-table-4 (the same as mskd-cifar100), repdistiller-same, …: any published table; a name that is none lists them" };
        var budget = new Option<string>("--budget") { Description = "smoke, laptop (both run one column of the table on a part of the images), night (all of it, at most 60 epochs; choose with --only) or paper (all of it, the published protocol)", DefaultValueFactory = _ => Budget.Laptop.Name };
        var only = new Option<string[]>("--only") { Description = "only cells of these methods, networks or variants, such as oto wrn-16-2", AllowMultipleArgumentsPerToken = true };
        var seeds = Numbers.Whole("--seeds", "how many seeds, 1 … n", 1, 1000, 1);
        var dry = new Option<bool>("--dry-run") { Description = "run nothing: list the cells with the hours that each would take on this machine, by a measurement of a few steps" };
        var json = new Option<bool>("--json") { Description = "with --dry-run: for programs" };
        var command = new Command("reproduce", "run a published table: every method and pair in it; what has been run before is found, not run again") { name, budget, only, seeds, dry, json };
        command.SetAction(async (parse, stop) =>
        {
            if (parse.GetValue(json) && !parse.GetValue(dry))
            {
                throw new BadInput("--json is for --dry-run; results come as JSON by './kd results --json'.");
            }

            var asked = Budget.Named(parse.GetValue(budget)!, "--budget");
            var time = Reproductions.Length(asked);
            var whole = Reproductions.Named(parse.GetValue(name)!);
            var chosen = whole.Only(parse.GetValue(only) ?? []).Within(asked);
            var runs = chosen.Experiments(parse.GetValue(seeds));
            if (parse.GetValue(dry))
            {
                Plan(chosen, runs, options, parse, time, stop, screen, parse.GetValue(json), Note(whole, chosen, runs, time));
                return CommandLine.Done;
            }

            screen.Note(Note(whole, chosen, runs, time));
            if (runs.Count == 0)
            {
                throw new BadInput($"No cell of {whole.Table.Id} that was asked for has an experiment here; './kd reproduce {whole.Table.Id} --budget paper --dry-run' says of each why.");
            }

            var lab = options.Laboratory(parse, time, stop, runs[0].Recipe);
            var code = await Running.Show(runs, lab, screen);
            Compared.Show(runs.Select(time.Fit).Select(run => lab.Results.Find(run.Settled.Id)).OfType<RunRow>().CompareWith(whole.Table), screen, csv: false, json: false);
            return code;
        });
        return new(command,
        [
            new("./kd reproduce mskd-table-4 --dry-run --budget paper --only wrn-16-2", "what a column of the table would take on this machine"),
            new("./kd reproduce mskd-table-4", "one column of it, on a part of the images"),
            new("./kd reproduce mskd-exits --budget paper --only resnet-18-4stage --seeds 3", "the published protocol, for a GPU"),
        ]);
    }

    private static string Note(Reproduction whole, Reproduction chosen, IReadOnlyList<Experiment> runs, Budget budget)
    {
        var without = chosen.Cells.Count(cell => cell.Experiment is null);
        return $"{whole.Table.Id}: {whole.Table.Title}. {chosen.Cells.Count} of its {whole.Cells.Count} numbers at the budget {budget.Name}, {runs.Count} runs{(without == 0 ? "" : $"; {without} numbers have no experiment here")}.";
    }

    private static void Plan(Reproduction chosen, IReadOnlyList<Experiment> runs, GlobalOptions options, ParseResult parse, Budget budget, CancellationToken stop, Screen screen, bool json, string note)
    {
        var fitting = runs.Select(budget.Fit).ToList();
        var costs = fitting.Count == 0 ? [] : ReproductionCosts.Measure(fitting, options.Laboratory(parse, budget, stop, runs[0].Recipe).Device, screen.Note, stop);
        var hours = costs.ToDictionary(cost => cost.Experiment.Id, cost => cost.Hours);
        var sheet = new Sheet(
            [new("teacher"), new("student"), new("method"), new("paper", true), new("hours", true), new("why none")],
            [
                .. chosen.Cells.Select(cell => (string[])
                [
                    cell.Paper.Teacher, cell.Paper.Student, cell.Row, cell.Paper.Value?.ToString(CultureInfo.InvariantCulture) ?? "",
                    cell.Experiment is { } experiment ? Hours(runs.Where(run => IsOf(run, experiment)).Sum(run => hours[budget.Fit(run).Settled.Id])) : "", cell.Reason,
                ]),
            ]);
        if (json)
        {
            screen.Line(sheet.ToJson());
        }
        else
        {
            sheet.Show(screen);
        }

        screen.Note(note);
        var asked = fitting.Select(run => run.Settled.Id).ToHashSet();
        screen.Note($"In all {Hours(costs.Sum(cost => cost.Hours))} hours one after the other on this machine, {Hours(costs.Where(cost => !asked.Contains(cost.Experiment.Id)).Sum(cost => cost.Hours))} of them for teachers; runs side by side share their teacher's answers and take less. Several numbers may be of one run, such as those of exits.");
    }

    // Of one cell, whatever the seed.
    private static bool IsOf(Experiment run, Experiment cell) => (run with { Seed = cell.Seed }).Id == cell.Settled.Id;

    private static string Hours(double hours) => hours.ToString(hours >= 10 ? "0" : hours >= 0.1 ? "0.0" : "0.000", CultureInfo.InvariantCulture);
}
