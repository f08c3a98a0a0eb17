using static TorchSharp.torch;

namespace Distillation.Tests;

public sealed class KeyTests
{
    private static double[] Draw(Key key, int count = 8)
    {
        using var scope = NewDisposeScope();
        return Golden.Flat(key.Uniform([count], CPU));
    }

    [Fact]
    public void The_same_key_gives_the_same_tensor_whatever_was_drawn_before()
    {
        using var scope = NewDisposeScope();
        var key = Key.Of(3).Fold("augment").Fold(7);
        var first = Draws(key);
        manual_seed(99);
        _ = rand(1000);
        _ = Key.Of(4).Normal([257], CPU);
        Assert.Equal(first, Draws(Key.Of(3).Fold("augment").Fold(7)));

        static double[] Draws(Key key) =>
        [
            .. Golden.Flat(key.Uniform([5], CPU)), .. Golden.Flat(key.Normal([5], CPU)), .. Golden.Flat(key.Integers(-3, 9, [5], CPU)),
            .. Golden.Flat(key.Permutation(12, CPU)), .. Golden.Flat(key.Chance(0.5, [9], CPU)),
        ];
    }

    [Fact]
    public void Drawing_from_a_key_leaves_the_default_generator_where_it_was()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var expected = Golden.Flat(rand(4));
        manual_seed(1);
        _ = Key.Of(0).Permutation(1000, CPU);
        Assert.Equal(expected, Golden.Flat(rand(4)));
    }

    [Fact]
    public void Ten_thousand_folds_of_one_key_are_all_different()
    {
        var root = Key.Of(0);
        Key[] keys = [root, .. Enumerable.Range(0, 5000).Select(i => root.Fold(i)), .. Enumerable.Range(0, 5000).Select(i => root.Fold($"{i}"))];
        Assert.Equal(keys.Length, keys.Distinct().Count());
        // 10,001 seeds of 32 bits: a birthday among them has a chance of about one in a hundred, three are a fault.
        Assert.True(keys.Select(key => key.Seed).Distinct().Count() > keys.Length - 3);
    }

    [Fact]
    public void The_order_of_folds_matters() =>
        Assert.Equal(4, new[] { Key.Of(1).Fold("a").Fold("b"), Key.Of(1).Fold("b").Fold("a"), Key.Of(1).Fold("ab"), Key.Of(1).Fold(1).Fold("ab") }.Distinct().Count());

    [Fact]
    public void Fold_by_a_name_reads_all_of_its_UTF_8_bytes() =>
        Assert.Equal(4, new[] { "é", "e", "layer1.0.conv1.weight", "layer1.0.conv2.weight" }.Select(Key.Of(1).Fold).Distinct().Count());

    [Fact]
    public void Keys_that_differ_in_one_high_bit_draw_differently() =>
        // A generator on the CPU keeps 32 bits of its seed: the high half of a key must reach them.
        Assert.All(Enumerable.Range(0, 64), bit =>
        {
            var key = new Key(0x0123456789ABCDEFUL);
            var other = new Key(key.State ^ (1UL << bit));
            Assert.NotEqual(key.Seed, other.Seed);
            Assert.NotEqual(Draw(key), Draw(other));
        });

    [Fact]
    public void One_flipped_bit_flips_about_half_of_the_seed()
    {
        var flips =
            from bit in Enumerable.Range(0, 64)
            from i in Enumerable.Range(0, 64)
            let key = Key.Of(i)
            select (double)System.Numerics.BitOperations.PopCount(key.Seed ^ new Key(key.State ^ (1UL << bit)).Seed);
        Assert.InRange(flips.Average(), 15.5, 16.5);
    }

    [Fact]
    public void Nearby_seeds_draw_unrelated_values()
    {
        using var scope = NewDisposeScope();
        var rows = stack(Enumerable.Range(0, 64).Select(seed => Key.Of(seed).Normal([512], CPU)));
        var correlation = rows.matmul(rows.t()) / 512;
        // Off the diagonal each is normal with a standard deviation of 1/sqrt(512) = 0.044.
        Assert.True((correlation - correlation.diag().diag()).abs().max().item<float>() < 6 * 0.0442);
    }

    [Fact]
    public void Uniform_values_fill_the_unit_interval_evenly()
    {
        var values = Draw(Key.Of(5), 100_000);
        Assert.All(values, v => Assert.InRange(v, 0, 1 - 1e-9));
        var bins = values.GroupBy(v => (int)(v * 10)).ToDictionary(bin => bin.Key, bin => bin.Count());
        // Ten bins of 10,000 each, standard deviation 95.
        Assert.All(Enumerable.Range(0, 10), bin => Assert.InRange(bins[bin], 9500, 10500));
    }

    [Fact]
    public void The_first_values_of_many_keys_are_uniform_too()
    {
        // One value per key: what a draw per batch looks like.
        var firsts = Enumerable.Range(0, 4000).Select(i => Draw(Key.Of(0).Fold("batch").Fold(i), 1)[0]).ToArray();
        Assert.InRange(firsts.Average(), 0.5 - 0.023, 0.5 + 0.023);
        Assert.InRange(firsts.Count(v => v < 0.1), 400 - 95, 400 + 95);
    }

    [Fact]
    public void Normal_values_have_mean_0_and_deviation_1()
    {
        using var scope = NewDisposeScope();
        var values = Golden.Flat(Key.Of(6).Normal([100, 1000], CPU));
        Assert.InRange(values.Average(), -0.016, 0.016);
        Assert.InRange(Math.Sqrt(values.Average(v => v * v)), 0.985, 1.015);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.3)]
    [InlineData(1.0)]
    public void A_chance_is_true_as_often_as_it_says(double probability)
    {
        using var scope = NewDisposeScope();
        var mask = Key.Of(7).Chance(probability, [40_000], CPU);
        Assert.Equal(ScalarType.Bool, mask.dtype);
        Assert.InRange(Golden.Flat(mask).Average(), probability - 0.012, probability + 0.012);
        Assert.Equal(probability is 0 or 1, Golden.Flat(mask).Distinct().Count() == 1);
    }

    [Fact]
    public void A_permutation_holds_every_number_once() =>
        Law.Holds(
            Law.Whole(0, 300),
            Law.Seed,
            (n, seed) =>
            {
                using var scope = NewDisposeScope();
                var order = Key.Of(seed).Permutation(n, CPU);
                return order.dtype == ScalarType.Int64 && Golden.Flat(order).Order().SequenceEqual(Enumerable.Range(0, n).Select(i => (double)i));
            });

    [Fact]
    public void Every_place_of_a_permutation_sees_every_number()
    {
        using var scope = NewDisposeScope();
        var counts = new int[5, 5];
        for (var seed = 0; seed < 2000; seed++)
        {
            foreach (var (value, place) in Golden.Flat(Key.Of(seed).Permutation(5, CPU)).Select((v, i) => ((int)v, i)))
            {
                counts[place, value]++;
            }
        }

        // 400 each, standard deviation 18.
        Assert.All(counts.Cast<int>(), count => Assert.InRange(count, 310, 490));
    }

    [Fact]
    public void Integers_lie_in_their_range_and_reach_both_ends() =>
        Law.Holds(
            Law.Whole(-50, 50),
            Law.Whole(1, 6),
            (low, width) =>
            {
                using var scope = NewDisposeScope();
                var values = Golden.Flat(Key.Of(low).Integers(low, low + width, [400], CPU));
                return values.Min() == low && values.Max() == low + width - 1;
            });

    [Fact]
    public void Equal_states_draw_equal_values_and_folding_is_a_function() =>
        Law.Holds(
            Law.Seed,
            Law.Whole(0, 1000),
            (seed, part) => Key.Of(seed).Fold(part) == Key.Of(seed).Fold(part)
                && Key.Of(seed).Fold(part) != Key.Of(seed)
                && Key.Of(seed).Fold(part) != Key.Of(seed).Fold(part + 1)
                && Draw(Key.Of(seed).Fold(part)).SequenceEqual(Draw(new Key(Key.Of(seed).Fold(part).State))));
}
