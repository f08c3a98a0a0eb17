using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Distillation.Cli.Benchmarking;

/// <summary>Our side of every kind of work.</summary>
internal static class Ours
{
    private const int Seed = 0;

    /// <summary>The side that does what a case says.</summary>
    /// <param name="one">The case.</param>
    /// <param name="mode">What it computes in.</param>
    /// <param name="data">Images of the case's shapes.</param>
    /// <param name="device">Where they lie.</param>
    /// <param name="threads">Threads of an operator.</param>
    /// <param name="note">Is told which steps are replayed, where the mode asks for that.</param>
    public static ISide Of(BenchCase one, Mode mode, LoadedDataset data, Device device, int threads, Action<string>? note = null)
    {
        var recipe = RecipeOf(one, mode);
        Replaying? Graphs() => !mode.Captured ? null : new Replaying(recipe.BatchSize, CudaGraphs.On(device), (learner, reason) =>
            note?.Invoke($"{one.Name} in {mode.Name}: {learner.Name} {(reason is null ? "is replayed as a CUDA graph" : $"runs operator by operator: {reason}")}"));
        return one.Work switch
        {
            Work.Teacher => new Answering(mode.Name, Stream(one, recipe, data, device, []), threads),
            Work.Pipeline => new Making(mode.Name, Stream(one, recipe, data, device, []), 1),
            Work.Lockstep or Work.Methods => new Learning($"{mode.Name}, {one.Students} side by side", Stream(one, recipe, data, device, Taught(one)), threads, Graphs()),
            _ => new Learning(mode.Name, Stream(one, recipe, data, device, Taught(one)), threads, Graphs()),
        };
    }

    /// <summary>What is done side by side, done one after the other: of students that are all alike one is enough, methods have a turn each. Of a network with exits or in few bits, the same without.</summary>
    public static ISide Alone(BenchCase one, Mode mode, LoadedDataset data, Device device, int threads) => one.Work is Work.Exits or Work.Quantized
        ? new Learning($"{mode.Name}, {(one.Work is Work.Exits ? "without exits" : "in floating point")}", Stream(one with { Student = one.Student!.Split('+')[0] }, RecipeOf(one, mode), data, device, [Methods.None]), threads)
        : one.Work is Work.Methods
        ? new OneByOne($"{mode.Name}, one by one", [.. Taught(one).Select(method => new Learning(method.Name, Stream(one, RecipeOf(one, mode), data, device, [method]), threads))])
        : new Learning($"{mode.Name}, one", Stream(one, RecipeOf(one, mode), data, device, [.. Taught(one).Take(1)]), threads);

    /// <summary>The recipe of a case: the CIFAR-100 protocol in the mode.</summary>
    public static Recipe RecipeOf(BenchCase one, Mode mode) => Recipes.Crd with { BatchSize = one.Batch, Compute = mode.Compute, ChannelsLast = mode.ChannelsLast };

    /// <summary>Trainable values of the teacher and one student.</summary>
    public static long Parameters(BenchCase one) => new[] { one.Teacher, one.Student }.OfType<string>().Sum(name => Network(name, one).ParameterCount);

    private static IReadOnlyList<Method> Taught(BenchCase one) => one.Work switch
    {
        Work.Methods => [.. BenchCase.Fifteen.Select(name => MethodCatalog.Named(name))],
        Work.Student or Work.Quantized => [Methods.None],
        Work.Exits => [Methods.Exits()],
        _ => [.. Enumerable.Repeat(Methods.Hinton(), one.Students)],
    };

    private static BatchStream Stream(BenchCase one, Recipe recipe, LoadedDataset data, Device device, IReadOnlyList<Method> methods)
    {
        using var scope = NewDisposeScope();
        var key = Key.Of(Seed);
        var teacher = one.Teacher is { } name ? Frozen(Network(name, one), recipe, key, device) : null;
        var learners = methods.Select((method, number) => new Learner(
            $"student {number}", Network(one.Student!, one), Network(one.Student!, one).Initialize(key.Fold(number), device).Keep(), method, teacher is null ? [] : [teacher.Network], new LearningTask.Classes(), recipe, key));
        return new(data, teacher is null ? [] : [teacher], [.. learners], recipe, key.Fold("stream"));
    }

    private static Network Network(string name, BenchCase one) => NetworkCatalog.Named(name, one.Dataset.Classes, one.Dataset.Channels, one.Dataset.Height);

    private static FrozenNetwork Frozen(Network network, Recipe recipe, Key key, Device device)
    {
        using var weights = network.Initialize(key.Fold("teacher"), device);
        return network.Frozen(weights, recipe.ImageType, recipe.ChannelsLast);
    }

    // What a side's clock must have seen finished.
    private static void Wait(Device device)
    {
        if (device.type == DeviceType.CUDA)
        {
            cuda.synchronize(device);
        }
    }

    private static Window Timed(int threads, int warm, int steps, long images, Device device, Action<int> run)
    {
        set_num_threads(threads);
        run(warm);
        Wait(device);
        var clock = Stopwatch.StartNew();
        run(steps);
        Wait(device);
        return new(steps * images, clock.Elapsed.TotalSeconds);
    }

    /// <summary>The fold's own steps over a stream: augmentation, teacher, and every learner after it.</summary>
    private sealed class Learning : ISide
    {
        private readonly BatchStream stream;
        private readonly int threads;
        private readonly IReadOnlyList<Prepared> prepared;
        private readonly LearnerState[] states;
        private readonly Replaying? replaying;
        private Tensor order;
        private long at;

        public Learning(string name, BatchStream stream, int threads, Replaying? replaying = null)
        {
            (Name, this.stream, this.threads, this.replaying) = (name, stream, threads, replaying);
            prepared = [.. stream.Learners.Select(learner => learner.Prepare())];
            // Where a method has a phase in front, what counts is the one that the published schedule is about.
            states = [.. stream.Learners.Zip(prepared, (learner, method) => LearnerState.Begin(learner, method, stream.Labels).Enter(learner, method.Stretches(stream.Recipe.Epochs)[^1] with { First = 0 }))];
            order = stream.Order(0).DetachFromDisposeScope();
        }

        public string Name { get; }

        public Window Measure(int warm, int steps)
        {
            var (clock, before) = (new StageClock(), (IReadOnlyDictionary<Stage, double>?)null);
            var window = Timed(threads, warm, steps, stream.Recipe.BatchSize * stream.Learners.Count, order.device, count =>
            {
                before = clock.Seconds;
                Run(count, clock);
            });
            return window with { Split = [.. clock.Seconds.Select(part => (part.Key.ToString().ToLowerInvariant(), part.Value - before![part.Key]))] };
        }

        public void Dispose()
        {
            replaying?.Dispose();
            order.Dispose();
            stream.Teachers.ToList().ForEach(teacher => teacher.Dispose());
            foreach (var (learner, state) in stream.Learners.Zip(states))
            {
                learner.Start.Dispose();
                state.Dispose();
            }
        }

        private void Run(int steps, StageClock clock)
        {
            for (var i = 0; i < steps; i++, at++)
            {
                // Whole batches only, as on the other side.
                var perEpoch = stream.Data.Train.Count / stream.Recipe.BatchSize;
                var (epoch, step) = ((int)(at / perEpoch), at % perEpoch);
                if (step == 0 && at > 0)
                {
                    order.Dispose();
                    order = stream.Order(epoch).DetachFromDisposeScope();
                }

                using var scope = NewDisposeScope();
                var batch = stream.At(epoch, step, order, scope, clock);
                replaying?.Begin(batch);
                for (var learner = 0; learner < states.Length; learner++)
                {
                    var (state, who, how) = (states[learner], stream.Learners[learner], prepared[learner]);
                    states[learner] = replaying?.Step(state, who, how, batch) ?? state.Step(who, how, batch);
                }

                replaying?.End(batch);
            }

            // As at the end of an epoch: what was counted is read.
            foreach (var state in states)
            {
                state.Sums.cpu().Dispose();
            }
        }
    }

    /// <summary>Runs after one another, as somebody does who starts them by hand: a step of this side is one of each.</summary>
    private sealed class OneByOne(string name, IReadOnlyList<Learning> runs) : ISide
    {
        public string Name => name;

        public Window Measure(int warm, int steps)
        {
            var windows = runs.Select(run => run.Measure(warm, steps)).ToList();
            return new(windows.Sum(window => window.Images), windows.Sum(window => window.Seconds));
        }

        public void Dispose() => runs.ToList().ForEach(run => run.Dispose());
    }

    /// <summary>A frozen teacher's forward on one batch.</summary>
    private sealed class Answering(string name, BatchStream stream, int threads) : ISide
    {
        private readonly Tensor images = First(stream);

        public string Name => name;

        public Window Measure(int warm, int steps) => Timed(threads, warm, steps, stream.Recipe.BatchSize, images.device, Run);

        public void Dispose()
        {
            images.Dispose();
            stream.Teachers[0].Dispose();
        }

        private void Run(int steps)
        {
            for (var i = 0; i < steps; i++)
            {
                using var scope = NewDisposeScope();
                stream.Teachers[0].Apply(images);
            }
        }

        private static Tensor First(BatchStream stream)
        {
            using var scope = NewDisposeScope();
            return stream.At(0, 0, stream.Order(0), scope).Images(View.Plain).DetachFromDisposeScope();
        }
    }

    /// <summary>Batches that nobody learns.</summary>
    private sealed class Making(string name, BatchStream stream, int threads) : ISide
    {
        private readonly Tensor order = stream.Order(0).DetachFromDisposeScope();
        private long at;

        public string Name => name;

        public Window Measure(int warm, int steps) => Timed(threads, warm, steps, stream.Recipe.BatchSize, order.device, Run);

        public void Dispose() => order.Dispose();

        private void Run(int steps)
        {
            for (var i = 0; i < steps; i++, at++)
            {
                using var scope = NewDisposeScope();
                stream.At(0, at % (stream.Data.Train.Count / stream.Recipe.BatchSize), order, scope);
            }
        }
    }
}
