using System.CommandLine;
using System.Globalization;
using Distillation.Cli.Benchmarking;
using Distillation.Cli.Diagnosis;
using Distillation.Cli.Terminal;

namespace Distillation.Cli.Commands;

/// <summary><c>./kd bench</c>: the same work here and in plain PyTorch, in one run, taking turns.</summary>
internal static class Bench
{
    /// <summary>The command.</summary>
    public static Verb Verb(GlobalOptions options, Screen screen)
    {
        var cases = new Option<string[]>("--case")
        {
            Description = $"what to measure, one or several: {string.Join(", ", BenchCase.Families)}; with a batch, such as wrn-256. Default: all.",
            AllowMultipleArgumentsPerToken = true,
        };
        var mode = new Option<string>("--mode") { Description = "what our side computes in: float32, bfloat16 or both; plain PyTorch is in float32 always", DefaultValueFactory = _ => "both" };
        var batch = new Option<string?>("--batch") { Description = "images per step, several with commas, such as 64,256", HelpName = "n,n" };
        var rounds = Numbers.Whole("--rounds", "how often each side has its turn", 1, 1000, 5);
        var seconds = Numbers.Real("--seconds", "about how long a turn takes", "a number above 0 and below 3600", x => x is > 0 and < 3600, 4);
        var profile = new Option<bool>("--profile") { Description = "then count and time the operators of ten more steps of each of our sides" };
        var graphs = new Option<bool>("--graphs") { Description = "on a GPU, also measure steps that are captured as CUDA graphs and replayed" };
        var json = new Option<bool>("--json") { Description = "for programs" };
        var markdown = new Option<bool>("--markdown") { Description = "for docs/performance.md: tables with the machine and the command" };
        var command = new Command("bench", "measure images per second beside a plain PyTorch loop, and where our time goes") { cases, mode, batch, rounds, seconds, profile, graphs, json, markdown };
        command.SetAction((parse, stop) =>
        {
            if (parse.GetValue(json) && parse.GetValue(markdown))
            {
                throw new BadInput("--json and --markdown exclude each other; choose one.");
            }

            var device = options.DeviceOf(parse);
            if (parse.GetValue(graphs) && CudaGraphs.Absence(device) is { } absence)
            {
                throw new BadInput(absence);
            }

            var plan = new ContestPlan(
                BenchCase.Chosen(parse.GetValue(cases) ?? [], Batches(parse.GetValue(batch))),
                [.. Mode.Named(parse.GetValue(mode)!).SelectMany(one => parse.GetValue(graphs) ? new[] { one, one.InGraphs } : [one])],
                parse.GetValue(rounds),
                parse.GetValue(seconds),
                device,
                parse.GetValue(options.Threads),
                parse.GetValue(profile));
            var rows = Contest.Run(plan, screen, stop);
            if (parse.GetValue(json))
            {
                screen.Line(BenchRow.ToJson(rows));
                return Task.FromResult(CommandLine.Done);
            }

            Sheet[] sheets = [BenchRow.Comparison(rows), .. BenchRow.Parts(rows) is { Rows.Count: > 0 } parts ? new[] { parts } : []];
            if (parse.GetValue(markdown))
            {
                screen.Line(Markdown.Page(sheets, Machine.Here(), Surroundings.Read(plan.Device, GlobalOptions.RepositoryRoot), parse.Tokens.Select(token => token.Value)));
                return Task.FromResult(CommandLine.Done);
            }

            foreach (var sheet in sheets)
            {
                sheet.Show(screen);
                screen.Line();
            }

            screen.Note("images per second, median over the turns; PyTorch computes in float32 in every row; parts in milliseconds per step");
            return Task.FromResult(CommandLine.Done);
        });
        return new(command,
        [
            new("./kd bench", "everything, a quarter of an hour"),
            new("./kd bench --case wrn --batch 64 --mode float32 --rounds 3 --json", "one comparison, for programs"),
            new("./kd bench --case lockstep --markdown", "eight students and one teacher, as a table for docs/performance.md"),
        ]);
    }

    private static IReadOnlyList<int> Batches(string? text) =>
    [
        .. (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(word =>
            int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : throw new BadInput($"--batch {text} cannot be read; write numbers with commas, such as 64,256.")),
    ];
}
