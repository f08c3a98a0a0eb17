namespace Distillation.Tests;

public sealed class ChainTests
{
    private static Experiment Base { get; } = new(
        Datasets.Cifar10, new Source.Trained(new Experiment(Datasets.Cifar10, [], Networks.ResNet(20, 10), Methods.None, Recipes.Short, 0)), Networks.ResNet(8, 10), Methods.Takd(), Recipes.Short, 5);

    private static List<Experiment> Line(Experiment experiment) =>
        experiment.Teacher is Source.Trained teacher ? [.. Line(teacher.Experiment), experiment] : [experiment];

    [Fact]
    public void Assistants_stand_between_teacher_and_student_in_the_order_given()
    {
        var line = Line(Base.Through(Networks.ResNet(14, 10), Networks.ResNet(8, 10, width: 4)));

        Assert.Equal(["resnet-20", "resnet-14", "resnet-8x4", "resnet-8"], line.Select(one => one.Student.Name));
        Assert.Equal(["none", "takd", "takd", "takd"], line.Select(one => one.Method.Name));
        Assert.Equal([0, 5, 5, 5], line.Select(one => one.Seed));
        Assert.All(line, one => one.Check());
        Assert.Equal(Base.Id, Base.Through().Id);
        Assert.NotEqual(Base.Id, Base.Through(Networks.ResNet(14, 10)).Id);
    }

    [Fact]
    public void Only_the_student_at_the_end_of_a_chain_begins_at_the_start()
    {
        var start = new Source.Trained(Base with { Teachers = [], Method = Methods.None });
        var begun = Base with { Start = start };

        var line = Line(begun.Through(Networks.ResNet(14, 10), Networks.ResNet(8, 10, width: 4)));

        Assert.Equal([null, null, null, start], line.Select(one => one.Start));
        Assert.Equal(Line(Base.Through(Networks.ResNet(14, 10)))[1].Id, Line(begun.Through(Networks.ResNet(14, 10)))[1].Id);
        Assert.Contains("leave the start or the generations out", Assert.Throws<BadInput>(() => (begun with { Teachers = [], Method = Methods.BornAgain() }).BornAgain(2)).Message);
    }

    [Fact]
    public void Generations_learn_one_from_another_each_under_a_seed_of_its_own()
    {
        var line = Line((Base with { Teachers = [], Method = Methods.BornAgain() }).BornAgain(3));

        Assert.Equal(["none", "ban", "ban", "ban"], line.Select(one => one.Method.Name));
        Assert.Equal([3005, 2005, 1005, 5], line.Select(one => one.Seed));
        Assert.All(line, one => Assert.Equal("resnet-8", one.Student.Name));
        Assert.All(line, one => one.Check());
    }

    [Fact]
    public void A_float_network_that_was_trained_once_is_where_every_quantized_one_starts()
    {
        using var bench = new Bench();
        var floating = new Experiment(Toy.Dataset, [], Toy.ResNet, Methods.None, Toy.Recipe, 1);
        var teacher = new Source.Trained(floating with { Seed = 7 });
        var grid = new[] { Methods.None, Methods.Hinton() }
            .Select(method => new Experiment(Toy.Dataset, method.NeedsTeacher ? teacher : Sequence.Create<Source>([]), Toy.ResNet.Quantize(2, 4), method, Toy.Recipe with { Rate = 0 }, 1) { Start = new Source.Trained(floating) })
            .ToList();

        var rows = grid.Run(bench.Lab);

        Assert.All(rows, row => Assert.Equal(RunRow.Ok, row.Status));
        Assert.Equal(4, bench.Trained.Distinct().Count());
        Assert.Equal(grid.Select(one => one.Id).Order(), bench.Folds[^1].Select(one => one.Id).Order());
        using var start = Toy.ResNet.Load(bench.Lab.Results.WeightsPath(floating.Id), TorchSharp.torch.CPU);
        // At a rate of zero nothing moves: what is kept is what was started from, clips and all.
        using var kept = grid[0].Student.Load(bench.Lab.Results.WeightsPath(grid[0].Id), TorchSharp.torch.CPU);
        Assert.Equal(Golden.Bits(start.Parameters), Golden.Bits(kept.Pick(Toy.ResNet.Table).Parameters));
        Assert.All(grid[0].Student.Clips, clip => Assert.Equal(3, Golden.Flat(kept[clip].clone())[0]));
        bench.Forget();
        grid.Run(bench.Lab);
        Assert.Empty(bench.Trained);
    }

    [Fact]
    public void A_start_is_part_of_an_id_and_runs_without_one_keep_theirs()
    {
        var start = new Source.Trained(Base with { Teachers = [], Method = Methods.None });

        Assert.NotEqual(Base.Id, (Base with { Start = start }).Id);
        Assert.DoesNotContain("\"start\"", Base.Text, StringComparison.Ordinal);
        Assert.Equal(2, ((Source.Trained)Budget.Smoke.Fit(Base with { Start = start }).Start!).Experiment.Recipe.Epochs);
        Assert.Contains("has no value of a name and shape", Assert.Throws<BadInput>(() => (Base with { Start = new Source.Trained(Base with { Student = Networks.Vgg(8, 10) }) }).Check()).Message);
    }

    [Fact]
    public void Chains_that_cannot_be_are_refused()
    {
        Assert.Contains("has 0 teachers", Assert.Throws<BadInput>(() => (Base with { Teachers = [] }).Through(Networks.ResNet(14, 10))).Message);
        Assert.Contains("leave the teacher out", Assert.Throws<BadInput>(() => Base.BornAgain(1)).Message);
        Assert.Contains("1 generation or more", Assert.Throws<BadInput>(() => (Base with { Teachers = [] }).BornAgain(0)).Message);
    }
}
