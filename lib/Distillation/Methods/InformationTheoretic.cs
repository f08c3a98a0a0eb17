namespace Distillation;

public static partial class Methods
{
    /// <summary>Information-theoretic representation distillation (Miles et al. 2022), ITRD: correlations of the embeddings' dimensions and similarities of the batch's samples.</summary>
    /// <param name="correlation">Weight of the correlations; 2.</param>
    /// <param name="mutual">Weight of the similarities; 1 as in the authors' README, where their code's default is 0.05.</param>
    /// <param name="alpha">α of the correlations; 1.01 between networks of one family, 1.5 between others.</param>
    public static Method Itrd(Schedule? correlation = null, Schedule? mutual = null, double alpha = 1.01)
    {
        var (dimensions, samples) = (correlation ?? 2, mutual ?? 1);
        return new Method(
            "itrd", 1, "Miles, Lopez Rodriguez, Mikolajczyk: Information Theoretic Representation Distillation, BMVC 2022", Knowledge.Relation, Scheme.Offline, new Teacher.Frozen(),
            [new("correlation", dimensions), new("mutual", samples), new("alpha", alpha > 0 ? alpha : throw new BadInput($"ITRD takes an α above 0, not {alpha}."))],
            (teachers, student) =>
            {
                var (own, guide) = (student.Taps[^1].Shape, teachers[0].Taps[^1].Shape);
                return new Prepared(["labels", "correlation", "mutual"], step =>
                {
                    var (mine, hers) = (step.Student().Embedding, step.Teacher().Embedding);
                    var embedded = step.Player("embedding").Call(mine);
                    return
                    [
                        new Term("labels", step.TaskLoss(), 1),
                        new Term("correlation", Related(embedded, batch => Losses.CorrelationInformation(batch, hers, alpha)), dimensions),
                        // Of one length, the embeddings themselves are compared.
                        new Term("mutual", Losses.MutualInformation(own == guide ? mine : embedded, hers), samples),
                    ];
                })
                { Players = [Adapter("embedding", own, Layer.Linear("linear", guide.Channels))] };
            });
    }
}
