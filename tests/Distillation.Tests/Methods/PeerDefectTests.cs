using System.Text.RegularExpressions;
using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>
/// Mistakes that public distillation projects have made, each as something that must not happen here. Others stand beside what they are about: CRD's Z and memory in ContrastiveTests, the paraphraser and
/// FitNet's stages in StagedMethodTests, OFD's students in RebuiltStudentTests, a method that another training sees and a last batch of one image in MethodStateTests, what a step's time goes to in BenchTests,
/// pickles in WeightFileRefusalTests, reductions and T² in the golden values.
/// </summary>
public sealed class PeerDefectTests : IDisposable
{
    private readonly LoadedDataset data = Toy.Load();
    private readonly Weights weights = Toy.Start(Toy.ResNet, 7);
    private readonly FrozenNetwork teacher;

    public PeerDefectTests() => teacher = Toy.ResNet.Frozen(weights);

    public void Dispose()
    {
        teacher.Dispose();
        weights.Dispose();
        data.Dispose();
    }

    // RepDistiller: without -a and -b the weights were None, which showed after the teacher was loaded.
    [Fact]
    public void Every_setting_has_a_default_that_is_a_number()
    {
        var settings = MethodCatalog.All.SelectMany(method => method.Settings.Select(setting => (method.Name, setting))).ToList();

        Assert.True(settings.Count > 100);
        Assert.All(settings, one => Assert.True(double.IsFinite(one.setting.Value.At(0)) && double.IsFinite(one.setting.Value.At(1)), $"{one.Name}.{one.setting.Name}"));
    }

    // RepDistiller: PKT wrote zeros over what was no number, in place.
    [Fact]
    public void A_dead_embedding_gives_finite_values_and_gradients_and_stays_as_it_is()
    {
        using var scope = NewDisposeScope();
        var student = Key.Of(1).Normal([4, 3], CPU);
        student[1] = zeros(3);
        var (before, leaf) = (Golden.Bits(student), student.clone().requires_grad_(true));
        var guide = Key.Of(2).Normal([4, 3], CPU);
        guide[2] = zeros(3);

        foreach (var loss in new Func<Tensor, Tensor, Tensor>[]
        {
            Losses.ProbabilisticTransfer, Losses.SimilarityPreserving, Losses.RelationalDistance, Losses.RelationalAngle, (s, t) => Losses.CorrelationCongruence(s, t),
            Losses.MutualInformation, (s, t) => Losses.CorrelationInformation(s, t),
        })
        {
            var value = loss(leaf, guide);
            value.backward();
            Assert.True(value.isfinite().item<bool>() && leaf.grad!.isfinite().all().item<bool>());
            Assert.Equal(before, Golden.Bits(leaf));
            leaf.grad = null;
        }
    }

    // torchdistill: features were not of norm 1 although the Taylor series is that of unit vectors.
    [Fact]
    public void Correlation_congruence_does_not_depend_on_how_long_embeddings_are()
    {
        using var scope = NewDisposeScope();
        var (student, guide) = (Key.Of(1).Normal([5, 4], CPU), Key.Of(2).Normal([5, 3], CPU));

        Assert.Equal(
            Losses.CorrelationCongruence(student, guide).item<float>(), Losses.CorrelationCongruence(student * 7, guide * 0.1f).item<float>(), 1e-6);
    }

    // KD_Lib: after the first evaluation nothing put the student back into training mode.
    [Fact]
    public void The_student_normalises_with_its_batch_and_drops_out_in_every_epoch()
    {
        var seen = new List<(int Epoch, int[] Mean, double Zeros)>();
        var watched = Toy.Watched(step => seen.Add((step.Progress.Epoch, Golden.Bits(step.Weights["bn.running_mean"].clone()), step.Student()["flat"].eq(0).to_type(ScalarType.Float64).mean().item<double>())));

        Toy.Alone(data, Toy.Learner(watched, Toy.Tiny("dropping", dropout: 0.5), Toy.Recipe with { Epochs = 3 }));

        Assert.All(seen.Zip(seen.Skip(1)), pair => Assert.NotEqual(pair.First.Mean, pair.Second.Mean));
        Assert.All(seen, one => Assert.InRange(one.Zeros, 0.4, 0.95));
    }

    // KD_Lib and DAFL: the teacher's answer was part of the graph, and its own gradients were added up.
    [Fact]
    public void The_teachers_answer_has_no_history_and_its_parameters_get_no_gradient()
    {
        var asked = 0;
        var watched = Toy.Watched(step =>
        {
            var answer = step.Teacher();
            asked++;
            Assert.All(answer.Taps.Select(tap => tap.Value).Append(answer.Logits).Append(answer.Pooled!), value => Assert.False(value.requires_grad));
            Assert.All(Toy.ResNet.Parameters, parameter => Assert.True(step.Frozen()[parameter.Name] is { requires_grad: false, grad: null }));
        }) with
        { Teacher = new Teacher.Frozen() };

        Toy.Alone(data, Toy.Learner(watched, Toy.ResNet, Toy.Recipe with { Epochs = 1 }, teacher: Toy.ResNet), teacher);

        Assert.Equal(6, asked);
    }

    // labml and others: the mean over samples and classes divides by the classes too.
    [Fact]
    public void A_divergence_is_a_sum_over_classes_and_a_mean_over_samples_only()
    {
        using var scope = NewDisposeScope();
        var (student, guide) = (Key.Of(1).Normal([1, 10], CPU), Key.Of(2).Normal([1, 10], CPU));

        var twice = Losses.Hinton(cat([student, student]), cat([guide, guide])).mean();

        Assert.Equal(Losses.Hinton(student, guide).item<float>(), twice.item<float>(), 1e-6);
        var (p, q) = (Golden.Flat((guide / 4).softmax(1)), Golden.Flat((student / 4).softmax(1)));
        Assert.Equal(16 * p.Zip(q, (a, b) => a * Math.Log(a / b)).Sum(), twice.item<float>(), 1e-5);
    }

    // torchdistill: a golden value that was no number, or was not there, passed.
    [Fact]
    public void A_golden_comparison_fails_on_what_is_no_number_and_on_what_is_missing()
    {
        Assert.ThrowsAny<Exception>(() => Golden.Close([1], [double.NaN], 1, 1));
        Assert.ThrowsAny<Exception>(() => Golden.Close([1, 2], [1], 1, 1));
        Assert.ThrowsAny<Exception>(() => Golden.Read("losses.json").GetProperty("cases")[0].GetProperty("no such value"));
    }

    // mdistiller: FitNet in one stage was called FitNet, the paper's two stages were nowhere.
    [Fact]
    public void The_two_ways_to_run_FitNet_have_two_names()
    {
        var (one, two) = (Methods.FitNet().Prepare(Toy.ResNet, Toy.ResNet), Methods.FitNetTwoStage().Prepare(Toy.ResNet, Toy.ResNet));

        Assert.Equal(["fitnet", "fitnet-two-stage"], new[] { Methods.FitNet().Name, Methods.FitNetTwoStage().Name });
        Assert.Single(one.Phases);
        Assert.Equal([["hint"], ["labels", "kd"]], two.Phases.Select(phase => phase.Terms.ToArray()));
    }

    // torchdistill: three formulas had one golden value, because the fixture exchanged the teacher.
    [Fact]
    public void No_two_formulas_have_the_same_golden_value()
    {
        // A sum of which one part is 0 is its other part.
        string[] sums = ["dkd", "rld"];
        var values = GoldenInputs.Cases("features.json", "logits.json", "views.json", "exit_losses.json", "multi_stage.json").Values
            .Select(golden => (Loss: golden.GetProperty("loss").GetString()!, Value: golden.GetProperty("value").GetDouble()))
            .Where(one => Math.Abs(one.Value) > 1e-6 && !sums.Contains(one.Loss)).ToList();

        Assert.True(values.Count > 300);
        Assert.All(values.GroupBy(one => Math.Round(one.Value, 12)), same => Assert.Single(same.Select(one => one.Loss).Distinct()));
    }

    // RepDistiller, mdistiller and KD_Lib: several numbers were read from the device in every step.
    [Fact]
    public void No_formula_and_no_method_reads_a_number_back_from_the_device()
    {
        var reading = new Regex(@"\.(item<|cpu\(|ToDouble\(|ToSingle\(|ToInt32\(|ToInt64\(|data<)|synchronize\(");
        var files = new[] { "Losses", "Methods" }.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Golden.RepositoryRoot, "lib", "Distillation", folder), "*.cs")).ToList();

        Assert.True(files.Count > 80);
        Assert.All(files, path => Assert.DoesNotMatch(reading, File.ReadAllText(path)));
    }

    // mdistiller: after every epoch the frozen teacher was written to the disk again.
    [Fact]
    public void A_checkpoint_holds_the_student_and_not_its_teacher()
    {
        var places = Toy.ResNet.Table.Count + Toy.ResNet.Table.BufferCount;
        var kept = new List<long>();

        Fold.Run([Toy.Stream(data, [Toy.Learner(Methods.Hinton(), Toy.ResNet, Toy.Recipe with { Epochs = 1 }, teacher: Toy.ResNet)], teacher)], keeping: new(
            _ => null, (_, checkpoint) => kept.Add(checkpoint.Tensors.Values.Where(value => value.numel() >= Toy.ResNet.Table.Count).Sum(value => value.numel())), TimeSpan.FromHours(1)));

        // What learns, its momentum, and what is kept of it at the end of an epoch; a fourth would be the teacher.
        Assert.All(kept, numbers => Assert.InRange(numbers, 2 * Toy.ResNet.Table.Count, (3 * places) + 1));
    }

    // mdistiller: 0.005 was shown as 0.01 and 5e-4 as 0.00.
    [Fact]
    public void A_small_rate_is_reported_as_it_was()
    {
        var learned = Toy.Alone(data, Toy.Learner(Methods.None, recipe: Toy.Recipe with { Epochs = 2, Rate = new Schedule.MultiStep(0.005, 0.1, [0.5]) }));

        Assert.Equal([0.005, 0.0005], learned.Epochs.Select(epoch => epoch.Rate), (a, b) => Math.Abs(a - b) < 1e-12);
    }

    // DAFL: images of CIFAR-100 were normalised with the statistics of CIFAR-10.
    [Fact]
    public void Every_data_set_of_colours_has_statistics_of_its_own()
    {
        Assert.Equal(new Normalization([0.4914, 0.4822, 0.4465], [0.2023, 0.1994, 0.2010]), Datasets.Cifar10.Normalization);
        Assert.Equal(new Normalization([0.5071, 0.4867, 0.4408], [0.2675, 0.2565, 0.2761]), Datasets.Cifar100.Normalization);
    }

    // KD_Lib: logits were paired off image by image where maps were meant, and divergences got probabilities for logarithms.
    [Fact]
    public void Tables_of_logits_are_no_maps_and_are_refused()
    {
        using var scope = NewDisposeScope();

        Assert.Throws<ArgumentException>(() => Losses.AttentionTransfer(zeros(4, 10), zeros(4, 10)));
        // Probabilities taken for logits give another value than logits do.
        var (student, guide) = (Key.Of(1).Normal([3, 5], CPU), Key.Of(2).Normal([3, 5], CPU));
        Assert.True((Losses.KlDivergence(student, guide) - Losses.KlDivergence(student.softmax(1), guide.softmax(1))).abs().min().item<float>() > 1e-3);
    }
}
