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
            lab.Stop.ThrowIfCancellationRequested();
            var plan = lab.Again ? null : Sizes.Select(size => Plan(size.Teacher, size.Students, size.Compute)).FirstOrDefault(known => IsBegun(known, lab.Results));
            plan ??= Fitting(lab, screen);

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
        var picture = LearningCurves.Svg("ResNet-8 on 6,000 images of Fashion-MNIST, mean ± std of 3 seeds", runs, lab.Results.Epochs(screen.Note));
        try
        {
            File.WriteAllText(path, picture);
            screen.Note($"Drawn: {path}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            screen.Note($"{path} cannot be written ({e.Message.TrimEnd('.')}); the results are kept all the same.");
        }
    }

    /// <summary>Three seeds, two methods; the teacher is theirs.</summary>
    internal static IReadOnlyList<Experiment> Plan(int teacherEpochs, int studentEpochs, Compute compute)
    {
        var data = Datasets.FashionMnist;
        var recipe = Recipes.Short with
        {
            Rate = Schedule.OneCycle(0.2, rise: 0.3, linear: true),
            Augmentation = new Augmentation.Flip(),
            Compute = compute,
            ChannelsLast = true,
        };
        var teacher = new Experiment(data, [], Train.Network("resnet-20", data), Methods.None, recipe with { Epochs = teacherEpochs }, Seed: 0);
        return
        [
            .. from seed in Grid.Seeds(3)
               from method in new[] { Methods.None, Methods.Hinton() }
               select new Experiment(data.Take(StudentImages), new Source.Trained(teacher), Train.Network("resnet-8", data), method, recipe with { Epochs = studentEpochs }, seed),
        ];
    }

    // Every size the demo may have, the whole one first; it shrinks evenly, so that the teacher stays worth asking.
    internal static IEnumerable<(int Teacher, int Students, Compute Compute)> Sizes =>
        from size in
            from teacher in Enumerable.Range(1, TeacherEpochs)
            from students in Enumerable.Range(2, StudentEpochs - 1)
            orderby Math.Min((double)teacher / TeacherEpochs, (double)students / StudentEpochs) descending, teacher + students descending
            select (teacher, students)
        from compute in new[] { Compute.BFloat16, Compute.Float32 }
        select (size.teacher, size.students, compute);

    // A demo of this size was run here: its students' ids name their teacher's size too.
    private static bool IsBegun(IReadOnlyList<Experiment> plan, ResultStore results) =>
        plan.Any(experiment => experiment.Method.NeedsTeacher && results.Find(experiment.Id) is not null);

    private static Experiment TeacherOf(IReadOnlyList<Experiment> plan) => ((Source.Trained)plan[0].Teacher!).Experiment;

    // A few steps tell this machine's pace and which dtype it likes; a slow one gets fewer epochs, and is told so.
    private static IReadOnlyList<Experiment> Fitting(Laboratory lab, Screen screen)
    {
        var whole = new[] { Compute.BFloat16, Compute.Float32 }
            .Select(compute => Plan(TeacherEpochs, StudentEpochs, compute))
            .Select(plan => (Plan: plan, Teacher: Pace(TeacherOf(plan), lab.Device)))
            .MaxBy(candidate => candidate.Teacher);
        var (teacher, compute, pace) = (TeacherOf(whole.Plan), whole.Plan[0].Recipe.Compute, (whole.Teacher, Student: Pace(whole.Plan[0], lab.Device)));

        // Evaluation after each epoch, and the teacher's answers, are forward passes: a third of a training step.
        double Seconds(int teacherEpochs, int studentEpochs) =>
            (teacherEpochs * (teacher.Dataset.TrainCount + (teacher.Dataset.TestCount / 3)) / pace.Teacher)
            + (studentEpochs * whole.Plan.Count * (StudentImages + (teacher.Dataset.TestCount / 3)) / pace.Student)
            + (studentEpochs * whole.Plan.Select(e => e.Seed).Distinct().Count() * (StudentImages / 3) / pace.Teacher);

        var sizes = Sizes.Where(size => size.Compute == compute).ToList();
        var fits = sizes.Where(size => Seconds(size.Teacher, size.Students) <= Limit.TotalSeconds * (1 - InHand)).Append(sizes[^1]).First();
        if (fits != sizes[0])
        {
            screen.Note(string.Create(CultureInfo.InvariantCulture,
                $"This machine trains {pace.Teacher:0} teacher and {pace.Student:0} student images/s, so the demo shrinks to about {Seconds(fits.Teacher, fits.Students) / 60:0.0} min: {fits.Teacher} of {TeacherEpochs} epochs for the teacher, {fits.Students} of {StudentEpochs} for the students. Accuracies will be lower."));
        }

        return Plan(fits.Teacher, fits.Students, compute);
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
        var learner = new Learner("pace", experiment.Student, start, Methods.None, [], experiment.Task, recipe with { Epochs = 1 }, experiment.Key);
        var prepared = learner.Prepare();
        var stream = new BatchStream(loaded, [], [learner], recipe with { Epochs = 1 }, experiment.Key);
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
