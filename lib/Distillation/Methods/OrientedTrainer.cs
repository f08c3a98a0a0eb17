namespace Distillation;

public static partial class Methods
{
    /// <summary>
    /// The distillation-oriented trainer (Zhao et al. 2023), DOT: an optimizer that gives the labels' gradient and everybody else's a momentum each, behind any method: <c>Methods.Hinton() + Methods.Dot()</c>.
    /// Alone it is learning from labels with the smaller one.
    /// </summary>
    /// <param name="delta">Δ: the labels' momentum is smaller by it than the recipe's, the other's larger; 0.075.</param>
    /// <exception cref="BadInput">It is not in 0 … 0.1.</exception>
    public static Method Dot(double delta = 0.075)
    {
        var apart = delta is >= 0 and < 0.1 ? delta : throw new BadInput($"DOT moves a momentum of 0.9 by 0 to below 0.1, not by {delta}.");
        return None with
        {
            Name = "dot",
            Citation = "Zhao, Cui, Liang: DOT: A Distillation-Oriented Trainer, ICCV 2023",
            Knowledge = Knowledge.Response,
            Settings = [new("delta", apart)],
            Prepare = (teachers, student) => Oriented(None.Prepare(teachers, student)),
            Around = (_, prepared) => Oriented(prepared),
        };

        // Group 0 are the labels, group 1 is what a teacher says.
        Prepared Oriented(Prepared prepared) => prepared with
        {
            Phases = [.. prepared.Phases.Select(phase => phase with
            {
                Practice = practice => phase.Practice(practice) is { Optimizer: Optimizer.Sgd sgd } own ? own with { Optimizer = new Optimizer.Dot(sgd.Momentum, apart, sgd.Decay, sgd.Decayed) } : throw new BadInput("DOT takes the place of SGD; choose a recipe with it."),
                Objective = (step, memory) => phase.Objective(step, memory) is var outcome ? outcome with { Terms = [.. outcome.Terms.Select(term => term with { Group = term.Name == "labels" ? 0 : 1 })] } : null!,
            })],
        };
    }
}
