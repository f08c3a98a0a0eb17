namespace Distillation.Tests;

public sealed class BudgetTests
{
    private static readonly Experiment Teacher = new(Datasets.Cifar100, [], Networks.WideResNet(40, 2), Methods.None, Recipes.Crd, 1);
    private static readonly Experiment Student = new(Datasets.Cifar100.Take(2000, seed: 3), new Source.Trained(Teacher), Networks.WideResNet(16, 2), Methods.Hinton(), Recipes.Crd, 1);

    [Fact]
    public void A_budget_limits_images_and_epochs_of_student_and_teacher()
    {
        var fit = Budget.Smoke.Fit(Student);
        var teacher = ((Source.Trained)fit.Teacher!).Experiment;

        Assert.Equal((new Subset(1024, 3), 2), (fit.Dataset.Subset, fit.Recipe.Epochs));
        Assert.Equal((new Subset(1024), 2), (teacher.Dataset.Subset, teacher.Recipe.Epochs));
        Assert.Equal(Recipes.Crd with { Epochs = 2 }, fit.Recipe);
    }

    [Fact]
    public void What_is_smaller_than_the_budget_stays_as_it_is()
    {
        var small = Student with { Recipe = Recipes.Short };
        var fit = Budget.Laptop.Fit(small);

        Assert.Equal(small.Dataset, fit.Dataset);
        Assert.Equal(small.Recipe, fit.Recipe);
        Assert.Equal(10_000, ((Source.Trained)fit.Teacher!).Experiment.Dataset.Images);
    }

    [Fact]
    public void Fitting_twice_is_fitting_once() =>
        Assert.All(Budget.All, budget => Assert.Equal(budget.Fit(Student).Id, budget.Fit(budget.Fit(Student)).Id));

    [Fact]
    public void The_published_protocol_and_what_is_typed_by_hand_are_left_alone() =>
        Assert.All([Budget.Paper, Budget.Custom], budget => Assert.Equal(Student.Id, budget.Fit(Student).Id));

    [Fact]
    public void A_teacher_from_a_file_is_left_alone()
    {
        var source = new Source.FromFile(Networks.WideResNet(40, 2), "x", "ab");

        Assert.Same(source, Budget.Smoke.Fit(Student with { Teacher = source }).Teacher);
    }
}
