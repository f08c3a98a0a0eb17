using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>CRD: which rows of the banks are drawn, when Z is fixed, and what it costs.</summary>
public sealed class ContrastiveTests
{
    // 4 classes of 3, 5, 2 and 6 images, in no order.
    private static readonly long[] labels = [2, 0, 1, 3, 3, 1, 0, 1, 3, 3, 1, 0, 3, 2, 1, 3];

    private static ClassDraw Draw() => ClassDraw.Of(tensor(labels), 4);

    [Fact]
    public void Negatives_are_of_other_classes_and_each_of_their_images_is_as_likely_as_any()
    {
        using var scope = NewDisposeScope();
        var drawn = Golden.Flat(Draw().Others(tensor([0L, 1, 2, 3]), 20_000, Key.Of(1)));

        foreach (var (own, indices) in drawn.Chunk(20_000).Select((row, own) => (own, row)))
        {
            var others = Enumerable.Range(0, labels.Length).Where(i => labels[i] != own).ToList();
            var counts = indices.GroupBy(i => (int)i).ToDictionary(group => group.Key, group => group.Count());
            Assert.Equal(others, counts.Keys.Order());
            // Five standard deviations of a binomial.
            var mean = 20_000.0 / others.Count;
            Assert.All(counts.Values, count => Assert.InRange(count, mean - (5 * Math.Sqrt(mean)), mean + (5 * Math.Sqrt(mean))));
        }
    }

    [Fact]
    public void A_relaxed_positive_is_any_image_of_the_class()
    {
        using var scope = NewDisposeScope();
        var drawn = Golden.Flat(Draw().Same(tensor(Enumerable.Repeat(1L, 2000).ToArray()), Key.Of(1)));

        Assert.Equal(Enumerable.Range(0, labels.Length).Where(i => labels[i] == 1).Select(i => (double)i), drawn.Distinct().Order());
    }

    [Fact]
    public void Hard_negatives_are_the_nearest_rows_of_other_classes()
    {
        using var scope = NewDisposeScope();
        var bank = Key.Of(3).Normal([labels.Length, 5], CPU);
        var anchors = Key.Of(4).Normal([2, 5], CPU);

        var chosen = Golden.Flat(Draw().Nearest(tensor([3L, 0]), anchors, bank, 4)).Chunk(4).ToList();

        foreach (var (own, anchor) in new[] { (3L, 0), (0L, 1) })
        {
            var products = Golden.Flat(bank.matmul(anchors[anchor]));
            Assert.Equal(Enumerable.Range(0, labels.Length).Where(i => labels[i] != own).OrderByDescending(i => products[i]).Take(4).Select(i => (double)i), chosen[anchor]);
        }
    }

    [Fact]
    public void Draws_of_one_key_are_the_same_and_of_another_key_are_not()
    {
        using var scope = NewDisposeScope();
        double[] Drawn(long seed) => Golden.Flat(Draw().Others(tensor([0L, 3]), 50, Key.Of(seed)));

        Assert.Equal(Drawn(1), Drawn(1));
        Assert.NotEqual(Drawn(1), Drawn(2));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void The_first_batch_fixes_Z_and_every_batch_moves_its_own_rows_of_the_banks(bool relaxed, bool hard)
    {
        using var data = Toy.Load();
        using var weights = Toy.Start(Toy.ResNet, 7);
        using var teacher = Toy.ResNet.Frozen(weights);
        var learner = Toy.Learner(Methods.Crd(negatives: 40, relaxed: relaxed, hard: hard), Toy.ResNet, teacher: Toy.ResNet);
        var prepared = learner.Prepare();
        var stream = Toy.Stream(data, [learner], teacher);
        using var scope = NewDisposeScope();
        using var begin = LearnerState.Begin(learner, prepared, data.Train.Labels, [teacher]);
        Assert.Equal([-1.0], Golden.Flat(begin.Memory["z.student"]));
        var before = begin.Memory["student"].clone();

        var batch = stream.At(0, 0, stream.Order(0), scope);
        var first = begin.Step(learner, prepared, batch);
        var z = (Golden.Flat(first.Memory["z.student"]), Golden.Flat(first.Memory["z.teacher"]));
        var moved = first.Memory["student"].ne(before).any(1);
        Assert.Equal(Golden.Flat(batch.Indices).Order(), Golden.Flat(moved.nonzero()));
        Assert.All(Golden.Flat(first.Memory["student"].index_select(0, batch.Indices).norm(1)), norm => Assert.Equal(1, norm, 1e-5));
        var second = first.Step(learner, prepared, stream.At(0, 1, stream.Order(0), scope));

        Assert.True(z.Item1[0] > 0 && z.Item2[0] > 0);
        Assert.Equal(z.Item1, Golden.Flat(second.Memory["z.student"]));
        Assert.Equal(z.Item2, Golden.Flat(second.Memory["z.teacher"]));
    }

    [Fact]
    public void Fifty_thousand_images_and_16384_negatives_add_at_most_300_MiB_at_batch_64()
    {
        using var scope = NewDisposeScope();
        const int Images = 50_000, Batch = 64, Negatives = 16_384;
        var all = Key.Of(1).Integers(0, 100, [Images], CPU);
        var opening = new Opening(Key.Of(2), all, Toy.Start(Toy.ResNet), []);
        var network = Networks.WideResNet(10, 1);
        var adapters = Methods.Crd(negatives: Negatives).Prepare(network, network);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        // Where freed memory is kept for the next step, resident memory would not show a smaller need than an earlier test's: the allocator is asked to give back what nobody uses.
        _ = malloc_trim(0);
        File.WriteAllText("/proc/self/clear_refs", "5");
        var before = Status("VmRSS");

        // What the method keeps, and one step of it: forward, backward and the banks' new rows.
        var memory = adapters.Opening(opening);
        var draw = new ClassDraw(memory["order"], memory["first"], memory["count"]);
        var indices = arange(Batch, ScalarType.Int64);
        using (NewDisposeScope())
        {
            var own = nn.functional.normalize(Key.Of(3).Normal([Batch, 128], CPU).requires_grad_(true), dim: 1);
            var guide = nn.functional.normalize(Key.Of(4).Normal([Batch, 128], CPU).requires_grad_(true), dim: 1);
            var rows = cat([indices.unsqueeze(1), draw.Others(all.narrow(0, 0, Batch), Negatives, Key.Of(5))], 1);
            Tensor Side(Tensor anchors, Tensor bank)
            {
                var scores = Losses.ContrastiveScores(anchors, bank, rows);
                return Losses.Contrastive(scores, Losses.ContrastiveNormalizer(scores, Images), Images).mean();
            }

            (Side(own, memory["teacher"]) + Side(guide, memory["student"])).backward();
            Losses.Remembered(memory["student"], indices, own);
            Losses.Remembered(memory["teacher"], indices, guide);
        }

        var most = Status("VmHWM") - before;
        // The banks alone are 49 MiB.
        Assert.InRange(most, 49 << 10, 300 << 10);

        static long Status(string what) => long.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith(what, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);
    }

    [System.Runtime.InteropServices.DllImport("libc")]
    [System.Runtime.InteropServices.DefaultDllImportSearchPaths(System.Runtime.InteropServices.DllImportSearchPath.SafeDirectories)]
    private static extern int malloc_trim(nuint pad);
}
