using System.Globalization;

namespace Distillation;

/// <summary>Which maps methods look at: the factories' taps f0 (stem), f1 … (stages), and the pooled vector last.</summary>
internal static class StageTaps
{
    /// <summary>The stage outputs, stem and pooled vector left out, paired from the first; where one network has more, its last ones have no partner.</summary>
    /// <exception cref="BadInput">One of the networks has none.</exception>
    public static IReadOnlyList<(Tap Student, Tap Teacher)> Stages(Network teacher, Network student) =>
        [.. Maps(student).Skip(1).Zip(Maps(teacher).Skip(1))];

    /// <summary>The same before the last ReLU of each stage.</summary>
    /// <exception cref="BadInput">A network keeps no such maps.</exception>
    public static IReadOnlyList<(Tap Student, Tap Teacher)> BeforeActivation(Network teacher, Network student) =>
        [.. Stages(teacher, student).Select(pair => (Before(student, pair.Student), Before(teacher, pair.Teacher)))];

    /// <summary>The teacher's alone, for each of the pairs of <see cref="Stages"/>.</summary>
    /// <exception cref="BadInput">The teacher keeps no such maps.</exception>
    public static IReadOnlyList<Tap> BeforeActivationOf(Network teacher, Network student) => [.. Stages(teacher, student).Select(pair => Before(teacher, pair.Teacher))];

    /// <summary>The last maps before pooling.</summary>
    public static (Tap Student, Tap Teacher) Last(Network teacher, Network student) => (Maps(student)[^1], Maps(teacher)[^1]);

    /// <summary>The shape of the map that the pooled vector is the mean of; networks leave it in <see cref="Activations.Pooled"/>.</summary>
    /// <exception cref="BadInput">The network pools no map, or something stands between the mean and the classifier.</exception>
    public static Shape Pooled(Network network) => network.Pooled is { } shape && shape.Channels == network.Taps[^1].Shape.Channels
        ? shape
        : throw new BadInput($"The network '{network.Name}' does not classify the mean of a map over its pixels, which this method takes apart; choose a network that does.");

    /// <summary>The maps of a number, from the stem's 0.</summary>
    /// <exception cref="BadInput">A network has no such map.</exception>
    public static (Tap Student, Tap Teacher) Numbered(Network teacher, Network student, int number) => (At(student, number), At(teacher, number));

    /// <summary>The maps of a network, the stem's first.</summary>
    public static IReadOnlyList<Tap> Maps(Network network)
    {
        var maps = network.Taps.Where(tap => !tap.Shape.Flat && tap.Name is ['f', .. var rest] && int.TryParse(rest, CultureInfo.InvariantCulture, out _)).Select(tap => new Tap(tap.Name, tap.Shape)).ToList();
        return maps.Count > 1 ? maps : throw new BadInput(
            $"The network '{network.Name}' keeps no stage maps f0, f1, … for a method that looks at them; tap them where it is built, as in Layer.Tap(\"f1\").");
    }

    private static Tap At(Network network, int number) =>
        Maps(network).ElementAtOrDefault(number) ?? throw new BadInput($"The network '{network.Name}' has no map {number}; it has {Maps(network).Count}, counted from the stem's 0.");

    private static Tap Before(Network network, Tap tap) =>
        network.Taps.Where(known => known.Name == $"{tap.Name}.preact").Select(known => new Tap(known.Name, known.Shape)).FirstOrDefault()
        ?? throw new BadInput($"The network '{network.Name}' keeps no '{tap.Name}.preact', the map before its activation; choose a network that does.");
}

/// <summary>A map that a network keeps.</summary>
internal sealed record Tap(string Name, Shape Shape);
