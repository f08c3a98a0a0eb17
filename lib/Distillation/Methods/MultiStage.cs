using static TorchSharp.torch;

namespace Distillation;

public static partial class Methods
{
    private const string MultiStagePaper = "Xu et al.: Multiple-Stage Knowledge Distillation, Applied Sciences 2022";

    /// <summary>
    /// Multiple-stage knowledge distillation (Xu et al. 2022), MSKD: every exit of the student learns labels and the teacher's one answer; one backward pass carries them all, so that early stages are trained
    /// again as parts of the later ones. What is judged is the exits' ensemble. A student without exits is given those of <see cref="ExitDesign.Attention"/>. The article's weight and temperature are not known
    /// here: those of KD in the tables that it compares with stand in.
    /// </summary>
    /// <param name="weight">a, of the teacher's soft labels, summed over all exits; 0.9.</param>
    /// <param name="hard">1 − a, of the labels, summed over all exits; 0.1.</param>
    /// <param name="temperature">τ of the soft labels; 4.</param>
    /// <param name="ensemble">Whether the mean of the exits is judged and kept, with the exits; else the network without them.</param>
    public static Method Mskd(Schedule? weight = null, Schedule? hard = null, double temperature = StandardTemperature, bool ensemble = true)
    {
        var (soft, labels, tau) = (weight ?? 0.9, hard ?? 0.1, Temperature(temperature));
        return new Method(
            "mskd", 1, MultiStagePaper, Knowledge.Response, Scheme.Offline, new Teacher.Frozen(),
            [new("weight", soft), new("hard", labels), new("temperature", tau), new("ensemble", ensemble ? 1 : 0)],
            (_, student) =>
            {
                var (network, judged) = Staged(student, ensemble);
                return new Prepared(["labels", "mskd"], step => AtExits(step, View.Plain, labels, soft, "mskd", exits => Losses.MultiStage(exits, step.Teacher().Logits, tau)))
                {
                    Student = network,
                    Judged = judged,
                };
            });
    }

    // The student with its exits, and what of it is judged.
    private static (Network Network, Network Judged) Staged(Network student, bool ensemble)
    {
        var network = student.Exits.Count == 0 ? student.WithExits() : student;
        var voting = network.Ensembled();
        return (network, ensemble ? voting : student);
    }

    private static IReadOnlyList<Term> AtExits(Step step, View view, Schedule labels, Schedule soft, string name, Func<IReadOnlyList<Tensor>, Tensor> loss)
    {
        var exits = AllExits(step.Student(view));
        return
        [
            new Term("labels", exits.Select(step.TaskLoss).Aggregate((sum, exit) => sum + exit), labels),
            new Term(name, loss(exits).mean(), soft),
        ];
    }

    // The logits of every exit, the last one's last.
    private static IReadOnlyList<Tensor> AllExits(Activations answer) => [.. answer.Exits.Select(exit => exit.Logits), answer.Logits];
}
