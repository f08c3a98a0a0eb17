using static TorchSharp.torch;

namespace Distillation;

public static partial class Methods
{
    /// <summary>Deep mutual learning (Zhang et al. 2018), DML: peers of the student's kind, each from first weights of its own, learn beside it from the labels and from one another.</summary>
    /// <param name="weight">Of what the others say; 1.</param>
    /// <param name="peers">How many there are beside the student; 1.</param>
    /// <exception cref="BadInput">There is none, or more than 16.</exception>
    public static Method Dml(Schedule? weight = null, int peers = 1)
    {
        var others = weight ?? 1;
        string[] names = [.. Enumerable.Range(1, peers is >= 1 and <= 16 ? peers : throw new BadInput($"Mutual learning takes 1 to 16 peers, not {peers}.")).Select(i => $"peer {i}")];
        return new Method(
            "dml", 1, "Zhang et al.: Deep Mutual Learning, CVPR 2018", Knowledge.Response, Scheme.Online, new Teacher.Peers(), [new("weight", others), new("peers", peers)],
            (_, student) => new Prepared(["labels", "dml", .. names.SelectMany(name => new[] { $"{name} labels", $"{name} dml" })], step =>
            {
                var answers = names.Select(name => step.Player(name).Apply(step.Images(View.Plain)).Logits).Prepend(step.Student().Logits).ToList();
                // From every one to all the others, whom the term does not train.
                return
                [
                    .. answers.SelectMany((own, i) => new[]
                    {
                        new Term(i == 0 ? "labels" : $"{names[i - 1]} labels", step.TaskLoss(own), 1),
                        new Term(i == 0 ? "dml" : $"{names[i - 1]} dml", Losses.Mutual(own, stack([.. answers.Where((_, j) => j != i).Select(other => other.detach())])).mean(), others),
                    }.Select(term => i == 0 ? term : term with { Player = names[i - 1] })),
                ];
            })
            { Players = [.. names.Select(name => new Player(name, student))] });
    }
}
