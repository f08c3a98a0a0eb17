using System.Text.Json.Nodes;

namespace Distillation.Tests;

public sealed class ExperimentTests
{
    private static readonly Experiment Teacher = new(Toy.Dataset, [], Toy.ResNet, Methods.None, Toy.Recipe, 7);
    private static readonly Experiment Student = new(Toy.Dataset, new Source.Trained(Teacher), Toy.Network, Methods.Hinton(), Toy.Recipe, 1);

    [Fact]
    public void The_text_of_an_experiment_stays_what_it_is()
    {
        // If this fails, every result that anybody keeps is forgotten: the text may only change together with its "version".
        const string teacher =
            """{"version":1,"dataset":{"Name":"blobs","Classes":3,"Channels":1,"Height":8,"Width":8,"TrainCount":90,"TestCount":60,"Normalization":{"Mean":[0.3],"Std":[0.25]},"Subset":null}"""
            + ""","teacher":null,"student":"resnet-8(1x8x8 -\u003E 3; 763d997fa769)","method":"none v1 {}","task":{"$type":"classes","Smoothing":0}"""
            + ""","recipe":{"Epochs":2,"BatchSize":16,"Optimizer":{"$type":"sgd","Momentum":0.9,"Decay":0,"Nesterov":false,"Decayed":"All"},"Rate":{"$type":"constant","Value":0.05}"""
            + ""","Augmentation":{"kind":"then","First":{"kind":"pad-crop","Padding":1},"Second":{"kind":"flip","Probability":0.5}},"ClipNorm":null,"Average":null,"Compute":"Float32","ChannelsLast":false},"seed":7}""";

        Assert.Equal(teacher, Teacher.Text);
        Assert.Equal("ca69fd21ddf7f8c3", Teacher.Id);
        Assert.Equal("343d2ed0ce8678c9", Student.Id);
    }

    [Fact]
    public void The_text_holds_the_teachers_own_text_and_everything_that_a_recipe_is_made_of()
    {
        var recipe = Recipes.Crd with { Rate = Schedule.OneCycle(0.1).Until(0.5, new Schedule.Stairs(new Schedule.Polynomial(1, 2), 4)), Optimizer = new Optimizer.AdamW(Decay: 0.02), Average = 0.99 };
        var json = JsonNode.Parse((Student with { Recipe = recipe }).Text)!;

        Assert.Equal(Teacher.Text, json["teacher"]!["trained"]!.ToJsonString());
        Assert.Equal("adamw", (string)json["recipe"]!["Optimizer"]!["$type"]!);
        Assert.Equal(0.02, (double)json["recipe"]!["Optimizer"]!["Decay"]!);
        Assert.Equal("join", (string)json["recipe"]!["Rate"]!["First"]!["$type"]!);
        Assert.Equal("cosine", (string)json["recipe"]!["Rate"]!["First"]!["First"]!["$type"]!);
        Assert.Equal("polynomial", (string)json["recipe"]!["Rate"]!["Second"]!["Inner"]!["$type"]!);
        Assert.Equal(4, (int)json["recipe"]!["Augmentation"]!["First"]!["Padding"]!);
        Assert.Equal(0.99, (double)json["recipe"]!["Average"]!);
    }

    [Fact]
    public void Whatever_decides_a_result_changes_the_id()
    {
        var recipe = Toy.Recipe;
        Experiment[] experiments =
        [
            Student,
            Student with { Seed = 2 },
            Student with { Method = Methods.Hinton(3) },
            Student with { Method = Methods.Hinton() with { Version = 2 } },
            Student with { Student = Toy.ResNet },
            Student with { Student = Toy.Tiny("tiny", width: 9) },
            Student with { Student = Toy.Tiny("tiny", dropout: 0.2) },
            Student with { Task = new LearningTask.Classes(0.1) },
            Student with { Teacher = null },
            Student with { Teacher = new Source.Trained(Teacher with { Seed = 8 }) },
            Student with { Teacher = new Source.Trained(Teacher with { Recipe = recipe with { Epochs = 3 } }) },
            Student with { Teacher = new Source.FromFile(Toy.ResNet, "teacher.safetensors", "ab") },
            Student with { Teacher = new Source.FromFile(Toy.ResNet, "teacher.safetensors", "cd") },
            Student with { Teacher = new Source.FromFile(Toy.Network, "teacher.safetensors", "cd") },
            Student with { Dataset = Toy.Dataset.Take(30) },
            Student with { Dataset = Toy.Dataset.Take(30, seed: 1) },
            Student with { Dataset = Toy.Dataset with { Name = "other" } },
            Student with { Dataset = Toy.Dataset with { Normalization = new Normalization([0.3], [0.26]) } },
            .. new[]
            {
                recipe with { Epochs = 3 }, recipe with { BatchSize = 17 }, recipe with { Rate = 0.06 }, recipe with { Rate = new Schedule.Linear(0.05, 0.05) },
                recipe with { Rate = new Schedule.MultiStep(0.05, 0.1, [0.5]) }, recipe with { Rate = new Schedule.MultiStep(0.05, 0.1, [0.6]) },
                recipe with { Optimizer = new Optimizer.Sgd(0.9, 1e-4) }, recipe with { Optimizer = new Optimizer.Sgd(0.9, 1e-4, Decayed: Decayed.Matrices) },
                recipe with { Optimizer = new Optimizer.Sgd(0.9, Nesterov: true) }, recipe with { Optimizer = new Optimizer.Adam() }, recipe with { Optimizer = new Optimizer.AdamW() },
                recipe with { Augmentation = new Augmentation.None() }, recipe with { Augmentation = new Augmentation.PadCrop(1) },
                recipe with { Augmentation = new Augmentation.PadCrop(1).Then(new Augmentation.Flip(0.4)) }, recipe with { ClipNorm = 1 }, recipe with { Average = 0.9 },
                recipe with { Compute = Compute.BFloat16 }, recipe with { ChannelsLast = true },
            }.Select(changed => Student with { Recipe = changed }),
        ];

        Assert.Equal(experiments.Length, experiments.Select(experiment => experiment.Id).Distinct().Count());
        Assert.All(experiments, experiment => Assert.Matches("^[0-9a-f]{16}$", experiment.Id));
    }

    [Fact]
    public void Equal_values_have_one_id_wherever_the_teachers_file_lies()
    {
        static Experiment Made(string path) => new(
            new Dataset("blobs", Toy.Classes, 1, 8, 8, 90, 60, new Normalization([0.3], [0.25])), new Source.FromFile(Networks.ResNet(8, Toy.Classes, channels: 1, size: 8), path, "ab"),
            Toy.Tiny("tiny"), Methods.Hinton(4, 0.9, 0.1), Recipes.Crd with { Epochs = 2 }, 1);

        Assert.Equal(Made("a").Text, Made("b").Text);
        Assert.Equal(Made("a").Id, Made("b").Id);
    }

    [Fact]
    public void What_may_run_side_by_side_has_one_stream()
    {
        Experiment[] same = [Student, Student with { Method = Methods.None, Teacher = null }, Student with { Student = Toy.ResNet, Recipe = Toy.Recipe with { Rate = 1, Optimizer = new Optimizer.Adam() } }];
        Experiment[] other =
        [
            Student, Student with { Seed = 2 }, Student with { Dataset = Toy.Dataset.Take(30) }, Student with { Recipe = Toy.Recipe with { Epochs = 3 } },
            Student with { Recipe = Toy.Recipe with { BatchSize = 8 } }, Student with { Recipe = Toy.Recipe with { Augmentation = new Augmentation.Flip() } },
            Student with { Recipe = Toy.Recipe with { Compute = Compute.BFloat16 } }, Student with { Recipe = Toy.Recipe with { ChannelsLast = true } },
        ];

        Assert.Single(same.Select(e => e.StreamId).Distinct());
        Assert.Equal(other.Length, other.Select(e => e.StreamId).Distinct().Count());
        Assert.Equal(other.Length - 1, other.Select(e => e.LockstepId).Distinct().Count());
    }

    [Fact]
    public void Labels_alone_are_one_run_whichever_teacher_stands_beside_them()
    {
        var labels = Student with { Method = Methods.None };

        Assert.Null(labels.Settled.Teacher);
        Assert.Equal((labels with { Teacher = null }).Id, labels.Settled.Id);
        Assert.Same(Student, Student.Settled);
    }

    [Fact]
    public void A_student_that_its_method_quantizes_is_the_quantized_student_in_ids_and_rows()
    {
        using var bench = new Bench();
        var labels = Student with { Method = Methods.None, Teachers = [], Recipe = Toy.Recipe with { Epochs = 1 }, Student = Toy.ResNet };
        Experiment[] floating = [labels with { Method = Methods.Speq(activations: 3) }, labels with { Method = Methods.Speq(activations: 3) + Methods.None }];
        var quantized = Toy.ResNet.Quantize(2, 3);

        Assert.All(floating, one => Assert.Equal((one with { Student = quantized }).Id, one.Settled.Id));
        Assert.All(floating.Select(one => one.Settled), settled => Assert.Same(settled, settled.Settled));
        Assert.Same(labels, labels.Settled);
        var rows = floating.Prepend(labels).Run(bench.Lab);
        Assert.Equal([Toy.ResNet.Name, quantized.Name, quantized.Name], rows.Select(row => row.Student));
        using var kept = quantized.Load(bench.Lab.Results.WeightsPath(rows[1].Id), TorchSharp.torch.CPU);
        Assert.Equal(rows[1].Id, (floating[0] with { Student = quantized }).Settled.Id);
    }

    [Fact]
    public void An_experiment_that_fits_together_passes() => Assert.Same(Student, Student.Check());

    public static TheoryData<string, string> Misfits => new()
    {
        { "student", "The student 'resnet-8' reads 3x32x32 and answers 100 classes, but blobs has images of 1x8x8 and 3 classes; build the network for the data set." },
        { "teacher", "The teacher 'resnet-8' reads 1x8x8 and answers 4 classes, but blobs has images of 1x8x8 and 3 classes; build the network for the data set." },
        { "no teacher", "The method 'kd' needs a teacher; name one, or choose the method 'none'." },
        { "epochs", "A recipe needs at least 1 epoch and 2 images per batch, not 0 and 16; batch normalisation cannot work on one image." },
        { "batch", "A recipe needs at least 1 epoch and 2 images per batch, not 2 and 1; batch normalisation cannot work on one image." },
        { "clip", "A gradient is clipped at a norm above 0 and weights are averaged with a decay from 0 to below 1, not 0 and ; leave them out to do neither." },
        { "average", "A gradient is clipped at a norm above 0 and weights are averaged with a decay from 0 to below 1, not  and 1; leave them out to do neither." },
        { "last batch", "33 images in batches of 16 leave one image for the last batch, and 'bn' of point cannot normalise one value; take another batch size." },
    };

    [Theory]
    [MemberData(nameof(Misfits))]
    public void What_does_not_fit_together_is_said_in_one_sentence(string what, string sentence)
    {
        var point = Network.Build("point", new Shape(1, 8, 8), Layer.Conv("conv", 4, kernel: 8, padding: 0).Then(Layer.BatchNorm("bn")).Then(Layer.Flatten).Then(Layer.Linear("fc", Toy.Classes)));
        var experiment = what switch
        {
            "student" => Student with { Student = Networks.ResNet(8) },
            "teacher" => Student with { Teacher = new Source.FromFile(Networks.ResNet(8, 4, channels: 1, size: 8), "x", "ab") },
            "no teacher" => Student with { Teacher = null },
            "epochs" => Student with { Recipe = Toy.Recipe with { Epochs = 0 } },
            "batch" => Student with { Recipe = Toy.Recipe with { BatchSize = 1 } },
            "clip" => Student with { Recipe = Toy.Recipe with { ClipNorm = 0 } },
            "average" => Student with { Recipe = Toy.Recipe with { Average = 1 } },
            _ => Student with { Student = point, Dataset = Toy.Dataset.Take(33) },
        };

        Assert.Equal(sentence, Assert.Throws<BadInput>(experiment.Check).Message);
    }
}
