using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Distillation.Cli.Terminal;

namespace Distillation.Cli.Commands;

/// <summary><c>./kd methods</c>: every method with its place in the survey, where it was published, what it costs and whether it was run here.</summary>
internal static class MethodList
{
    private static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>One method as <c>--json</c> tells it. Costs are those of the reference pair at the published 240 epochs.</summary>
    /// <param name="Name">As on the command line.</param>
    /// <param name="Family">Of algorithms, after the survey.</param>
    /// <param name="Knowledge">What is handed over.</param>
    /// <param name="Scheme">When the teacher learns.</param>
    /// <param name="Guidance">Where it comes from: nobody, a frozen teacher, itself, …</param>
    /// <param name="Citation">Where it was published.</param>
    /// <param name="Settings">Its numbers by name; a schedule that is no constant is its text.</param>
    /// <param name="Terms">What its objective is made of.</param>
    /// <param name="AdapterParameters">Trained beside the student and dropped afterwards.</param>
    /// <param name="ExtraParameters">Kept with the student when it is judged.</param>
    /// <param name="ExtraEpochs">In front of the published 240.</param>
    /// <param name="Views">How many views of a batch it looks at.</param>
    /// <param name="Runs">How many runs in the results' folder reached their last epoch.</param>
    internal sealed record Entry(
        string Name, string Family, string Knowledge, string Scheme, string Guidance, string Citation, IReadOnlyDictionary<string, object> Settings, IReadOnlyList<string> Terms,
        long AdapterParameters, long ExtraParameters, int ExtraEpochs, int Views, int Runs);

    /// <summary>The command.</summary>
    public static Verb Verb(GlobalOptions options, Screen screen)
    {
        var json = new Option<bool>("--json") { Description = "for programs, with settings, terms and views" };
        var command = new Command("methods", "list the methods: family, what is handed over, publication, cost, runs so far") { json };
        command.SetAction(parsed =>
        {
            var store = options.ResultStore(parsed);
            var runs = store.Runs(screen.Note).Where(run => run.Status == RunRow.Ok).GroupBy(run => run.Method).ToDictionary(method => method.Key, method => method.Count());
            var entries = MethodCatalog.All.Select(method => Of(method, runs.GetValueOrDefault(method.Name))).ToList();
            if (parsed.GetValue(json))
            {
                screen.Line(JsonSerializer.Serialize(entries, Json));
            }
            else
            {
                Table(entries).Show(screen);
                screen.Note($"adapters: parameters that learn beside the student and are dropped, for {Teacher.Name} -> {Student.Name}; epochs: of all phases, where the student alone has {Recipes.Crd.Epochs}; status: runs in {store.Folder}. Methods add up: --method kd+at.");
            }
        });
        return new(command, [new("./kd methods", "what there is to choose from"), new("./kd methods --json", "the same for programs, with every setting")]);
    }

    /// <summary>The pair that costs are told for.</summary>
    private static Network Teacher { get; } = Networks.WideResNet(40, 2);

    private static Network Student { get; } = Networks.WideResNet(16, 2);

    private static Entry Of(Method method, int runs)
    {
        var prepared = method.Prepare(method.Teacher.Count.Most == 0 ? [] : [.. Enumerable.Repeat(Teacher, Math.Max(1, method.Teacher.Count.Least))], Student);
        var judged = prepared.Judged ?? prepared.Student ?? Student;
        return new(
            method.Name, Lower(method.Family), Lower(method.Knowledge), Lower(method.Scheme), method.Teacher.GetType().Name.ToLowerInvariant(), method.Citation,
            method.Settings.ToDictionary(setting => setting.Name, setting => setting.Value is Schedule.Constant constant ? (object)constant.Value : setting.Value.ToString()),
            prepared.Terms, prepared.Players.Sum(player => player.Network.ParameterCount) + (prepared.Student ?? Student).ParameterCount - judged.ParameterCount, judged.ParameterCount - Student.ParameterCount,
            prepared.Epochs(Recipes.Crd.Epochs) - Recipes.Crd.Epochs, prepared.Views.Count, runs);
    }

    private static Sheet Table(IReadOnlyList<Entry> entries) => new(
        [new("method"), new("family"), new("knowledge"), new("scheme"), new("adapters", true), new("epochs", true), new("status"), new("published")],
        [.. entries.Select(entry => new[]
        {
            entry.Name, entry.Family, entry.Knowledge, entry.Scheme, Count(entry.AdapterParameters), $"{entry.ExtraEpochs + Recipes.Crd.Epochs}",
            entry.Runs == 0 ? "not run here" : entry.Runs == 1 ? "1 run" : $"{entry.Runs} runs", entry.Citation,
        })]);

    private static string Lower<T>(T value) where T : struct, Enum => string.Concat(value.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? $"-{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));

    private static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
