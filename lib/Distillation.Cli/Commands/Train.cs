using System.CommandLine;
using System.Globalization;
using Distillation.Cli.Benchmarking;
using Distillation.Cli.Terminal;

namespace Distillation.Cli.Commands;

/// <summary><c>./kd train</c>: any student, any method, any teacher, over several seeds side by side.</summary>
internal static class Train
{
    // More than anybody trains; a bound, so that a slip of the finger is told and not begun.
    private const int MostEpochs = 100_000;

    /// <summary>The command.</summary>
    public static Verb Verb(GlobalOptions options, Screen screen)
    {
        var dataSet = new Option<string>("--data-set") { Description = WeightOptions.DataSets("what to learn"), Required = true };
        var side = WeightOptions.Side();
        var student = new Option<string>("--student") { Description = $"who learns: a name like {string.Join(", ", NetworkCatalog.Names.Select(n => n.Example))}.", Required = true };
        var teacher = new Option<string?>("--teacher") { Description = "who teaches: a name as for --student. It is trained first, once, and found again later" };
        var assistants = new Option<string[]>("--assistant") { Description = "who stands between teacher and student, from the teacher's side: each is taught by the one before, the same way", AllowMultipleArgumentsPerToken = true };
        var generations = Numbers.Whole("--generations", "the student's own kind as its teacher, so many times over; no --teacher then", 1, 100);
        var teacherWeights = new Option<string?>("--teacher-weights") { Description = "a file with the teacher's weights (safetensors, or a state_dict that torch.save wrote), instead of training it" };
        var start = new Option<string?>("--start") { Description = "whose trained weights the student starts from: a name as for --student, such as resnet-20 for resnet-20+w2. It is trained from labels first, once per seed" };
        var methods = new Option<string[]>("--method")
        {
            Description = $"how it learns, one or several: {string.Join(", ", MethodCatalog.All.Select(m => m.Name))}, or a sum such as kd+at ('./kd methods' shows them). Default: kd with a teacher, none without.",
            AllowMultipleArgumentsPerToken = true,
        };
        var settings = new Option<string[]>("--set") { Description = "a setting of the method, such as temperature=2, or weight=1..0 for one that goes from 1 to 0; for several methods and for sums kd.temperature=2", AllowMultipleArgumentsPerToken = true };
        var recipe = new Option<string>("--recipe") { Description = "crd (the CIFAR-100 protocol: SGD, 240 epochs, batch 64) or short (one cycle, 8 epochs, batch 128)", DefaultValueFactory = _ => "crd" };
        var seeds = Numbers.Whole("--seeds", "how many seeds, 1 … n, side by side", 1, 1000, 1);
        var epochs = Numbers.Whole("--epochs", "epochs of teacher and student; the schedule shrinks with them", 1, MostEpochs);
        var teacherEpochs = Numbers.Whole("--teacher-epochs", "epochs of the teacher, when they differ", 1, MostEpochs);
        var batch = Numbers.Whole("--batch-size", "images per step", 2, 100_000);
        var images = Numbers.Whole("--train-images", "so many training images for the student, equally many of every class", 1, int.MaxValue);
        var bfloat16 = new Option<bool>("--bfloat16") { Description = "compute in bfloat16, channels last, with float32 master weights" };
        var clip = Numbers.Real("--clip", "the largest norm of a gradient", "a number above 0", x => x > 0);
        var average = Numbers.Real("--average", "judge and keep a moving average of the weights with this decay per step, such as 0.999", "a number from 0 to below 1", x => x is >= 0 and < 1);
        var budget = new Option<string>("--budget") { Description = $"{string.Join(", ", Budget.All.Select(b => b.Name))}: shrinks images and epochs to what time allows.", DefaultValueFactory = _ => Budget.Custom.Name };
        var pixels = new PixelOptions();
        var profile = new Option<bool>("--profile") { Description = "count and time the operators, and show the costliest at the end" };
        var graphs = new Option<bool>("--graphs") { Description = "on an NVIDIA GPU: capture steps as CUDA graphs and replay them, where that gives the same" };
        var fresh = new Option<bool>("--fresh") { Description = "start afresh what was interrupted, instead of going on from its checkpoint" };
        var keepEvery = Numbers.Real("--keep-every", "minutes between checkpoints within an epoch; there is one after every epoch too", "minutes from 0 to a million", x => x is >= 0 and <= 1e6, 5);
        var again = new Option<bool>("--again") { Description = "run again what has results already" };
        var command = new Command("train", "train students and, if need be, their teacher; what has been run before is found, not run again")
        {
            dataSet, side, student, teacher, assistants, generations, teacherWeights, start, methods, settings, recipe, seeds, epochs, teacherEpochs, batch, images, bfloat16, clip, average, budget, pixels.Mean, pixels.Std, profile, graphs, again, fresh, keepEvery,
        };
        command.SetAction((parse, stop) =>
        {
            var data = pixels.On(options.DataFolder(parse).Named(parse.GetValue(dataSet)!, parse.GetValue(side)), parse);
            var basis = Basis(parse.GetValue(recipe)!);
            var common = basis with
            {
                Epochs = parse.GetValue(epochs) ?? basis.Epochs,
                BatchSize = parse.GetValue(batch) ?? basis.BatchSize,
                Compute = parse.GetValue(bfloat16) ? Compute.BFloat16 : Compute.Float32,
                ClipNorm = parse.GetValue(clip),
                Average = parse.GetValue(average),
            };
            var source = Teacher(data, parse.GetValue(teacher), parse.GetValue(teacherWeights), common with { Epochs = parse.GetValue(teacherEpochs) ?? common.Epochs });
            if (source is not Source.Trained && parse.GetValue(teacherEpochs) is not null)
            {
                throw new BadInput("--teacher-epochs is for a teacher that is trained; give --teacher NAME without --teacher-weights, or leave it out.");
            }

            var (between, born) = (parse.GetValue(assistants) ?? [], parse.GetValue(generations));
            if (source is null && between.Length > 0)
            {
                throw new BadInput("--assistant stands between a teacher and the student; give --teacher NAME too.");
            }

            if (born is not null && source is not null)
            {
                throw new BadInput("--generations makes its own teachers; leave --teacher out.");
            }

            if (born is not null && parse.GetValue(start) is not null)
            {
                throw new BadInput("--generations begins each time with first weights of its own; leave --start out.");
            }

            var names = parse.GetValue(methods) is { Length: > 0 } chosen ? chosen : [born is not null ? "ban" : source is null ? "none" : between.Length > 0 ? "takd" : "kd"];
            var stray = (parse.GetValue(settings) ?? []).FirstOrDefault(text => text.Split('=')[0].Split('.') is [var owner, _, ..] && !names.SelectMany(Parts).Contains(owner));
            if (stray is not null)
            {
                throw new BadInput($"--set {stray} is for a method that is not among {string.Join(", ", names.Distinct())}; name one of them, or add it to --method.");
            }

            var learned = parse.GetValue(images) is { } some ? data.Take(some) : data;
            if (common.BatchSize > learned.Images)
            {
                throw new BadInput($"Batches of {common.BatchSize} images are larger than the {learned.Images} training images; choose a smaller --batch-size.");
            }

            var experiments =
                from seed in Grid.Seeds(parse.GetValue(seeds))
                from method in names.Distinct().Select(name => MethodCatalog.Named(name, Settings(name, names.Length > 1, parse.GetValue(settings) ?? [])))
                let one = new Experiment(learned, source is null ? [] : source, Network(parse.GetValue(student)!, data), method, common, seed)
                {
                    Start = parse.GetValue(start) is { } name ? new Source.Trained(Untaught(learned, Network(name, data), common) with { Seed = seed }) : null,
                }
                select method.Teacher.Count.Most == 0 ? one : born is { } generation ? one.BornAgain(generation) : Taught(one).Through([.. between.Select(name => Network(name, data))]);
            var lab = options.Laboratory(parse, Named(parse.GetValue(budget)!), stop, common);
            lab = lab with
            {
                Recorder = parse.GetValue(graphs) ? CudaGraphs.On(lab.Device) : null,
                Again = parse.GetValue(again),
                Resume = !parse.GetValue(fresh),
                KeepEvery = TimeSpan.FromMinutes(parse.GetValue(keepEvery)),
            };
            return Profiling.Around(parse.GetValue(profile), screen, () => Running.Show(experiments.ToList(), lab, screen));
        });
        return new(command,
        [
            new("./kd train --data-set cifar100 --teacher wrn-40-2 --student wrn-16-2 --method kd none --seeds 3 --epochs 30", "a teacher, then three seeds from it and from labels"),
            new("./kd train --data-set fashion-mnist --student resnet-8 --method none --recipe short", "labels alone"),
            new("./kd train --data-set cifar100 --teacher resnet-110 --assistant resnet-56 resnet-32 --student resnet-20", "by way of two assistants"),
            new("./kd train --data-set cifar100 --student resnet-32 --generations 3", "born again three times"),
            new("./kd train --data-set cifar100 --teacher resnet-20x2 --start resnet-20 --student resnet-20+w2 --method none gslr", "ternary weights, from a float network, with and without a teacher"),
            new("./kd train --data-set cifar100 --teacher resnet-56 --student resnet-20 --set temperature=2 --budget laptop --bfloat16", "another temperature, less time"),
            new("./kd train --data-set cifar10 --teacher resnet-56-a --teacher-weights resnet56-4bfd9763.th --mean imagenet --student resnet-20", "a public checkpoint of PyTorch teaches, with the normalisation it knows"),
        ]);
    }

    internal static Network Network(string name, Dataset data) => NetworkCatalog.Named(name, data.Classes, new Shape(data.Channels, data.Height, data.Width));

    private static Source? Teacher(Dataset data, string? name, string? file, Recipe recipe) => (name, file) switch
    {
        (null, null) => null,
        (null, _) => throw new BadInput("--teacher-weights needs --teacher NAME too: the file holds values, not the network."),
        (_, null) => new Source.Trained(Untaught(data, Network(name, data), recipe)),
        _ => Fitting(Network(name, data), file),
    };

    // Exits that nobody trains would teach noise.
    private static Experiment Untaught(Dataset data, Network network, Recipe recipe) => new(data, [], network, network.Exits.Count == 0 ? Methods.None : Methods.Exits(), recipe, Seed: 0);

    // Told before anything is fetched or trained, not when the teacher is first asked.
    private static Source Fitting(Network network, string path)
    {
        using var file = WeightFile.Open(path);
        return network.Match(file).Fault() is { } fault ? throw new BadInput(fault) : Source.File(network, path);
    }

    private static Recipe Basis(string name) => name switch
    {
        "crd" => Recipes.Crd,
        "short" => Recipes.Short,
        _ => throw new BadInput($"There is no recipe '{name}'{Nearest.Hint(name, ["crd", "short"])}: choose crd or short."),
    };

    private static Budget Named(string name) =>
        Budget.All.FirstOrDefault(b => b.Name == name) ?? throw new BadInput($"There is no budget '{name}'{Nearest.Hint(name, Budget.All.Select(b => b.Name))}: choose one of {string.Join(", ", Budget.All.Select(b => b.Name))}.");

    // Told before the data set is fetched.
    private static Experiment Taught(Experiment one) =>
        one.Teachers.Count > 0 ? one : throw new BadInput($"The method '{one.Method.Name}' needs a teacher; give --teacher NAME, or choose the method 'none'.");

    private static string[] Parts(string method) => method.Split('+', StringSplitOptions.TrimEntries);

    // "temperature=2" is for the only method, "kd.temperature=2" for one of several or for a part of a sum.
    private static Dictionary<string, Schedule> Settings(string method, bool several, IEnumerable<string> texts)
    {
        var result = new Dictionary<string, Schedule>();
        foreach (var text in texts)
        {
            var parts = text.Split('=', 2);
            var (owner, key) = parts[0].Split('.', 2) is [var o, var k] ? (o, k) : (several || Parts(method).Length > 1 ? "" : method, parts[0]);
            if (parts.Length != 2 || owner.Length == 0 || Value(parts[1]) is not { } value)
            {
                throw new BadInput($"--set {text} cannot be read; write NAME=NUMBER or NAME=FROM..TO, or METHOD.NAME=NUMBER when there are several methods or a sum.");
            }

            if (Parts(method).Contains(owner) && !result.TryAdd(Parts(method).Length > 1 ? $"{owner}.{key}" : key, value))
            {
                throw new BadInput($"--set {text} sets '{key}' of '{owner}' a second time; give every setting once.");
            }
        }

        return result;
    }

    private static Schedule? Value(string text) => text.Split("..") switch
    {
        [var one] when Number(one) is { } number => number,
        [var from, var to] when Number(from) is { } start && Number(to) is { } end => new Schedule.Linear(start, end),
        _ => null,
    };

    private static double? Number(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null;
}
