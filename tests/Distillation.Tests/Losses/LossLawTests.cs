using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>What must be true of the formulas whatever the logits.</summary>
public sealed class LossLawTests
{
    private static readonly Dictionary<string, Func<LossCases.Pair, Tensor, Tensor>> Formulas = new()
    {
        ["cross-entropy"] = (pair, z) => Losses.CrossEntropy(z, pair.Labels),
        ["soft cross-entropy"] = (pair, z) => Losses.SoftCrossEntropy(z, pair.Teacher.softmax(1)),
        ["smoothed cross-entropy"] = (pair, z) => Losses.SmoothedCrossEntropy(z, pair.Labels, 0.2),
        ["divergence"] = (pair, z) => Losses.KlDivergence(z, pair.Teacher, pair.Temperature),
        ["distillation"] = (pair, z) => Losses.Hinton(z, pair.Teacher, pair.Temperature),
    };

    public static TheoryData<string> Names => [.. Formulas.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_gradient_is_the_slope(string name) => Holds(pair =>
    {
        var student = pair.Student;
        student.requires_grad = true;
        Formulas[name](pair, student).sum().backward();
        using var quiet = no_grad();
        const double Step = 1e-5;
        var slopes = Enumerable.Range(0, pair.Batch * pair.Classes).Select(i =>
        {
            var direction = zeros(pair.Batch * pair.Classes, ScalarType.Float64);
            direction[i] = Step;
            direction = direction.reshape(pair.Batch, pair.Classes);
            return (Formulas[name](pair, student + direction) - Formulas[name](pair, student - direction)).sum().item<double>() / (2 * Step);
        });
        return Near(slopes, Golden.Flat(student.grad!), 1e-6 * Math.Max(1, pair.Temperature * pair.Temperature));
    });

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_sample_has_a_value_of_its_own(string name) => Holds(pair =>
    {
        // A row computed alone is the row of the batch.
        var together = Formulas[name](pair, pair.Student);
        var (student, teacher, labels) = (pair.Student, pair.Teacher, pair.Labels);
        var alone = Enumerable.Range(0, pair.Batch).Select(i =>
        {
            var (z, t, y) = (student.narrow(0, i, 1), teacher.narrow(0, i, 1), labels.narrow(0, i, 1));
            var value = name switch
            {
                "cross-entropy" => Losses.CrossEntropy(z, y),
                "soft cross-entropy" => Losses.SoftCrossEntropy(z, t.softmax(1)),
                "smoothed cross-entropy" => Losses.SmoothedCrossEntropy(z, y, 0.2),
                "divergence" => Losses.KlDivergence(z, t, pair.Temperature),
                _ => Losses.Hinton(z, t, pair.Temperature),
            };
            return value.item<double>();
        });
        return together.shape is [var batch] && batch == pair.Batch && Near(alone, Golden.Flat(together));
    });

    [Fact]
    public void A_divergence_is_never_negative() =>
        Holds(pair => Golden.Flat(Losses.KlDivergence(pair.Student, pair.Teacher, pair.Temperature)).All(v => v >= -1e-12));

    [Fact]
    public void A_divergence_is_0_when_the_student_says_what_the_teacher_says() => Holds(pair =>
        Near(Golden.Flat(Losses.KlDivergence(pair.Teacher, pair.Teacher, pair.Temperature)), new double[pair.Batch])
        && Near(Golden.Flat(Losses.KlDivergence(pair.Teacher + pair.Key.Normal([pair.Batch, 1], CPU).to_type(ScalarType.Float64), pair.Teacher, pair.Temperature)), new double[pair.Batch]));

    [Fact]
    public void A_divergence_is_above_0_when_they_differ() =>
        Holds(pair => pair.Size < 0.05 || pair.Size > 8 || Golden.Flat(Losses.KlDivergence(pair.Student, pair.Teacher, 1)).All(v => v > 0));

    [Fact]
    public void The_order_of_the_classes_does_not_matter() => Holds(pair =>
    {
        var order = pair.Key.Permutation(pair.Classes, CPU);
        var (student, teacher) = (pair.Student.index_select(1, order), pair.Teacher.index_select(1, order));
        return Near(Golden.Flat(Losses.KlDivergence(pair.Student, pair.Teacher, pair.Temperature)), Golden.Flat(Losses.KlDivergence(student, teacher, pair.Temperature)))
            && Near(Golden.Flat(Losses.SoftCrossEntropy(pair.Student, pair.Teacher.softmax(1))), Golden.Flat(Losses.SoftCrossEntropy(student, teacher.softmax(1))))
            && Near(
                Golden.Flat(Losses.CrossEntropy(pair.Student, pair.Labels)),
                Golden.Flat(Losses.CrossEntropy(student, order.argsort().index_select(0, pair.Labels))));
    });

    [Fact]
    public void A_constant_added_to_every_class_changes_nothing() => Holds(pair =>
        Formulas.Values.All(formula => Near(Golden.Flat(formula(pair, pair.Student)), Golden.Flat(formula(pair, pair.Student + 3.5)))));

    [Fact]
    public void A_divergence_is_a_soft_cross_entropy_less_the_entropy_of_the_teacher() => Holds(pair =>
    {
        var soft = pair.Teacher.softmax(1);
        var difference = Losses.SoftCrossEntropy(pair.Student, soft) - Losses.SoftCrossEntropy(pair.Teacher, soft);
        return Near(Golden.Flat(difference), Golden.Flat(Losses.KlDivergence(pair.Student, pair.Teacher)));
    });

    [Fact]
    public void Distillation_is_the_divergence_times_the_square_of_the_temperature() => Holds(pair => Near(
        Golden.Flat(Losses.KlDivergence(pair.Student, pair.Teacher, pair.Temperature)).Select(v => v * pair.Temperature * pair.Temperature),
        Golden.Flat(Losses.Hinton(pair.Student, pair.Teacher, pair.Temperature)), 1e-8));

    [Fact]
    public void A_one_hot_distribution_gives_the_cross_entropy_with_labels() => Holds(pair =>
    {
        var hot = nn.functional.one_hot(pair.Labels, pair.Classes).to_type(ScalarType.Float64);
        return Near(Golden.Flat(Losses.CrossEntropy(pair.Student, pair.Labels)), Golden.Flat(Losses.SoftCrossEntropy(pair.Student, hot)));
    });

    [Fact]
    public void Smoothing_mixes_the_labels_with_an_even_distribution() => Holds(pair =>
    {
        var even = Losses.SoftCrossEntropy(pair.Student, full([pair.Batch, pair.Classes], 1.0 / pair.Classes, ScalarType.Float64));
        var mixed = (Losses.CrossEntropy(pair.Student, pair.Labels) * 0.7) + (even * 0.3);
        return Near(Golden.Flat(mixed), Golden.Flat(Losses.SmoothedCrossEntropy(pair.Student, pair.Labels, 0.3)))
            && Near(Golden.Flat(Losses.CrossEntropy(pair.Student, pair.Labels)), Golden.Flat(Losses.SmoothedCrossEntropy(pair.Student, pair.Labels, 0)))
            && Near(Golden.Flat(even), Golden.Flat(Losses.SmoothedCrossEntropy(pair.Student, pair.Labels, 1)));
    });

    [Fact]
    public void The_factor_keeps_the_size_of_the_gradient_when_the_temperature_changes() => Holds(pair =>
    {
        // For logits that are small against T, the gradient of T² KL tends to (z_S - z_T) / C, centred, whatever T is (Hinton et al. 2015, equation 4).
        var (student, teacher) = (pair.Student / pair.Size, pair.Teacher / pair.Size);
        var (at20, at40) = (Gradient(20), Gradient(40));
        var difference = student - teacher;
        var limit = Golden.Flat((difference - difference.mean([1], keepdim: true)) / pair.Classes);
        return Math.Abs((Golden.Norm(at20) / Golden.Norm(at40)) - 1) < 0.15 && Golden.Apart(limit, at40) < 0.15;

        double[] Gradient(double temperature)
        {
            var leaf = student.detach().clone();
            leaf.requires_grad = true;
            Losses.Hinton(leaf, teacher, temperature).sum().backward();
            return Golden.Flat(leaf.grad!);
        }
    });

    [Fact]
    public void Levels_of_standardised_logits_are_the_same_standardised_once_more() => Holds(pair =>
    {
        var (one, two, three, four) = (Losses.Standardize(pair.Student), Losses.Standardize(pair.Teacher), Losses.Standardize(pair.Logits("strong")), Losses.Standardize(pair.Logits("strong teacher")));
        return pair.Classes == 2 || Near(
            Golden.Flat(Losses.MultiLevel(one, two, three, four, [2, 3, 5, 2, 6])), Golden.Flat(Losses.MultiLevel(one, two, three, four, [2, 3, 5, 2, 6], standardized: true)), 1e-4);
    });

    [Fact]
    public void Nothing_flows_back_into_the_teacher() => Holds(pair =>
    {
        var (student, teacher) = (pair.Student, pair.Teacher);
        student.requires_grad = true;
        teacher.requires_grad = true;
        (Losses.KlDivergence(student, teacher, pair.Temperature) + Losses.Hinton(student, teacher, pair.Temperature)).sum().backward();
        return teacher.grad is null && student.grad is not null;
    });

    [Fact]
    public void Logits_of_any_size_give_finite_float32_values_and_gradients()
    {
        using var scope = NewDisposeScope();
        var teacher = tensor(new[] { 1e4f, -1e4f, 0f, 0f, 0f, 1e4f }).reshape(2, 3);
        var student = tensor(new[] { -1e4f, 1e4f, 0f, 1e4f, 0f, -1e4f }).reshape(2, 3);
        student.requires_grad = true;
        var loss = Losses.Hinton(student, teacher, 1) + Losses.CrossEntropy(student, tensor(new[] { 0L, 2L }));
        Golden.Close([4e4, 4e4], Golden.Flat(loss), relative: 1e-6, absolute: 0);
        loss.sum().backward();
        Golden.Close([-2, 2, 0, 2, 0, -2], Golden.Flat(student.grad!), relative: 1e-6, absolute: 1e-6);
    }

    private static void Holds(Func<LossCases.Pair, bool> law) => Law.Holds(LossCases.Pairs, pair =>
    {
        using var scope = NewDisposeScope();
        return law(pair);
    });

    private static bool Near(IEnumerable<double> expected, double[] actual, double tolerance = 1e-9)
    {
        var values = expected.ToArray();
        return values.Length == actual.Length && values.Zip(actual).All(pair => Math.Abs(pair.First - pair.Second) <= tolerance * Math.Max(1, Math.Abs(pair.First)));
    }
}
