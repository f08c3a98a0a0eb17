using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>A mistake in a shape is refused before libtorch could broadcast it into a number.</summary>
public sealed class LossRefusalTests
{
    private static readonly Dictionary<string, Func<Tensor, Tensor, Tensor>> Pairs = new()
    {
        [nameof(Losses.KlDivergence)] = (a, b) => Losses.KlDivergence(a, b),
        [nameof(Losses.Hinton)] = (a, b) => Losses.Hinton(a, b),
        [nameof(Losses.SoftCrossEntropy)] = Losses.SoftCrossEntropy,
    };

    private static readonly Dictionary<string, Func<Tensor, Tensor, Tensor>> WithLabels = new()
    {
        [nameof(Losses.CrossEntropy)] = Losses.CrossEntropy,
        [nameof(Losses.SmoothedCrossEntropy)] = (z, y) => Losses.SmoothedCrossEntropy(z, y, 0.1),
    };

    public static TheoryData<string, long[], long[]> Mismatched
    {
        get
        {
            var data = new TheoryData<string, long[], long[]>();
            foreach (var name in Pairs.Keys)
            {
                data.Add(name, [4, 10], [4, 1]);
                data.Add(name, [4, 1], [4, 10]);
                data.Add(name, [4, 10], [1, 10]);
                data.Add(name, [1, 10], [4, 10]);
                data.Add(name, [4, 10], [10]);
                data.Add(name, [10], [10]);
                data.Add(name, [4, 10], [4, 9]);
                data.Add(name, [4, 10], [10, 4]);
                data.Add(name, [2, 4, 10], [2, 4, 10]);
                data.Add(name, [], []);
            }

            return data;
        }
    }

    public static TheoryData<string> Labelled => [.. WithLabels.Keys];

    [Theory]
    [MemberData(nameof(Mismatched))]
    public void Two_tables_of_different_shapes_are_refused(string formula, long[] a, long[] b)
    {
        using var scope = NewDisposeScope();
        var refusal = Assert.Throws<ArgumentException>(() => Pairs[formula](zeros(a), zeros(b)));
        Assert.Contains($"[{string.Join(", ", a)}]", refusal.Message);
    }

    [Theory]
    [MemberData(nameof(Labelled))]
    public void Labels_that_do_not_fit_the_logits_are_refused(string formula)
    {
        using var scope = NewDisposeScope();
        var loss = WithLabels[formula];
        foreach (var labels in new[]
        {
            zeros([3], ScalarType.Int64), zeros([5], ScalarType.Int64), zeros([1], ScalarType.Int64), zeros([4, 1], ScalarType.Int64), zeros([4, 10], ScalarType.Int64),
            zeros([], ScalarType.Int64), zeros([4]), zeros([4], ScalarType.Int32), zeros([4, 10]),
        })
        {
            Assert.Contains("Int64 class indices [4]", Assert.Throws<ArgumentException>(() => loss(zeros(4, 10), labels)).Message);
        }

        Assert.Throws<ArgumentException>(() => loss(zeros(10), zeros([10], ScalarType.Int64)));
        Assert.Throws<ArgumentException>(() => loss(zeros(4, 10, 2), zeros([4], ScalarType.Int64)));
        Assert.Equal([4], loss(zeros(4, 10), zeros([4], ScalarType.Int64)).shape);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-4)]
    [InlineData(double.NaN)]
    public void A_temperature_that_is_not_above_0_is_refused(double temperature)
    {
        using var scope = NewDisposeScope();
        Assert.Equal("temperature", Assert.Throws<ArgumentOutOfRangeException>(() => Losses.KlDivergence(zeros(2, 3), zeros(2, 3), temperature)).ParamName);
        Assert.Equal("temperature", Assert.Throws<ArgumentOutOfRangeException>(() => Losses.Hinton(zeros(2, 3), zeros(2, 3), temperature)).ParamName);
    }

    [Theory]
    [InlineData(-0.01)]
    [InlineData(1.01)]
    [InlineData(double.NaN)]
    public void A_smoothing_outside_0_to_1_is_refused(double smoothing)
    {
        using var scope = NewDisposeScope();
        Assert.Equal("smoothing", Assert.Throws<ArgumentOutOfRangeException>(() => Losses.SmoothedCrossEntropy(zeros(2, 3), zeros([2], ScalarType.Int64), smoothing)).ParamName);
    }

    [Theory]
    [MemberData(nameof(Labelled))]
    public void A_label_that_is_no_class_is_an_exception_and_not_the_end_of_the_process(string formula)
    {
        using var scope = NewDisposeScope();
        Assert.ThrowsAny<Exception>(() => WithLabels[formula](zeros(2, 3), tensor(new[] { 0L, 3L })));
    }
}
