namespace Distillation;

/// <summary>A loss as its paper writes it.</summary>
/// <param name="Name">The function of <see cref="Losses"/> that computes it.</param>
/// <param name="Latex">Without delimiters.</param>
/// <param name="Source">Where it is written.</param>
[TypeFormatterSource(typeof(ShowingSource))]
public sealed record Formula(string Name, string Latex, string Source)
{
    /// <summary>The formulas of the losses. Symbols: z logits, y the label, p probabilities, τ the temperature; S the student, T the teacher; C classes.</summary>
    public static IReadOnlyList<Formula> All { get; } =
    [
        new(nameof(Losses.CrossEntropy), @"\mathcal{L}_{CE}(z, y) = -\log p_y = -z_y + \log \sum_{c=1}^{C} e^{z_c}", "maximum likelihood of a softmax model"),
        new(nameof(Losses.SoftCrossEntropy), @"\mathcal{L}(z, q) = -\sum_{c=1}^{C} q_c \log p_c", "the same against a distribution q"),
        new(nameof(Losses.SmoothedCrossEntropy), @"\mathcal{L}_{\varepsilon}(z, y) = (1 - \varepsilon)\,\mathcal{L}_{CE}(z, y) - \frac{\varepsilon}{C} \sum_{c=1}^{C} \log p_c", "Szegedy et al. 2016, section 7"),
        new(
            nameof(Losses.KlDivergence),
            @"\mathrm{KL}(p^T \,\|\, p^S) = \sum_{c=1}^{C} p^T_c \left( \log p^T_c - \log p^S_c \right), \qquad p_c = \frac{e^{z_c / \tau}}{\sum_{k} e^{z_k / \tau}}",
            "Kullback and Leibler 1951"),
        new(nameof(Losses.Hinton), @"\mathcal{L}_{KD}(z^S, z^T) = \tau^2 \, \mathrm{KL}\!\left(p^T(\tau) \,\|\, p^S(\tau)\right)", "Hinton, Vinyals and Dean 2015, section 2"),
    ];

    /// <summary>The formula of a loss.</summary>
    /// <exception cref="BadInput">No formula is kept for it.</exception>
    public static Formula Of(string loss) =>
        All.FirstOrDefault(formula => formula.Name == loss) ?? throw new BadInput($"There is no formula for '{loss}'; there are {string.Join(", ", All.Select(formula => formula.Name))}.");
}
