using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>Methods of two phases: how long each is, what it trains, and what it leaves alone.</summary>
public sealed class StagedMethodTests
{
    private static readonly Network teacher = Networks.WideResNet(40, 2);
    private static readonly Network student = Networks.WideResNet(16, 2);

    [Theory]
    [InlineData("fitnet-two-stage", "hint", 30)]
    [InlineData("ab", "boundaries", 30)]
    [InlineData("ft", "paraphraser", 30)]
    [InlineData("fsp", "flow", 30)]
    [InlineData("sskd", "head", 60)]
    [InlineData("hsakd", "classifiers", 100)]
    public void The_first_phase_comes_in_front_of_the_published_240_epochs_and_shrinks_with_them(string name, string phase, int epochs)
    {
        var prepared = MethodCatalog.Named(name).Prepare(teacher, student);

        Assert.Equal([phase, "training"], prepared.Phases.Select(p => p.Name));
        Assert.Equal([epochs, 240], prepared.Stretches(240).Select(stretch => stretch.Epochs));
        Assert.Equal([Math.Max(1, epochs / 30), 8], prepared.Stretches(8).Select(stretch => stretch.Epochs));
        Assert.Equal([1, 1], prepared.Stretches(1).Select(stretch => stretch.Epochs));
    }

    [Theory]
    [InlineData("fitnet-two-stage", 0.05)]
    [InlineData("ab", 0.05)]
    [InlineData("ft", 0.01)]
    [InlineData("fsp", 0.05)]
    public void The_first_phase_has_one_rate_that_of_the_recipes_beginning_or_the_published_fifth_of_it(string name, double rate)
    {
        var practice = MethodCatalog.Named(name).Prepare(teacher, student).Phases[0].Practice(new Practice(Recipes.Crd.Optimizer, Recipes.Crd.Rate));

        Assert.Equal([rate, rate, rate], new[] { 0, 0.5, 1 }.Select(practice.Rate.At), (a, b) => Math.Abs(a - b) < 1e-15);
    }

    [Fact]
    public void The_head_of_SSKD_learns_at_rates_that_fall_after_30_and_45_of_60_epochs()
    {
        var practice = Methods.Sskd().Prepare(teacher, student).Phases[0].Practice(new Practice(Recipes.Crd.Optimizer, Recipes.Crd.Rate));

        Assert.Equal([0.05, 0.05, 0.005, 0.005, 0.0005], new[] { 0, 29.0 / 60, 0.5, 44.0 / 60, 0.75 }.Select(practice.Rate.At), (a, b) => Math.Abs(a - b) < 1e-15);
    }

    [Fact]
    public void A_hint_trains_the_student_up_to_its_map_and_nothing_behind_it()
    {
        var trains = Methods.FitNetTwoStage().Prepare(teacher, student).Phases[0].Trains!;

        Assert.All(student.Table.Places, place => Assert.Equal(
            new[] { "conv1.", "block1.", "block2." }.Any(part => place.Name.StartsWith(part, StringComparison.Ordinal)), trains(place.Name)));
    }

    [Fact]
    public void Boundaries_train_all_that_the_maps_are_made_of_and_not_the_classifier()
    {
        foreach (var name in new[] { "ab", "fsp" })
        {
            var trains = MethodCatalog.Named(name).Prepare(student, student).Phases[0].Trains!;
            Assert.False(trains("fc.weight"));
            Assert.True(trains("block3.layer.1.conv2.weight"));
        }
    }

    [Fact]
    public void The_paraphraser_restores_the_teachers_map_and_then_stays_as_it_is()
    {
        using var data = Toy.Load();
        using var weights = Toy.Start(Toy.ResNet, 7);
        using var frozen = Toy.ResNet.Frozen(weights);
        var kept = new List<(long Step, int[] Paraphraser, int[] Translator, int[] Student)>();
        var learner = Toy.Learner(Methods.Ft(), Toy.ResNet, Toy.Recipe with { Epochs = 2 }, teacher: Toy.ResNet);
        int[] Of(Checkpoint checkpoint, string name) => Golden.Bits(checkpoint.Tensors[$"{name}.parameters"].clone());

        var learned = Fold.Run([Toy.Stream(data, [learner], frozen)], keeping: new(
            _ => null, (_, checkpoint) => kept.Add((checkpoint.Position.Step, Of(checkpoint, "player.paraphraser"), Of(checkpoint, "player.translator"), Of(checkpoint, "student"))), TimeSpan.FromHours(1))).Single();

        Assert.Equal([6, 12, 18], kept.Select(one => one.Step));
        Assert.Equal([["paraphraser"], ["labels", "ft"], ["labels", "ft"]], learned.Epochs.Select(epoch => epoch.Terms.Select(term => term.Name).ToArray()));
        // Nobody but the paraphraser in the first phase, everybody but it in the second.
        Assert.Equal(kept[0].Paraphraser, kept[2].Paraphraser);
        Assert.NotEqual(kept[1].Translator, kept[2].Translator);
        using var start = Toy.Start(Toy.ResNet);
        Assert.Equal(Golden.Bits(start.Parameters), kept[0].Student);
        Assert.NotEqual(kept[0].Student, kept[1].Student);
        using var paraphraser = learner.Prepare().Players[0].Network.Initialize(learner.Key.Fold("player").Fold("paraphraser"), CPU);
        Assert.NotEqual(Golden.Bits(paraphraser.Parameters), kept[0].Paraphraser);
    }

    [Fact]
    public void Factors_are_compared_by_their_attention_or_whole_with_the_weight_of_either_project()
    {
        Assert.Equal(200, Methods.Ft().Settings[0].Value.At(0));
        Assert.Equal(500, Methods.Ft(original: true).Settings[0].Value.At(0));
        Assert.NotEqual(Methods.Ft().Text, Methods.Ft(original: true).Text);
    }

    [Fact]
    public void Rotations_stand_behind_the_images_and_one_answer_serves_both()
    {
        using var scope = NewDisposeScope();
        var images = arange(2 * 3 * 4 * 4, ScalarType.Float32).view(2, 3, 4, 4);

        var seen = Rotations.View.Of(images, Key.Of(1));

        Assert.Equal([8, 3, 4, 4], seen.shape);
        Assert.Equal(Golden.Flat(images), Golden.Flat(Rotations.Upright(seen)));
        for (var (image, row, column) = (0, 0, 1); image < 2; image++)
        {
            // By 90 degrees against the clock, the pixel at (0, 1) comes from (1, 3); by 180 from (3, 2); by 270 from (2, 0).
            Assert.Equal(
                [images[image, 0, 1, 3].item<float>(), images[image, 0, 3, 2].item<float>(), images[image, 0, 2, 0].item<float>()],
                new[] { 1, 2, 3 }.Select(turn => seen[(turn * 2) + image, 0, row, column].item<float>()));
        }
    }
}
