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
    public void Generations_learn_one_from_another_each_under_a_seed_of_its_own()
    {
        var line = Line((Base with { Teachers = [], Method = Methods.BornAgain() }).BornAgain(3));

        Assert.Equal(["none", "ban", "ban", "ban"], line.Select(one => one.Method.Name));
        Assert.Equal([3005, 2005, 1005, 5], line.Select(one => one.Seed));
        Assert.All(line, one => Assert.Equal("resnet-8", one.Student.Name));
        Assert.All(line, one => one.Check());
    }

    [Fact]
    public void Chains_that_cannot_be_are_refused()
    {
        Assert.Contains("has 0 teachers", Assert.Throws<BadInput>(() => (Base with { Teachers = [] }).Through(Networks.ResNet(14, 10))).Message);
        Assert.Contains("leave the teacher out", Assert.Throws<BadInput>(() => Base.BornAgain(1)).Message);
        Assert.Contains("1 generation or more", Assert.Throws<BadInput>(() => (Base with { Teachers = [] }).BornAgain(0)).Message);
    }
}
