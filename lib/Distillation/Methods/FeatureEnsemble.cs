namespace Distillation;

public static partial class Methods
{
    // More would only be a mistake in a list.
    private const int MostTeachers = 64;

    /// <summary>
    /// Parallel FEED (Park and Kwak 2020), pFEED: beside the labels, the student's last map is carried to every teacher's by a transformation of its own, and held to it after both are scaled to norm 1. The
    /// transformations learn with the student and are dropped. The weight of the paper is not known; the default is the one of factor transfer, whose code the authors went on with.
    /// </summary>
    /// <param name="weight">β, of the sum over teachers; 500, or where differences are summed 500 / (64 · 8 · 8), which is the same on a map of 64x8x8.</param>
    /// <param name="summed">Whether absolute differences are summed, as equation 2 is printed, instead of averaged.</param>
    public static Method FeatureEnsemble(Schedule? weight = null, bool summed = false) => Ensembled("feed", new Teacher.Frozen(1, MostTeachers), Scheme.Offline, weight, summed);

    /// <summary>
    /// Sequential FEED, sFEED: a network learns from the labels and, by way of a new transformation, from one of its own kind that learned so before. Generations of them are a chain of experiments,
    /// <c>experiment.BornAgain(5)</c>.
    /// </summary>
    /// <param name="weight">β; as in <see cref="FeatureEnsemble"/>.</param>
    /// <param name="summed">As in <see cref="FeatureEnsemble"/>.</param>
    public static Method SequentialFeatureEnsemble(Schedule? weight = null, bool summed = false) => Ensembled("sfeed", new Teacher.Frozen(), Scheme.Self, weight, summed);

    private static Method Ensembled(string name, Teacher teacher, Scheme scheme, Schedule? weight, bool summed)
    {
        var beta = weight ?? (summed ? 500.0 / (64 * 8 * 8) : 500);
        return new Method(
            name, 1, "Park, Kwak: Feature-level Ensemble Knowledge Distillation for Aggregating Knowledge from Multiple Networks, ECAI 2020", Knowledge.Feature, scheme, teacher,
            [new("weight", beta), new("summed", summed ? 1 : 0)],
            (teachers, student) =>
            {
                var maps = teachers.Select((network, i) => (Name: $"transformation {i + 1}", Number: i, Taps: StageTaps.Last(network, student))).ToList();
                return new Prepared(["labels", name], step =>
                [
                    new Term("labels", step.TaskLoss(), 1),
                    new Term(name, maps.Select(map => Losses.FeatureEnsemble(
                        step.Player(map.Name).Call(step.Student()[map.Taps.Student.Name]), step.Teacher(teacher: map.Number)[map.Taps.Teacher.Name], summed).mean()).Aggregate((sum, one) => sum + one), beta),
                ])
                { Players = [.. maps.Select(map => Adapter(map.Name, map.Taps.Student.Shape, Transformation(map.Taps.Student.Shape.Channels, map.Taps.Teacher.Shape.Channels)))] };
            })
        { Family = name == "feed" ? Family.MultiTeacher : Family.Plain };
    }

    /// <summary>Three 3x3 convolutions from one map to another of the same size, each with a bias and a leaky ReLU of slope 0.1 behind it.</summary>
    internal static Layer Transformation(long channels, long outputs) => Layer.Chain(new[] { channels, outputs, outputs }.Select((width, i) => Leaky(Layer.Conv($"{i}", width, bias: true))));
}
