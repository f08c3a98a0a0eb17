using static TorchSharp.torch;

namespace Distillation;

public static partial class Methods
{
    /// <summary>Scale-decoupled distillation (Wei et al. 2024), SD-KD: soft labels of the whole image, its quarters and its sixteenths, made by the networks' own classifiers.</summary>
    /// <param name="weight">0.9.</param>
    /// <param name="hard">Weight of the labels; 0.1.</param>
    /// <param name="temperature">τ; 4.</param>
    public static Method SdKd(Schedule? weight = null, Schedule? hard = null, double temperature = 4) =>
        Scaled("sd-kd", [new("temperature", Temperature(temperature))], weight ?? 0.9, hard ?? 0.1, (student, teacher, _) => Losses.Hinton(student, teacher, temperature));

    /// <summary>Scale-decoupled distillation (Wei et al. 2024) around decoupled distillation, SD-DKD. The weight rises from 0 over the first epochs, of 240 the first 20.</summary>
    /// <param name="weight">Of both parts together; 1.</param>
    /// <param name="hard">Weight of the labels; 1.</param>
    /// <param name="alpha">Weight of the label's class; 1.</param>
    /// <param name="beta">Weight of the others; 8.</param>
    /// <param name="temperature">τ; 4.</param>
    /// <param name="warmup">The share of the run over which the weight rises; 20 of 240 epochs.</param>
    public static Method SdDkd(Schedule? weight = null, Schedule? hard = null, double alpha = 1, double beta = 8, double temperature = 4, double warmup = 20.0 / 240) => Scaled(
        "sd-dkd", [new("alpha", alpha), new("beta", beta), new("temperature", Temperature(temperature)), new("warmup", warmup)], Warm(weight ?? 1, warmup), hard ?? 1,
        (student, teacher, labels) => Losses.Decoupled(student, teacher, labels, alpha, beta, temperature));

    /// <summary>
    /// Scale-decoupled distillation (Wei et al. 2024) around normalised distillation, SD-NKD. As in their copy of NKD's code the target stays among the other classes.
    /// </summary>
    /// <param name="weight">1.</param>
    /// <param name="hard">Weight of the labels; 1.</param>
    /// <param name="temperature">τ; 1.</param>
    /// <param name="gamma">γ; 1.5.</param>
    public static Method SdNkd(Schedule? weight = null, Schedule? hard = null, double temperature = 1, double gamma = 1.5) => Scaled(
        "sd-nkd", [new("temperature", Temperature(temperature)), new("gamma", gamma)], weight ?? 1, hard ?? 1,
        (student, teacher, labels) => Losses.Normalized(student, teacher, labels, temperature, gamma, all: true));

    private static Method Scaled(string name, IReadOnlyList<Setting> settings, Schedule weight, Schedule hard, Func<Tensor, Tensor, Tensor, Tensor> loss) => new(
        name, 1, "Wei, Luo, Luo: Scale Decoupled Distillation, CVPR 2024", Knowledge.Response, Scheme.Offline, new Teacher.Frozen(), [new("weight", weight), .. settings, new("hard", hard)],
        (teachers, student) =>
        {
            int[] grids = [1, 2, 4];
            StageTaps.Pooled(teachers[0]);
            StageTaps.Pooled(student);
            var (own, guide) = (student.Classifier, teachers[0].Classifier);
            return new Prepared(["labels", name], step =>
            [
                new Term("labels", step.TaskLoss(), hard),
                new Term(name, Losses.ScaleDecoupled(
                    Losses.Regions(step.Student().Pooled!, step.Weights[$"{own}.weight"], step.Weights[$"{own}.bias"], grids),
                    Losses.Regions(step.Teacher().Pooled!, step.Frozen()[$"{guide}.weight"], step.Frozen()[$"{guide}.bias"], grids), step.Labels, loss).mean(), weight),
            ]);
        });
}
