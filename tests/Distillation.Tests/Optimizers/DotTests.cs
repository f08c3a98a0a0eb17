using static TorchSharp.torch;

namespace Distillation.Tests;

public sealed class DotTests
{
    public static TheoryData<string> Cases => [.. Golden.Read("dot.json").GetProperty("cases").EnumerateArray().Select(golden => golden.GetProperty("name").GetString()!)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Two_gradients_with_two_momenta_move_the_parameters_as_the_loop_does(string name)
    {
        using var scope = NewDisposeScope();
        var golden = Golden.Read("dot.json").GetProperty("cases").EnumerateArray().Single(one => one.GetProperty("name").GetString() == name);
        double Number(string what) => golden.GetProperty(what).GetDouble();
        var optimizer = new Optimizer.Dot(Number("momentum"), Number("delta"), Number("decay"));
        var parameters = tensor(Golden.Numbers(golden.GetProperty("start")));
        var (task, distill, slots) = (Golden.Matrix(golden.GetProperty("task")), Golden.Matrix(golden.GetProperty("distill")), optimizer.Start(parameters));

        foreach (var (expected, step) in golden.GetProperty("after").EnumerateArray().Select((after, step) => (after, step)))
        {
            slots = optimizer.Step(parameters, task[step].clone(), distill[step].clone(), slots, golden.GetProperty("rates")[step].GetDouble(), matrixCount: 7);

            Golden.Close(Golden.Numbers(expected), Golden.Flat(parameters), relative: 1e-12, absolute: 1e-14, $"{name} after step {step}");
        }

        Assert.Equal((6, 2), (slots.Steps, slots.Tensors.Count));
    }

    [Fact]
    public void Other_optimizers_take_the_sum_of_the_two()
    {
        using var scope = NewDisposeScope();
        var (one, two) = (ones(3), ones(3));
        var sgd = new Optimizer.Sgd(Momentum: 0.9, Decay: 0.1);

        sgd.Step(one, full(3, 0.5f), full(3, 0.25f), sgd.Start(one), 0.1, 3);
        sgd.Step(two, full(3, 0.75f), sgd.Start(two), 0.1, 3);

        Assert.Equal(Golden.Bits(two), Golden.Bits(one));
    }
}
