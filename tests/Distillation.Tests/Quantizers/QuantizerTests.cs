using System.Text.Json;
using static TorchSharp.torch;

namespace Distillation.Tests;

public sealed class QuantizerTests
{
    private static readonly JsonElement golden = Golden.Read("quantizers.json");

    private static Tensor Values(JsonElement list) => tensor(Golden.Numbers(list), ScalarType.Float32);

    public static TheoryData<int> Optimal => [.. Enumerable.Range(0, golden.GetProperty("optimal").GetArrayLength())];

    public static TheoryData<int> Moments => [.. Enumerable.Range(0, golden.GetProperty("sawb").GetArrayLength())];

    public static TheoryData<int> Clips => [.. Enumerable.Range(0, golden.GetProperty("pact").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Optimal))]
    public void The_error_of_the_step_found_is_that_of_the_best_of_all_steps(int number)
    {
        using var scope = NewDisposeScope();
        var one = golden.GetProperty("optimal")[number];
        var weights = Values(one.GetProperty("weights"));

        var error = (weights - Quantizers.Uniform(weights, one.GetProperty("bits").GetInt32())).square().sum().item<float>();

        Assert.Equal(one.GetProperty("error").GetDouble(), error, 1e-5);
    }

    [Theory]
    [MemberData(nameof(Moments))]
    public void Saturation_from_moments_puts_each_weight_on_the_nearest_level_of_its_grid(int number)
    {
        using var scope = NewDisposeScope();
        var one = golden.GetProperty("sawb")[number];

        var values = Quantizers.Sawb(Values(one.GetProperty("weights")), one.GetProperty("bits").GetInt32(), one.GetProperty("rule").GetString() == "sawb3");

        Golden.Close(Golden.Numbers(one.GetProperty("values")), Golden.Flat(values), 1e-5, 1e-6);
    }

    [Theory]
    [MemberData(nameof(Clips))]
    public void A_clipped_activation_and_both_its_gradients_are_those_of_the_definition(int number)
    {
        using var scope = NewDisposeScope();
        var one = golden.GetProperty("pact")[number];
        var x = Values(one.GetProperty("x")).requires_grad_(true);
        var clip = tensor(new[] { (float)one.GetProperty("clip").GetDouble() }).requires_grad_(true);

        var y = Quantizers.Clipped(x, clip, one.GetProperty("bits").GetInt32());
        (y * Values(one.GetProperty("gradient"))).sum().backward();

        Golden.Close(Golden.Numbers(one.GetProperty("values")), Golden.Flat(y), 1e-6, 1e-6);
        Golden.Close(Golden.Numbers(one.GetProperty("towards_x")), Golden.Flat(x.grad!), 1e-6, 0);
        Golden.Close([one.GetProperty("towards_clip").GetDouble()], Golden.Flat(clip.grad!), 1e-5, 1e-6);
    }

    [Theory]
    [InlineData(2, 3)]
    [InlineData(3, 7)]
    [InlineData(4, 15)]
    [InlineData(8, 255)]
    public void A_weight_lies_on_whole_multiples_of_its_step_and_on_no_more_levels_than_its_bits_allow(int bits, int levels)
    {
        using var scope = NewDisposeScope();
        var weights = Key.Of(bits).Normal([1, 5000], CPU);

        var (codes, steps) = Quantizers.Codes(weights, bits);

        Assert.Equal(levels, Quantizers.Levels(bits));
        Assert.All(Golden.Flat(codes), code => Assert.True(code == Math.Floor(code) && code >= 0 && code < levels));
        var values = Quantizers.Uniform(weights, bits);
        Assert.Equal(Golden.Bits((codes - (levels / 2)) * steps), Golden.Bits(values));
        Assert.True(Golden.Flat(values).Distinct().Count() > levels / 2);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void What_is_quantized_stays_where_it_is_when_it_is_quantized_again(int bits)
    {
        using var scope = NewDisposeScope();
        var once = Quantizers.Uniform(Key.Of(bits).Normal([2000], CPU), bits);
        var clip = tensor(new[] { 1.7f });
        var activation = Quantizers.Clipped(Key.Of(9).Normal([2000], CPU) * 2, clip, bits);

        Golden.Close(Golden.Flat(once), Golden.Flat(Quantizers.Uniform(once, bits)), 1e-6, 0);
        Golden.Close(Golden.Flat(activation), Golden.Flat(Quantizers.Clipped(activation, clip, bits)), 1e-6, 0);
    }

    [Theory]
    [InlineData(2, WeightRule.Optimal)]
    [InlineData(2, WeightRule.Sawb)]
    [InlineData(4, WeightRule.Sawb)]
    [InlineData(2, WeightRule.SawbTernary)]
    public void The_gradient_of_a_weight_is_the_one_that_its_levels_got(int bits, WeightRule rule)
    {
        using var scope = NewDisposeScope();
        var weights = Key.Of(3).Normal([3, 50], CPU).requires_grad_(true);
        var gradient = Key.Of(4).Normal([3, 50], CPU);

        (Quantizers.Rows(weights, bits, rule) * gradient).sum().backward();

        Assert.Equal(Golden.Bits(gradient), Golden.Bits(weights.grad!));
    }

    [Fact]
    public void A_ternary_weight_is_zero_below_half_its_step_and_rows_have_steps_of_their_own()
    {
        using var scope = NewDisposeScope();
        var rows = stack([Key.Of(1).Normal([400], CPU), Key.Of(2).Normal([400], CPU) * 7]);

        var ternary = Quantizers.Rows(rows, 2);

        foreach (var row in new[] { 0, 1 })
        {
            var (values, step) = (Golden.Flat(rows[row]), Golden.Flat(ternary[row]).Max());
            Assert.Equal(values.Select(w => Math.Abs(w) < step / 2 ? 0 : Math.Sign(w) * step), Golden.Flat(ternary[row]));
            Assert.Equal(Golden.Bits(Quantizers.Ternary(rows[row])), Golden.Bits(ternary[row]));
        }
    }

    [Fact]
    public void Weights_of_zeros_stay_zeros()
    {
        using var scope = NewDisposeScope();

        Assert.All(Golden.Flat(Quantizers.Uniform(zeros(10))), value => Assert.Equal(0, value));
        Assert.All(Golden.Flat(Quantizers.Uniform(zeros(10), 8)), value => Assert.Equal(0, value));
    }

    [Fact]
    public void Bits_without_a_grid_are_refused_in_a_sentence()
    {
        using var scope = NewDisposeScope();

        Assert.Contains("2 to 16 bits", Assert.Throws<BadInput>(() => Quantizers.Uniform(zeros(4), 1)).Message, StringComparison.Ordinal);
        Assert.Contains("constants for 2, 3 and 4 bits", Assert.Throws<BadInput>(() => Quantizers.Sawb(zeros(4), 5)).Message, StringComparison.Ordinal);
        Assert.Contains("3, 5, 7", Assert.Throws<BadInput>(() => Quantizers.OptimalSteps(zeros(1, 4), 4)).Message, StringComparison.Ordinal);
    }
}
