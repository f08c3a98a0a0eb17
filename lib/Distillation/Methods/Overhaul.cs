namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// A comprehensive overhaul of feature distillation (Heo et al. 2019), OFD: the student's stages before their activation, through connectors, are held to the teacher's, whose negative parts are cut at margins
    /// from its own normalisation. A stage counts half as much as the next one.
    /// </summary>
    /// <param name="weight">Of the sum over stages; 1/1000.</param>
    /// <param name="kd">Weight of the soft labels; 0.</param>
    public static Method Ofd(Schedule? weight = null, Schedule? kd = null) => Guided(
        "ofd", "Heo et al.: A Comprehensive Overhaul of Feature Distillation, ICCV 2019", Knowledge.Feature, [], weight ?? 0.001, kd ?? 0,
        (teacher, student) =>
        {
            var stages = StageTaps.BeforeActivation(teacher, student).Select(pair => (pair.Student, pair.Teacher, Norm: NormBefore(teacher, pair.Teacher))).ToList();
            return new Guide(step => stages.Select((stage, i) => Losses.PartialDistance(
                    step.Player($"connector {stage.Student.Name}").Call(step.Student()[stage.Student.Name]), step.Teacher()[stage.Teacher.Name],
                    Losses.Margins(step.Frozen()[$"{stage.Norm}.weight"], step.Frozen()[$"{stage.Norm}.bias"])).mean() * Math.Pow(2, i + 1 - stages.Count))
                .Aggregate((sum, stage) => sum + stage))
            {
                Adapters = [.. stages.Select(stage => Adapter($"connector {stage.Student.Name}", stage.Student.Shape, Layer
                    .Conv("conv", stage.Teacher.Shape.Channels, kernel: 1, padding: 0, initializer: Initializer.KaimingFanOut(1, stage.Teacher.Shape.Channels)).Then(Layer.BatchNorm("bn"))))],
            };
        });

    // The normalisation in front of an activation: the last one there that is in no shortcut.
    private static string NormBefore(Network network, Tap tap)
    {
        const string Mean = ".running_mean";
        var reached = network.Reaching(tap.Name);
        return network.Buffers.Where(buffer => buffer.Name.EndsWith(Mean, StringComparison.Ordinal) && reached.Contains(buffer.Name)
                && !buffer.Name.Contains("downsample", StringComparison.Ordinal) && !buffer.Name.Contains("shortcut", StringComparison.Ordinal)).LastOrDefault() is { } last
            && last.Shape[0] == tap.Shape.Channels
            ? last.Name[..^Mean.Length]
            : throw new BadInput($"OFD takes the margins of '{tap.Name}' from the normalisation before it, and {network.Name} has none of {tap.Shape.Channels} channels there; choose another teacher.");
    }
}
