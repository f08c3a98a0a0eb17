using System.Text.Json;
using static TorchSharp.torch;

namespace Distillation.Tests;

public sealed class CrossViewTests
{
    private static readonly IReadOnlyDictionary<string, JsonElement> cases = GoldenInputs.Cases("cross_view.json");

    public static TheoryData<string> Cases => [.. cases.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Values_and_gradients_are_those_of_the_loop(string name)
    {
        GoldenInputs.Compare(cases[name], name, Formula, ScalarType.Float64);
        GoldenInputs.Compare(cases[name], name, Formula, ScalarType.Float32);

        Tensor Formula(GoldenInputs i) => name.StartsWith("crld_within", StringComparison.Ordinal)
            ? Losses.WithinViews(i["student_weak"], i["teacher_weak"], i["student_strong"], i["teacher_strong"], i.Number("temperature"), i.Number("threshold"))
            : Losses.AcrossViews(i["student_weak"], i["teacher_weak"], i["student_strong"], i["teacher_strong"], i.Number("temperature"), i.Number("threshold"));
    }

    [Fact]
    public void The_weak_view_decides_about_both_within_views_and_the_strong_one_across_them()
    {
        using var scope = NewDisposeScope();
        // The teacher is sure of the first sample's weak view and of the second one's strong view.
        var (weak, strong) = (tensor(new float[,] { { 9, 0, 0 }, { 0.1f, 0, 0 } }), tensor(new float[,] { { 0, 0.1f, 0 }, { 0, 9, 0 } }));
        var student = zeros(2, 3);

        var (within, across) = (Golden.Flat(Losses.WithinViews(student, weak, student, strong, threshold: 0.9)), Golden.Flat(Losses.AcrossViews(student, weak, student, strong, threshold: 0.9)));

        var each = Golden.Flat(Losses.Hinton(student, weak) + Losses.Hinton(student, strong));
        Golden.Close([each[0], 0], within, relative: 1e-6, absolute: 1e-7);
        Golden.Close([0, each[1]], across, relative: 1e-6, absolute: 1e-7);
    }

    [Fact]
    public void A_student_that_answers_as_its_teacher_still_learns_across_views_and_not_within()
    {
        using var scope = NewDisposeScope();
        var (weak, strong) = (Key.Of(1).Normal([5, 4], CPU), Key.Of(2).Normal([5, 4], CPU));

        Assert.All(Golden.Flat(Losses.WithinViews(weak, weak, strong, strong, threshold: 0)), value => Assert.Equal(0, value, 1e-5));
        Assert.All(Golden.Flat(Losses.AcrossViews(weak, weak, strong, strong, threshold: 0)), value => Assert.InRange(value, 1e-3, 1e3));
    }

    [Fact]
    public void A_step_has_the_labels_of_both_views_and_the_formulas_of_the_answers_to_them()
    {
        using var data = Toy.Load();
        using var weights = Toy.Start(Toy.ResNet, 7);
        using var teacher = Toy.ResNet.Frozen(weights);
        var (method, seen) = (Methods.Crld(sureWeak: 0.35, sureStrong: 0.34), 0);
        var strong = Methods.Mlkd().Prepare(Toy.ResNet, Toy.ResNet).Views[1];
        Assert.Equal(new[] { View.Plain.Name, strong.Name }, method.Prepare(Toy.ResNet, Toy.ResNet).Views.Select(view => view.Name));
        var watched = method with
        {
            Prepare = (teachers, student) => method.Prepare(teachers, student) is var prepared ? prepared with
            {
                Phases = [prepared.Phases[0] with
                {
                    Objective = (step, memory) =>
                    {
                        var outcome = prepared.Phases[0].Objective(step, memory);
                        Tensor[] answers = [step.Student().Logits, step.Teacher().Logits, step.Student(strong).Logits, step.Teacher(strong).Logits];
                        Assert.NotEqual(Golden.Flat(answers[0]), Golden.Flat(answers[2]));
                        Close(Losses.CrossEntropy(answers[0], step.Labels).mean() + Losses.CrossEntropy(answers[2], step.Labels).mean(), outcome.Terms[0].Value);
                        Close(Losses.WithinViews(answers[0], answers[1], answers[2], answers[3], 4, 0.35).mean(), outcome.Terms[1].Value);
                        Close(Losses.AcrossViews(answers[0], answers[1], answers[2], answers[3], 4, 0.34).mean(), outcome.Terms[2].Value);
                        Assert.Equal([1.0, 2, 0.5], outcome.Terms.Select(term => term.Weight.At(0.5)));
                        seen++;
                        return outcome;
                    },
                }],
            } : null!,
        };

        Toy.Alone(data, Toy.Learner(watched, Toy.ResNet, Toy.Recipe with { Epochs = 1 }, teacher: Toy.ResNet), teacher);

        Assert.Equal(6, seen);

        static void Close(Tensor expected, Tensor actual) => Golden.Close(Golden.Flat(expected), Golden.Flat(actual), relative: 1e-6, absolute: 1e-7);
    }

    [Theory]
    [InlineData(0, 0.9, 0.2, "A temperature is above 0")]
    [InlineData(4, 1.1, 0.2, "thresholds are probabilities from 0 to 1, not 1.1 and 0.2")]
    [InlineData(4, 0.9, -0.1, "thresholds are probabilities from 0 to 1, not 0.9 and -0.1")]
    [InlineData(4, double.NaN, 0.2, "thresholds are probabilities from 0 to 1")]
    public void Numbers_out_of_range_are_refused(double temperature, double sureWeak, double sureStrong, string sentence) =>
        Assert.Contains(sentence, Assert.Throws<BadInput>(() => Methods.Crld(temperature: temperature, sureWeak: sureWeak, sureStrong: sureStrong)).Message);
}
