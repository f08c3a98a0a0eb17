using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Distillation.Cli.Terminal;
using static TorchSharp.torch;

namespace Distillation.Cli.Commands;

/// <summary><c>./kd demo</c>: a teacher on all of Fashion-MNIST, then students on a tenth of it, from labels and from the teacher, side by side.</summary>
internal static class Demo
{
    // What the whole demo may take after set-up, of which this much is kept in hand.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(6);
    private const double InHand = 0.15;
    private const int TeacherEpochs = 3;
    private const int StudentEpochs = 8;
    private const int StudentImages = 6000;

    /// <summary>The command.</summary>
    public static Verb Verb(GlobalOptions options, Screen screen)
    {
        var again = new Option<bool>("--again") { Description = "train again although the demo has been run here" };
        var command = new Command("demo", "see distillation work in six minutes: a teacher learns Fashion-MNIST, students learn a tenth of it") { again };
        command.SetAction(async (parsed, stop) =>
        {
            var lab = options.Laboratory(parsed, new Budget("demo", null, null), stop) with { Again = parsed.GetValue(again) };
            await Running.Fetch([Datasets.FashionMnist], lab, screen);
            var plan = Plan(TeacherEpochs, StudentEpochs);
            if (lab.Again || plan.Any(experiment => lab.Results.Find(experiment.Settled.Id) is null))
            {
                plan = Shrunk(lab, plan, screen);
            }

            screen.Note("A teacher (ResNet-20) learns all 60,000 training images of Fashion-MNIST. Students (ResNet-8) learn 6,000 of them,");
            screen.Note("each seed twice from the same first weights: once from the labels (none), once from labels and teacher (kd).");
            var code = await Running.Show(plan, lab, screen);
            Draw(plan, lab, screen);
            screen.Note($"Every number is in {lab.Results.Folder} as Parquet, one file per run in runs/ and epochs/; './kd results' lists them.");
            return code;
        });
        return new(command, [new("./kd demo", "the whole way, about five minutes"), new("./kd demo --again", "train again instead of showing what is there")]);
    }

    private static void Draw(IReadOnlyList<Experiment> plan, Laboratory lab, Screen screen)
    {
        var path = Path.Combine(lab.Results.Folder, "demo.svg");
        var runs = plan.Select(experiment => lab.Results.Find(experiment.Settled.Id)).OfType<RunRow>().ToList();
        File.WriteAllText(path, LearningCurves.Svg("ResNet-8 on 6,000 images of Fashion-MNIST, mean ± std of 3 seeds", runs, lab.Results.Epochs()));
        screen.Note($"Drawn: {path}");
    }

    /// <summary>Three seeds, two methods; the teacher is theirs.</summary>
    internal static IReadOnlyList<Experiment> Plan(int teacherEpochs, int studentEpochs)
    {
        var data = Datasets.FashionMnist;
        var recipe = Recipes.Short with
        {
            Rate = Schedule.OneCycle(0.2, rise: 0.3, linear: true),
            Augmentation = new Augmentation.Flip(),
            Compute = Compute.BFloat16,
            ChannelsLast = true,
        };
        var teacher = new Experiment(data, null, Train.Network("resnet-20", data), Methods.None, recipe with { Epochs = teacherEpochs }, Seed: 0);
        return
        [
            .. from seed in Grid.Seeds(3)
               from method in new[] { Methods.None, Methods.Hinton() }
               select new Experiment(data.Take(StudentImages), new Source.Trained(teacher), Train.Network("resnet-8", data), method, recipe with { Epochs = studentEpochs }, seed),
        ];
    }

    // A few steps tell this machine's pace; a slow one gets fewer epochs, and is told so.
    private static IReadOnlyList<Experiment> Shrunk(Laboratory lab, IReadOnlyList<Experiment> plan, Screen screen)
    {
        var teacher = ((Source.Trained)plan.First(e => e.Teacher is not null).Teacher!).Experiment;
        var pace = (Teacher: Pace(teacher, lab.Device), Student: Pace(plan[0], lab.Device));
        // Evaluation after each epoch, and the teacher's answers, are forward passes: a third of a training step.
        double Seconds(int teacherEpochs, int studentEpochs) =>
            (teacherEpochs * (teacher.Dataset.TrainCount + (teacher.Dataset.TestCount / 3)) / pace.Teacher)
            + (studentEpochs * plan.Count * (StudentImages + (teacher.Dataset.TestCount / 3)) / pace.Student)
            + (studentEpochs * plan.Select(e => e.Seed).Distinct().Count() * (StudentImages / 3) / pace.Teacher);

        var budget = Limit.TotalSeconds * (1 - InHand);
        var (teacherFits, studentFits) = (
            from t in Enumerable.Range(1, TeacherEpochs).Reverse()
            from s in Enumerable.Range(2, StudentEpochs - 1).Reverse()
            where Seconds(t, s) <= budget
            // Both shrink evenly.
            orderby Math.Abs(((double)t / TeacherEpochs) - ((double)s / StudentEpochs)) - (t + s)
            select (t, s)).FirstOrDefault((1, 2));
        if ((teacherFits, studentFits) == (TeacherEpochs, StudentEpochs))
        {
            return plan;
        }

        screen.Note(string.Create(CultureInfo.InvariantCulture,
            $"This machine trains {pace.Teacher:0} teacher and {pace.Student:0} student images/s, so the demo shrinks to about {Seconds(teacherFits, studentFits) / 60:0} min: {teacherFits} of {TeacherEpochs} epochs for the teacher, {studentFits} of {StudentEpochs} for the students. Accuracies will be lower."));
        return Plan(teacherFits, studentFits);
    }

    // Images per second of training alone, measured on random images for about a second after a warm-up.
    private static double Pace(Experiment experiment, Device device)
    {
        using var scope = NewDisposeScope();
        var (data, recipe) = (experiment.Dataset, experiment.Recipe);
        var images = randint(0, 256, [recipe.BatchSize, data.Channels, data.Height, data.Width], ScalarType.Byte, device);
        var labels = zeros(recipe.BatchSize, ScalarType.Int64, device);
        var split = new Split(images, labels);
        var loaded = new LoadedDataset(data, [], split, split);
        var start = experiment.Student.Initialize(experiment.Key, device);
        var learner = new Learner("pace", experiment.Student, start, Methods.None, null, experiment.Task, recipe with { Epochs = 1 }, experiment.Key);
        var prepared = Methods.None.Prepare(null, experiment.Student);
        var stream = new BatchStream(loaded, null, [learner], recipe with { Epochs = 1 }, experiment.Key);
        using var state = LearnerState.Begin(learner, prepared);
        var order = stream.Order(0);
        var clock = new Stopwatch();
        var (steps, warm) = (0, 5);
        while (clock.Elapsed < TimeSpan.FromSeconds(1))
        {
            using var step = NewDisposeScope();
            state.Step(learner, prepared, stream.At(0, 0, order, step));
            if (--warm == 0)
            {
                clock.Start();
            }
            else if (warm < 0)
            {
                steps++;
            }
        }

        return steps * recipe.BatchSize / clock.Elapsed.TotalSeconds;
    }
}
