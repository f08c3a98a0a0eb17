using System.Text.Json;
using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>Twenty steps of every optimizer against torch.optim on the linear problem of optimizers.json: g = A p + b, eight matrix values before four others.</summary>
public sealed class GoldenOptimizerTests
{
    private const int Matrices = 8;

    private static readonly JsonElement Root = Golden.Read("optimizers.json");

    private static readonly IReadOnlyList<JsonElement> Runs = [.. Root.GetProperty("runs").EnumerateArray()];

    public static TheoryData<string> Names => [.. Runs.Select(run => run.GetProperty("name").GetString()!)];

    public static TheoryData<string> Clippings => [.. Root.GetProperty("clipping").EnumerateArray().Select(row => row.GetProperty("name").GetString()!)];

    public static TheoryData<double> Averages => [.. Root.GetProperty("averages").EnumerateArray().Select(row => row.GetProperty("decay").GetDouble())];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_step_of_twenty_is_PyTorchs(string name)
    {
        var after = Named(name).GetProperty("after");
        var steps = Trajectory(name);
        Assert.Equal(20, steps.Count);
        Assert.All(steps.Select((values, k) => (values, k)), step =>
        {
            var apart = Golden.Apart(Golden.Numbers(after[step.k]), step.values);
            Assert.True(apart < 1e-5, $"{name}, step {step.k}: {apart:E1}");
        });
        // The two values that never see a gradient are moved by decay alone, so they are compared by themselves.
        Golden.Close([.. new[] { 3, 10 }.Select(i => Golden.Numbers(after[19])[i])], [steps[19][3], steps[19][10]], relative: 1e-5, absolute: 0, name);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_same_steps_from_the_same_start_give_the_same_bits(string name) =>
        Assert.Equal(Trajectory(name).SelectMany(values => values), Trajectory(name).SelectMany(values => values));

    [Theory]
    [MemberData(nameof(Names))]
    public void What_an_optimizer_remembers_is_in_its_slots_and_nowhere_else(string name)
    {
        // Stopped after seven steps and taken up by another value with copies of the parameters and the slots.
        Assert.Equal(Trajectory(name).SelectMany(values => values), Trajectory(name, interruptedAt: 7).SelectMany(values => values));
    }

    [Theory]
    [MemberData(nameof(Clippings))]
    public void A_gradient_is_clipped_as_PyTorch_clips_it(string name)
    {
        using var scope = NewDisposeScope();
        var golden = Root.GetProperty("clipping").EnumerateArray().Single(row => row.GetProperty("name").GetString() == name);
        var gradient = tensor(Golden.Numbers(golden.GetProperty("gradient")), ScalarType.Float32);
        var clipped = gradient.ClipByNorm(golden.GetProperty("max_norm").GetDouble());
        Golden.Close(Golden.Numbers(golden.GetProperty("clipped")), Golden.Flat(clipped), relative: 1e-6, absolute: 0, name);
        Assert.Equal(Golden.Bits(gradient), Golden.Bits(clipped));
    }

    [Theory]
    [MemberData(nameof(Averages))]
    public void A_moving_average_follows_the_parameters_as_the_formula_says(double decay)
    {
        using var scope = NewDisposeScope();
        var golden = Root.GetProperty("averages").EnumerateArray().Single(row => row.GetProperty("decay").GetDouble() == decay);
        var path = Named(golden.GetProperty("of").GetString()!).GetProperty("after");
        var table = new WeightTable([new Parameter("p", [12], Role.Matrix, new Initializer.Constant(0))], []);
        var average = new Weights(table, Start(), zeros(0));
        for (var k = 0; k < 20; k++)
        {
            average.MoveTowards(new Weights(table, tensor(Golden.Numbers(path[k]), ScalarType.Float32), zeros(0)), decay);
            Assert.True(Golden.Apart(Golden.Numbers(golden.GetProperty("after")[k]), Golden.Flat(average.Parameters)) < 1e-6, $"step {k}");
        }
    }

    private static JsonElement Named(string name) => Runs.Single(run => run.GetProperty("name").GetString() == name);

    private static Tensor Start() => tensor(Golden.Numbers(Root.GetProperty("start")), ScalarType.Float32);

    private static Optimizer Build(JsonElement run)
    {
        var decayed = run.GetProperty("vector_excluded_from_decay").GetBoolean() ? Decayed.Matrices : Decayed.All;
        return run.GetProperty("optimizer").GetString() switch
        {
            "sgd" => new Optimizer.Sgd(Number("momentum"), Number("weight_decay"), run.GetProperty("nesterov").GetBoolean(), decayed),
            "adam" => new Optimizer.Adam(Number("beta1"), Number("beta2"), Number("eps"), Number("weight_decay"), decayed),
            "adamw" => new Optimizer.AdamW(Number("beta1"), Number("beta2"), Number("eps"), Number("weight_decay"), decayed),
            var other => throw new InvalidOperationException($"optimizers.json has an optimizer that this file cannot build: {other}"),
        };

        double Number(string name) => run.GetProperty(name).GetDouble();
    }

    private static List<double[]> Trajectory(string name, int interruptedAt = -1)
    {
        using var scope = NewDisposeScope();
        var run = Named(name);
        var optimizer = Build(run);
        var (a, b, parameters) = (Golden.Matrix(Root.GetProperty("A"), ScalarType.Float32), tensor(Golden.Numbers(Root.GetProperty("b")), ScalarType.Float32), Start());
        var slots = optimizer.Start(parameters);
        var rates = Golden.Numbers(run.GetProperty("lr_per_step"));
        var clip = run.GetProperty("clip_norm");
        var after = new List<double[]>();
        for (var k = 0; k < rates.Length; k++)
        {
            if (k == interruptedAt)
            {
                (optimizer, parameters) = (Build(run), parameters.clone());
                slots = new Slots([.. slots.Tensors.Select(tensor => tensor.clone())], slots.Steps);
            }

            var gradient = a.matmul(parameters) + b;
            if (clip.ValueKind == JsonValueKind.Number)
            {
                gradient.ClipByNorm(clip.GetDouble());
            }

            slots = optimizer.Step(parameters, gradient, slots, rates[k], Matrices);
            after.Add(Golden.Flat(parameters));
        }

        Assert.Equal(rates.Length, slots.Steps);
        return after;
    }
}
