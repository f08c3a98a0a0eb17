using System.Text.Json;
using static TorchSharp.torch;

namespace Distillation.Tests;

public sealed class CurriculumTemperatureTests
{
    private static readonly JsonElement golden = Golden.Read("curriculum.json");
    private static readonly IReadOnlyDictionary<string, JsonElement> cases = GoldenInputs.Cases("curriculum.json");

    public static TheoryData<string> Cases => [.. cases.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Values_and_gradients_at_a_learned_temperature_are_those_of_the_loop(string name)
    {
        GoldenInputs.Compare(cases[name], name, Formula, ScalarType.Float64);
        GoldenInputs.Compare(cases[name], name, Formula, ScalarType.Float32);

        static Tensor Formula(GoldenInputs i) => Losses.Hinton(i.Student, i.Teacher, Losses.LearnedTemperature(i["theta"], i.Number("start"), i.Number("range")));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Reversed_the_temperature_climbs_by_lambda_and_the_student_learns_as_before(int index)
    {
        using var scope = NewDisposeScope();
        var expected = golden.GetProperty("reversed")[index];
        var (student, teacher, theta) = Answers();

        var loss = Taught(student, teacher, theta, expected.GetProperty("strength").GetDouble());
        loss.backward();

        Assert.Equal(expected.GetProperty("value").GetDouble(), loss.item<double>(), 1e-12);
        Golden.Close(Golden.Numbers(expected.GetProperty("theta")), Golden.Flat(theta.grad!), relative: 1e-9, absolute: 1e-13);
        Golden.Close(Golden.Numbers(expected.GetProperty("student")), Golden.Flat(student.grad!), relative: 1e-9, absolute: 1e-13);
    }

    [Fact]
    public void What_is_reversed_keeps_every_bit_and_gets_minus_lambda_times_the_gradient()
    {
        using var scope = NewDisposeScope();
        var value = Key.Of(1).Normal([7], CPU).requires_grad_(true);

        var reversed = Losses.Reversed(value, 0.3);
        (reversed * arange(7, ScalarType.Float32)).sum().backward();

        Assert.Equal(Golden.Bits(value), Golden.Bits(reversed));
        Golden.Close([.. Enumerable.Range(0, 7).Select(i => -0.3 * i)], Golden.Flat(value.grad!), relative: 1e-6, absolute: 1e-7);
    }

    [Fact]
    public void Lambda_is_the_authors_in_every_epoch_of_240_and_1_from_the_tenth_on()
    {
        var (lambda, authors) = (Methods.Curriculum(10.0 / 240), Golden.Numbers(golden.GetProperty("strengths")));

        for (var epoch = 0; epoch < 240; epoch++)
        {
            var expected = authors[Math.Min(epoch, authors.Length - 1)];
            // The first step of an epoch, one in its midst and the last one, 782 steps an epoch.
            Assert.All([0, 391, 781], step => Assert.Equal(expected, lambda.At(((epoch * 782L) + step) / (240 * 782.0)), 1e-12));
        }

        Assert.Equal(1, Methods.Curriculum(0).At(0));
        Assert.Equal(authors.Take(10), Enumerable.Range(0, 10).Select(part => Methods.Curriculum(1).At((part + 0.5) / 10)), (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void Steps_of_the_optimizer_take_theta_where_PyTorchs_take_it()
    {
        using var scope = NewDisposeScope();
        var (student, teacher, theta) = Answers();
        var (lambda, optimizer, moved) = (Methods.Curriculum(10.0 / 240), new Optimizer.Sgd(Momentum: 0.9, Decay: 5e-4), theta.detach().clone());
        var (slots, expected) = (optimizer.Start(moved), Golden.Numbers(golden.GetProperty("steps")));

        for (var epoch = 0; epoch < expected.Length; epoch++)
        {
            var leaf = moved.clone().requires_grad_(true);
            Taught(student, teacher, leaf, lambda.At(epoch / 240.0)).backward();
            slots = optimizer.Step(moved, leaf.grad!, slots, 0.05, matrixCount: 0);

            Assert.Equal(expected[epoch], moved.item<double>(), 1e-10);
        }

        Assert.Equal(12, expected.Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_training_moves_the_temperature_up_the_divergence_by_the_students_rate_and_decay(double curriculum)
    {
        using var data = Toy.Load();
        using var scope = NewDisposeScope();
        // A teacher that is sure: of answers near one another the divergence hardly depends on the temperature.
        using var teacher = Toy.ResNet.Frozen(Toy.Start(Toy.ResNet, 7).Map((name, value) => name == "fc.weight" ? value * 30 : value));
        var (own, guide) = (Array.Empty<double>(), Array.Empty<double>());
        var method = Methods.Ctkd(curriculum: curriculum);
        var watched = method with
        {
            Prepare = (teachers, student) => method.Prepare(teachers, student) is var prepared ? prepared with
            {
                Phases = [prepared.Phases[0] with
                {
                    Objective = (step, memory) =>
                    {
                        var outcome = prepared.Phases[0].Objective(step, memory);
                        (own, guide) = (Golden.Flat(step.Student().Logits), Golden.Flat(step.Teacher().Logits));
                        return outcome;
                    },
                }],
            } : null!,
        };
        var learner = Toy.Learner(watched, Toy.ResNet, Toy.Recipe with { Rate = 0.5, Optimizer = new Optimizer.Sgd(Momentum: 0, Decay: 0.01) }, teacher: Toy.ResNet);
        var prepared = learner.Prepare();
        var stream = Toy.Stream(data, [learner], teacher);
        using var begin = LearnerState.Begin(learner, prepared, data.Train.Labels, [teacher]);
        var state = begin.Enter(learner, prepared.Stretches(learner.Recipe.Epochs)[0]);
        Assert.Equal(1, Theta(state));

        for (var i = 0; i < 3; i++)
        {
            var before = Theta(state);
            state = state.Step(learner, prepared, stream.At(0, i, stream.Order(0), scope));

            // The slope as two values a little apart have it; twelve steps are ten stairs.
            double At(double theta) => Losses.Hinton(tensor(own).view(-1, Toy.Classes), tensor(guide).view(-1, Toy.Classes), Losses.LearnedTemperature(tensor(new[] { theta }))).mean().item<double>();
            var slope = (At(before + 1e-5) - At(before - 1e-5)) / 2e-5;
            var lambda = curriculum == 0 ? 1 : (1 - Math.Cos(Math.PI / 10 * (1 + (10 * i / 12)))) / 2;
            var climb = 0.5 * lambda * 0.9 * slope;
            Assert.True(Math.Abs(climb) > 2e-5, $"{climb}");
            Assert.Equal(before + climb - (0.5 * 0.01 * before), Theta(state), 2e-6);
        }

        static double Theta(LearnerState state) => state.Players.Single().Weights["global_T"].item<float>();
    }

    [Theory]
    [InlineData(0, 20, 1, 0.1, "starts above 0")]
    [InlineData(1, -1, 1, 0.1, "a range of 0 or more")]
    [InlineData(1, 20, double.NaN, 0.1, "a finite first value")]
    [InlineData(1, 20, 1, 1.5, "a share of the run from 0 to 1, not 1.5")]
    public void Numbers_out_of_range_are_refused(double start, double range, double initial, double curriculum, string sentence) =>
        Assert.Contains(sentence, Assert.Throws<BadInput>(() => Methods.Ctkd(start: start, range: range, initial: initial, curriculum: curriculum)).Message);

    [Fact]
    public void A_temperature_of_another_shape_is_refused_and_one_per_sample_is_taken()
    {
        using var scope = NewDisposeScope();
        var (student, teacher) = (Key.Of(1).Normal([2, 3], CPU), Key.Of(2).Normal([2, 3], CPU));

        Assert.Contains("[2, 1], not [3]", Assert.Throws<ArgumentException>(() => Losses.Hinton(student, teacher, ones(3))).Message);
        Assert.Contains("[2, 1], not [2]", Assert.Throws<ArgumentException>(() => Losses.Hinton(student, teacher, ones(2))).Message);
        Golden.Close(
            [.. Golden.Flat(Losses.Hinton(student, teacher, 2))[..1], .. Golden.Flat(Losses.Hinton(student, teacher, 5))[1..]],
            Golden.Flat(Losses.Hinton(student, teacher, tensor(new float[,] { { 2 }, { 5 } }))), relative: 1e-5, absolute: 1e-7);
    }

    private static (Tensor Student, Tensor Teacher, Tensor Theta) Answers()
    {
        var inputs = cases["ctkd: 4x5, theta 1.0"].GetProperty("inputs");
        Tensor Of(string name) => tensor(Golden.Numbers(inputs.GetProperty(name).GetProperty("values"))).view(Golden.Integers(inputs.GetProperty(name).GetProperty("shape")));
        return (Of("student").requires_grad_(true), Of("teacher"), Of("theta").requires_grad_(true));
    }

    private static Tensor Taught(Tensor student, Tensor teacher, Tensor theta, double strength) =>
        Losses.Hinton(student, teacher, Losses.LearnedTemperature(Losses.Reversed(theta, strength))).mean() * 0.9;
}
