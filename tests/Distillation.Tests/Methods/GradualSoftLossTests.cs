namespace Distillation.Tests;

public sealed class GradualSoftLossTests
{
    private static IReadOnlyList<(double Soft, double Hard)> Shares(Method method)
    {
        using var data = Toy.Load();
        using var weights = Toy.Start(Toy.ResNet, 7);
        using var teacher = Toy.ResNet.Frozen(weights);
        var learner = Toy.Learner(method, Toy.ResNet.Quantize(2), Toy.Recipe with { Epochs = 1 }, teacher: Toy.ResNet);
        var prepared = learner.Prepare();
        var stream = Toy.Stream(data, [learner], teacher);
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var state = LearnerState.Begin(learner, prepared, data.Train.Labels, [teacher]);
        var batch = stream.At(0, 0, stream.Order(0), scope);
        var student = new Playing(learner.Student, state.Weights, Pass.Training(Key.Of(1)));
        var step = new Step(batch, learner.Task, student, new Dictionary<string, Playing>(), prepared.Views, Pass.Training(Key.Of(1)), new Progress(0, 1, 0, 6));
        var terms = prepared.Phases[0].Objective(step, state.Memory).Terms;
        return [.. new[] { 0, 0.25, 0.5, 1 }.Select(at => (terms.Single(term => term.Name == "kd").Weight.At(at), terms.Single(term => term.Name == "labels").Weight.At(at)))];
    }

    [Fact]
    public void The_labels_have_what_the_teacher_leaves_and_all_of_it_at_the_end()
    {
        Assert.Equal([(1, 0), (0.75, 0.25), (0.5, 0.5), (0, 1)], Shares(Methods.GradualSoftLoss()));
        Assert.All(Shares(Methods.GradualSoftLoss(Gslr.Cosine(0.8))), pair => Assert.Equal(1, pair.Soft + pair.Hard, 12));
        Assert.Equal([1, 1, 1, 0.001], Shares(Methods.GradualSoftLoss(Gslr.Step())).Select(pair => Math.Round(pair.Soft, 9)));
        Assert.Equal(0, Gslr.Cosine().At(1), 12);
    }

    [Fact]
    public void It_is_found_by_its_name_with_its_curve_as_a_setting()
    {
        var method = MethodCatalog.Named("gslr", new Dictionary<string, Schedule> { ["weight"] = new Schedule.Linear(0.5, 0) });

        Assert.Equal(Methods.GradualSoftLoss(new Schedule.Linear(0.5, 0)).Text, method.Text);
        Assert.NotEqual(Methods.GradualSoftLoss().Text, Methods.GradualSoftLoss(Gslr.Cosine()).Text);
        Assert.Contains("from 0 to 1", Assert.Throws<BadInput>(() => Methods.GradualSoftLoss(2)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_schedule_leaves_can_be_scaled_like_any_other()
    {
        var rest = new Schedule.Rest(new Schedule.Linear(1, 0.2));

        Assert.Equal([0, 0.4, 0.8], new[] { 0, 0.5, 1 }.Select(at => Math.Round(rest.At(at), 12)));
        Assert.Equal([0, 1.2, 2.4], new[] { 0, 0.5, 1 }.Select(at => Math.Round(rest.Times(3).At(at), 12)));
    }
}
