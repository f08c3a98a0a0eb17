namespace Distillation;

/// <summary>
/// Several methods as one. The terms of all are added up; a term that two of them have under one name (the labels, or the soft labels of kd) counts once, with the weight that the method further to the
/// left gives it. Phases in front of the published schedule come one after another, the last phases run as one. Players and memories stay each method's own.
/// </summary>
internal static class Composition
{
    /// <summary>The methods, none of them a sum itself, as one.</summary>
    /// <exception cref="BadInput">One stands twice, or they ask for different numbers of teachers or for different images.</exception>
    public static Method Of(Sequence<Method> parts)
    {
        var name = string.Join('+', parts.Select(part => part.Name));
        if (parts.GroupBy(part => part.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new BadInput($"The method '{twice.Key}' stands twice in '{name}'; name it once, with another weight.");
        }

        if (parts.Select(part => part.Feed).Distinct().Count() > 1)
        {
            throw new BadInput($"The methods of '{name}' learn from different images, so that they cannot share a step; choose methods that do.");
        }

        var plain = Plain(parts);
        if (parts.Skip(plain.Count).FirstOrDefault(part => part.Around is null) is { } late)
        {
            throw new BadInput($"'{parts[plain.Count].Name}' changes the methods in front of it in '{name}'; write '{late.Name}' before it.");
        }

        return new Method(
            name,
            1,
            string.Join("; ", parts.Where(part => part.Knowledge != Knowledge.None).Select(part => part.Citation).Distinct()),
            parts.Select(part => part.Knowledge).LastOrDefault(knowledge => knowledge != Knowledge.None),
            parts.Select(part => part.Scheme).FirstOrDefault(scheme => scheme != Scheme.Offline),
            Guidance(name, parts),
            [.. parts.SelectMany(part => part.Settings.Select(setting => setting with { Name = $"{part.Name}.{setting.Name}" }))],
            (teachers, student) => parts.Skip(plain.Count).Aggregate(Prepare(name, plain, teachers, student), (prepared, wrapper) => wrapper.Around!(plain, prepared)))
        {
            Parts = parts,
            Family = parts.Select(part => part.Family).LastOrDefault(family => family != Family.Plain),
            Feed = parts[0].Feed,
        };
    }

    // Those that add terms: up to the first that changes others instead.
    private static Sequence<Method> Plain(Sequence<Method> parts) => [parts[0], .. parts.Skip(1).TakeWhile(part => part.Around is null)];

    private static Teacher Guidance(string name, Sequence<Method> parts)
    {
        var frozen = parts.Select(part => part.Teacher).OfType<Teacher.Frozen>().ToList();
        if (frozen.Count == 0)
        {
            return parts.Select(part => part.Teacher).FirstOrDefault(teacher => teacher is not Teacher.None) ?? new Teacher.None();
        }

        var (least, most) = (frozen.Max(teacher => teacher.Least), frozen.Min(teacher => teacher.Most));
        return least <= most ? new Teacher.Frozen(least, most) : throw new BadInput($"The methods of '{name}' take different numbers of teachers; choose methods that take as many.");
    }

    private static Prepared Prepare(string name, Sequence<Method> parts, Sequence<Network> teachers, Network student)
    {
        var alone = parts.Select(part => part.Prepare(teachers, student)).ToList();
        var changing = Enumerable.Range(0, parts.Count).Where(i => alone[i].Student is not null || alone[i].Judged is not null).ToList();
        if (changing.Count > 1)
        {
            throw new BadInput($"'{parts[changing[0]].Name}' and '{parts[changing[1]].Name}' both change the student of '{name}'; only one of them can.");
        }

        // The others look at the student as it will be.
        var changed = changing.Select(i => alone[i]).FirstOrDefault();
        var part = parts.Select((method, i) => new Part(method.Name, changed?.Student is not { } other || i == changing[0] ? alone[i] : method.Prepare(teachers, other))).ToList();
        return new Prepared([.. part.SelectMany(p => p.Prepared.Phases.SkipLast(1).Select(p.InFront)), Together(part)])
        {
            Student = changed?.Student,
            Judged = changed?.Judged,
            Made = changed?.Made,
            Inherited = changed?.Inherited,
            Players = [.. part.SelectMany(p => p.Prepared.Players.Select(player => player with { Name = p.Outside(player.Name) }))],
            Opening = opening => part.Aggregate(Memory.Empty, (memory, p) => memory.With(p.Name, Memory.Empty, p.Prepared.Opening(opening with { Key = opening.Key.Fold(p.Name) }))),
            Views = [.. part.SelectMany(p => p.Prepared.Views).DistinctBy(view => view.Name)],
        };
    }

    private static Phase Together(IReadOnlyList<Part> parts)
    {
        var last = parts.Select(part => (Part: part, Phase: part.Prepared.Phases[^1])).ToList();
        return new Phase("training", [.. last.SelectMany(pair => pair.Phase.Terms).Distinct()], (step, memory) => last.Aggregate(new Outcome([], memory), (sum, pair) =>
        {
            var outcome = pair.Part.Ask(pair.Phase, step, sum.Memory);
            return outcome with { Terms = [.. sum.Terms.Concat(outcome.Terms).DistinctBy(term => term.Name)] };
        }))
        {
            Epochs = epochs => last.Max(pair => pair.Phase.Epochs(epochs)),
            Practice = practice => last.Aggregate(practice, (so, pair) => pair.Phase.Practice(so)),
            Trains = last.All(pair => pair.Phase.Trains is null) ? null : name => last.All(pair => pair.Phase.Trains?.Invoke(name) ?? true),
            Plays = name => last.Any(pair => pair.Part.Plays(pair.Phase, name)),
            AfterEpoch = last.All(pair => pair.Phase.AfterEpoch is null) ? null : (milestone, memory) => last.Aggregate(memory, (so, pair) => pair.Part.Tell(pair.Phase, milestone, so)),
        };
    }

    // One of the methods, with the way between its own names and those of the whole.
    private sealed record Part(string Name, Prepared Prepared)
    {
        public string Outside(string player) => $"{Name}/{player}";

        public Phase InFront(Phase phase) => new($"{Name} {phase.Name}", phase.Terms, (step, memory) => Ask(phase, step, memory))
        {
            Epochs = phase.Epochs,
            Practice = phase.Practice,
            Trains = phase.Trains,
            Plays = name => Plays(phase, name),
            AfterEpoch = phase.AfterEpoch is null ? null : (milestone, memory) => Tell(phase, milestone, memory),
        };

        public Outcome Ask(Phase phase, Step step, Memory memory)
        {
            var own = memory.Of(Name);
            var outcome = phase.Objective(step.Of(Name, Prepared.Views), own);
            return new Outcome(
                [.. outcome.Terms.Select(term => term.Player == Player.Student ? term : term with { Player = Outside(term.Player) })], memory.With(Name, own, outcome.Memory));
        }

        public Memory Tell(Phase phase, Milestone milestone, Memory memory)
        {
            if (phase.AfterEpoch is not { } hook)
            {
                return memory;
            }

            var own = memory.Of(Name);
            return memory.With(Name, own, hook(milestone with { Players = milestone.Players.Below(Name) }, own));
        }

        public bool Plays(Phase phase, string player) =>
            player.StartsWith(Outside(""), StringComparison.Ordinal) && (phase.Plays?.Invoke(player[Outside("").Length..]) ?? true);
    }

    /// <summary>What has the part's name in front, without it.</summary>
    public static IReadOnlyDictionary<string, T> Below<T>(this IEnumerable<KeyValuePair<string, T>> pairs, string part) => pairs
        .Where(pair => pair.Key.StartsWith($"{part}/", StringComparison.Ordinal))
        .ToDictionary(pair => pair.Key[(part.Length + 1)..], pair => pair.Value);
}
