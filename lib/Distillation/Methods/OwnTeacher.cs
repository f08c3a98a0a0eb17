namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// "Be your own teacher" (Zhang et al. 2019), BYOT: exits on the way learn from the labels and from the last exit, by its soft labels and by its pooled vector. A student without exits is given the paper's
    /// bottlenecks; they are dropped afterwards unless the ensemble is asked for. As in the authors' later code (SCAN's), soft labels have no factor τ² and the distance of vectors is no square.
    /// </summary>
    /// <param name="share">α: of what the exits on the way learn, the last exit's part, the labels have the rest; 0.3.</param>
    /// <param name="features">λ, of the distance of pooled vectors, summed; 0.03.</param>
    /// <param name="temperature">τ; 3.</param>
    /// <param name="ensemble">Whether the mean of all exits is judged and kept; else the network without them.</param>
    /// <exception cref="BadInput">The share is not in 0 … 1.</exception>
    public static Method Byot(double share = 0.3, Schedule? features = null, double temperature = 3, bool ensemble = false)
    {
        var (near, tau) = (features ?? 0.03, Temperature(temperature));
        Check(share is >= 0 and <= 1, $"BYOT's exits learn a share from 0 to 1 from the last one, not {share}.");
        return new Method(
            "byot", 1, "Zhang et al.: Be Your Own Teacher: Improve the Performance of Convolutional Neural Networks via Self Distillation, ICCV 2019", Knowledge.Response, Scheme.Self, new Teacher.Self(),
            [new("share", share), new("features", near), new("temperature", tau), new("ensemble", ensemble ? 1 : 0)],
            (_, student) =>
            {
                var network = student.Exits.Count == 0 ? student.WithExits(new ExitDesign.Bottleneck()) : student;
                var voting = network.Ensembled();
                var pooled = PooledExits.Of(network);
                return new Prepared(["labels", "exits", "byot", "features"], step =>
                {
                    var answer = step.Student();
                    var exits = answer.Exits.Select(exit => exit.Logits).ToList();
                    return
                    [
                        new Term("labels", step.TaskLoss(), 1),
                        new Term("exits", exits.Select(step.TaskLoss).Aggregate((sum, exit) => sum + exit), 1 - share),
                        new Term("byot", exits.Select(exit => Losses.KlDivergence(exit, answer.Logits, tau).mean()).Aggregate((sum, exit) => sum + exit), share),
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
