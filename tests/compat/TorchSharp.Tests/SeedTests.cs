namespace TorchSharp.Tests;

public sealed class SeedTests
{
    private static readonly Dictionary<string, (long Seed, Func<Tensor> Draw)> Draws = new()
    {
        ["randn 5 seed 0"] = (0, () => randn(5)),
        ["randn 4x8 seed 1"] = (1, () => randn(4, 8)),
        ["randn float64 20 seed 2"] = (2, () => randn(20, dtype: float64)),
        ["rand 3x7 seed 3"] = (3, () => rand(3, 7)),
        ["randint 100 of 12 seed 4"] = (4, () => randint(100, new long[] { 12 })),
        ["randint -5..5 of 12 seed 5"] = (5, () => randint(-5, 5, new long[] { 12 })),
        ["randperm 10 seed 0"] = (0, () => randperm(10)),
        ["randperm 1000 seed 6"] = (6, () => randperm(1000)),
        ["bernoulli seed 7"] = (7, () => bernoulli(full(20, 0.3))),
        ["bernoulli_ 0.25 seed 7"] = (7, () => zeros(20).bernoulli_(0.25)),
        ["multinomial seed 8"] = (8, () => multinomial(tensor(new[] { 0.1f, 0.2f, 0.3f, 0.4f }), 12, replacement: true)),
        ["normal_ 2 3 seed 9"] = (9, () => zeros(17).normal_(2, 3)),
        ["uniform_ -1 4 seed 10"] = (10, () => zeros(9).uniform_(-1, 4)),
        ["normal of tensors seed 11"] = (11, () => normal(arange(6.0), ones(6))),
        ["randn_like seed 12"] = (12, () => randn_like(zeros(2, 3))),
        ["dropout 0.5 seed 13"] = (13, () => F.dropout(ones(24), 0.5)),
        ["two draws seed 14"] = (14, () => cat(new[] { rand(3), randn(3) })),
        ["generator 123 rand 6"] = (0, () => rand(new long[] { 6 }, generator: new Generator(123))),
        ["generator 123 randperm 9"] = (0, () => randperm(9, generator: new Generator(123))),
        ["generator 123 randn 18"] = (0, () => randn(new long[] { 18 }, generator: new Generator(123)))
    };

    public static TheoryData<string> Names => [.. Golden.Seeds];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_same_seed_draws_what_PyTorch_draws(string name)
    {
        using var scope = NewDisposeScope();
        var (seed, draw) = Draws[name];
        manual_seed(seed);
        Golden.Close(Golden.Seeded(name), Golden.Flat(draw()), 1e-6);
    }

    [Fact]
    public void A_generator_on_the_CPU_keeps_the_low_32_bits_of_its_seed()
    {
        using var scope = NewDisposeScope();
        using var low = new Generator(123);
        using var high = new Generator(123 + (7UL << 32));
        Assert.Equal(Golden.Flat(rand(new long[] { 8 }, generator: low)), Golden.Flat(rand(new long[] { 8 }, generator: high)));
    }

    [Fact]
    public void A_generator_does_not_move_the_default_one()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var expected = Golden.Flat(rand(4));
        manual_seed(1);
        _ = rand(new long[] { 100 }, generator: new Generator(5));
        Assert.Equal(expected, Golden.Flat(rand(4)));
    }

    [Fact]
    public void The_random_state_can_be_kept_and_put_back()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var state = get_rng_state();
        var first = Golden.Flat(randn(5));
        set_rng_state(state);
        Assert.Equal(first, Golden.Flat(randn(5)));
    }
}
