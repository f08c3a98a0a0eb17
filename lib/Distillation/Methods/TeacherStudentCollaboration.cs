using static TorchSharp.torch;

namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// Teacher-student collaborative knowledge distillation (Xu et al. 2022), TSKD: the teacher teaches every exit of the student, and the student's last exit teaches those before it, by its soft labels and
    /// its pooled vector; what is judged is the exits' ensemble. The article's own weights are not known here: those of "Be your own teacher" and SCAN's code stand in, which it builds on. A pooled vector of
    /// another length than the last one's is compared through a linear adapter.
    /// </summary>
    /// <param name="weight">Of the last exit's soft labels for the others, summed; 0.3.</param>
    /// <param name="features">Of the distance of pooled vectors, summed; 0.03.</param>
    /// <param name="kd">Of the teacher's soft labels, summed over all exits; 1.</param>
    /// <param name="hard">Of the labels, summed over all exits; 1.</param>
    /// <param name="temperature">τ of all soft labels; 3.</param>
    /// <param name="ensemble">Whether the mean of the exits is judged and kept, with the exits; else the network without them.</param>
    public static Method Tskd(Schedule? weight = null, Schedule? features = null, Schedule? kd = null, Schedule? hard = null, double temperature = 3, bool ensemble = true)
    {
        var (own, near, soft, labels, tau) = (weight ?? 0.3, features ?? 0.03, kd ?? 1, hard ?? 1, Temperature(temperature));
        return new Method(
            "tskd", 1, "Xu et al.: Teacher-Student Collaborative Knowledge Distillation for Image Classification, Applied Intelligence 2022", Knowledge.Response, Scheme.Offline, new Teacher.Frozen(),
            [new("weight", own), new("features", near), new("kd", soft), new("hard", labels), new("temperature", tau), new("ensemble", ensemble ? 1 : 0)],
            (teachers, student) =>
            {
                var network = student.Exits.Count == 0 ? student.WithExits() : student;
                var voting = network.Ensembled();
                var pooled = PooledExits.Of(network);
                return new Prepared(["labels", "kd", "tskd", "features"], step =>
                {
                    var answer = step.Student();
                    var exits = answer.Exits.Select(exit => exit.Logits).ToList();
                    Tensor[] all = [.. exits, answer.Logits];
                    return
                    [
                        new Term("labels", all.Select(step.TaskLoss).Aggregate((sum, exit) => sum + exit), labels),
                        new Term("kd", Losses.Hierarchical(all, [step.Teacher().Logits], tau).mean(), soft),
                        new Term("tskd", Losses.SelfTaught(exits, answer.Logits, tau).mean(), own),
                        new Term("features", Losses.FeatureGap(pooled.Vectors(step, answer), answer.Embedding), near),
                    ];
                })
                {
                    Student = network,
                    Judged = ensemble ? voting : student,
                    Players = pooled.Adapters,
                };
            });
    }
}
