namespace Distillation;

/// <summary>A number of a published table as an experiment.</summary>
/// <param name="Paper">The number.</param>
/// <param name="Experiment">What would give one like it, under the table's protocol as far as that is known, seed 1; null where there is none.</param>
/// <param name="Reason">A sentence that says why there is none; empty where there is one.</param>
public sealed record ReproductionCell(PublishedValue Paper, Experiment? Experiment, string Reason)
{
    /// <summary>Its pair, such as <c>wrn-40-2 -> wrn-16-2</c>.</summary>
    public string Pair => Paper.Teacher == "" ? Paper.Student : $"{Paper.Teacher} -> {Paper.Student}";

    /// <summary>The method with what sets the number apart, such as <c>oto, exit-2</c>.</summary>
    public string Row => Paper.Variant == "" ? Paper.Method : $"{Paper.Method}, {Paper.Variant}";
}

/// <summary>A published table, every accuracy in it as an experiment.</summary>
/// <param name="Table">The table.</param>
/// <param name="Cells">One per published accuracy, in the table's order; several may be of one run, such as the exits of a network.</param>
public sealed record Reproduction(PublishedTable Table, Sequence<ReproductionCell> Cells)
{
    /// <summary>The runs that the cells need, each once per seed, those of one seed together.</summary>
    /// <param name="seeds">How many seeds, 1 … n.</param>
    public IReadOnlyList<Experiment> Experiments(int seeds = 1) =>
    [
        .. from seed in Grid.Seeds(seeds)
           from experiment in Cells.Select(cell => cell.Experiment).OfType<Experiment>().Select(one => (one with { Seed = seed }).Settled).DistinctBy(one => one.Id)
           select experiment,
    ];

    /// <summary>
    /// What of the table fits a budget: of a small one the cells of one pair, the one that takes the fewest multiply-adds for a step, and those of its two networks alone, with as many generated images in
    /// an epoch as others see photographs; of any other all of them.
    /// </summary>
    public Reproduction Within(Budget budget)
    {
        if (budget != Budget.Smoke && budget != Budget.Laptop)
        {
            return this;
        }

        var small = OfOnePair();
        return small with { Cells = [.. small.Cells.Select(cell => cell with { Experiment = cell.Experiment is null ? null : Short(cell.Experiment, Reproductions.Length(budget).TrainImages!.Value) })] };
    }

    private static Experiment Short(Experiment experiment, long images) => experiment.Method.Feed is not Feed.Noise noise ? experiment : experiment with
    {
        Method = MethodCatalog.Named(experiment.Method.Name, experiment.Method.Settings.ToDictionary(
            setting => setting.Name, setting => setting.Name == "steps" ? Math.Min(noise.StepsPerEpoch, Math.Ceiling(images / (double)experiment.Recipe.BatchSize)) : setting.Value.At(0))),
    };

    private Reproduction OfOnePair()
    {
        var chosen = Cells.Where(cell => cell.Experiment is { Teachers.Count: > 0 }).GroupBy(cell => cell.Pair).MinBy(pair => pair.Min(cell => Work(cell.Experiment!)))?.First().Paper;
        return chosen is null
            ? this with { Cells = [.. Cells.Where(cell => cell.Experiment is not null).OrderBy(cell => Work(cell.Experiment!)).Take(1)] }
            : this with { Cells = [.. Cells.Where(cell => (cell.Paper.Teacher == "" || cell.Paper.Teacher == chosen.Teacher) && (cell.Paper.Student == chosen.Student || (cell.Paper.Teacher == "" && cell.Paper.Student == chosen.Teacher)))] };
    }

    /// <summary>
    /// The cells that some words choose: a word is the name of a method, a network or a variant, or a row such as <c>oto, exit-2</c>. Words of one kind widen the choice, words of several narrow it.
    /// </summary>
    /// <param name="words">The words; none chooses all.</param>
    /// <exception cref="BadInput">A word names nothing in the table.</exception>
    public Reproduction Only(IReadOnlyList<string> words)
    {
        Func<ReproductionCell, IReadOnlyList<string>>[] kinds = [cell => [cell.Paper.Method, cell.Row], cell => [cell.Paper.Student], cell => [cell.Paper.Teacher, cell.Pair], cell => [cell.Paper.Variant]];
        var known = Cells.SelectMany(cell => kinds.SelectMany(kind => kind(cell))).Where(name => name != "").Distinct().ToList();
        if (words.FirstOrDefault(word => !known.Contains(word)) is { } stray)
        {
            throw new BadInput($"--only {stray} names no method, network or variant of {Table.Id}{Nearest.Hint(stray, known)}: choose from {string.Join(", ", Cells.Select(cell => cell.Paper.Method).Distinct())}, or from {string.Join(", ", Cells.SelectMany(cell => new[] { cell.Paper.Teacher, cell.Paper.Student }).Where(name => name != "").Distinct())}.");
        }

        return this with { Cells = [.. Cells.Where(cell => kinds.All(kind => Asked(kind) is var asked && (asked.Count == 0 || kind(cell).Any(asked.Contains))))] };

        // A student may stand as a teacher elsewhere: a word counts for the first kind that it names.
        List<string> Asked(Func<ReproductionCell, IReadOnlyList<string>> kind) =>
            [.. words.Where(word => Cells.Any(cell => kind(cell).Contains(word)) && !kinds.TakeWhile(earlier => earlier != kind).Any(earlier => Cells.Any(cell => earlier(cell).Contains(word))))];
    }

    // Multiply-adds of a step for one image: the teacher answers, the student answers and learns.
    private static long Work(Experiment experiment) => experiment.Teachers.Sum(source => source.Network.MultiplyAdds) + (3 * experiment.Student.MultiplyAdds);
}

/// <summary>The published tables as experiments.</summary>
public static class Reproductions
{
    // How the comparison table of MSKD is called where tables are called by their numbers; the article's own numbering is not known here.
    private static readonly IReadOnlyDictionary<string, string> aliases = new Dictionary<string, string> { ["mskd-table-4"] = "mskd-cifar100" };

    /// <summary>The names that there are: one per published table, and other names of some.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Published.All.Select(table => table.Id), .. aliases.Keys];

    /// <summary>The reproduction of a name.</summary>
    /// <exception cref="BadInput">There is none.</exception>
    public static Reproduction Named(string name) => Names.FirstOrDefault(known => string.Equals(known, name, StringComparison.OrdinalIgnoreCase)) is { } found
        ? Of(Published.Named(aliases.GetValueOrDefault(found, found)))
        : throw new BadInput($"There is no published table '{name}'{Nearest.Hint(name, Names)}: choose one of {string.Join(", ", Names)}.");

    /// <summary>
    /// How long the runs of a table are at a budget: at <see cref="Budget.Laptop"/> shorter than elsewhere, since a column is fifteen runs and more of networks that are large for two cores.
    /// </summary>
    public static Budget Length(Budget budget) => budget == Budget.Laptop ? budget with { TrainImages = 2_000, Epochs = 3 } : budget;

    /// <summary>Every accuracy of a table as an experiment, or why not.</summary>
    public static Reproduction Of(PublishedTable table) => new(table, [.. table.Values.Where(value => value.Metric == "accuracy").Select(value => Cell(table.Protocol, value))]);

    /// <summary>One number of a table with that protocol.</summary>
    internal static ReproductionCell Cell(PublishedProtocol protocol, PublishedValue paper)
    {
        try
        {
            var experiment = Experiment(protocol, paper).Check();
            // What the method makes of its networks may be refused too.
            return new(paper, experiment.Judged is not null ? experiment : null, "");
        }
        catch (BadInput refused)
        {
            return new(paper, null, refused.Message);
        }
    }

    private static Experiment Experiment(PublishedProtocol protocol, PublishedValue paper)
    {
        var found = Datasets.All.FirstOrDefault(dataset => dataset.Name == paper.Dataset) ?? throw new BadInput($"The data set '{paper.Dataset}' does not load by name here.");
        var data = PublishedSettings.Sized(found, paper);
        var (student, method) = (NetworkCatalog.Named(paper.Student, data.Classes, data.Channels, data.Height), PublishedSettings.Method(paper));
        var recipe = method.Feed switch
        {
            Feed.Noise => PublishedSettings.Generated(paper),
            Feed.Recorded => Recipes.MetaData,
            _ => For(paper.Student),
        };
        var jointly = paper.Variant is "teacher, joint";
        var alone = new Experiment(data, [], jointly ? student.WithExits(new ExitDesign.Copied(4)) : student, jointly ? Methods.Exits() : method, PublishedSettings.Adjusted(recipe, method), Seed: 1);
        if (method.Teacher.Count.Most == 0)
        {
            return alone;
        }

        var known = PublishedSettings.Teacher(paper) ?? throw new BadInput($"The paper's teacher for {paper.Student} is not known here.");
        var plain = NetworkCatalog.Named(known, data.Classes, data.Channels, data.Height);
        var teacher = paper.Method == "oto" ? plain.WithExits() : paper.Variant == "joint teacher" ? plain.WithExits(new ExitDesign.Copied(4)) : plain;
        return alone with
        {
            Teacher = new Source.Trained(new Experiment(
                data, [], teacher, teacher.Exits.Count > 0 ? Methods.Exits() : Methods.None, For(known), Seed: 0)),
            // Few bits are learned from many.
            Start = paper.Student.Split('+') is [var many, _] && student.Quantization is not null
                ? new Source.Trained(new Experiment(data, [], NetworkCatalog.Named(many, data.Classes, data.Channels, data.Height), Methods.None, For(many), Seed: 1)) : null,
        };

        Recipe For(string network) => PublishedSettings.Adjusted(PublishedSettings.Recipe(protocol, paper, network), paper);
    }
}
