using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>What a method costs beside learning from labels.</summary>
/// <param name="Method">Its name and settings.</param>
/// <param name="StepSeconds">The median over the turns of one step's time, batch, teacher and update included; of the last phase where a method has several.</param>
/// <param name="Adapters">Parameters that learn beside the student and are dropped afterwards.</param>
/// <param name="HeldBytes">Bytes that stay between steps beside the student's own: adapters, what the optimizer keeps of them, and the method's memory.</param>
public sealed record MethodCost(Method Method, double StepSeconds, long Adapters, long HeldBytes);

/// <summary>Measures methods in turns, so that a disturbance of the machine meets all of them.</summary>
public static class MethodCosts
{
    /// <summary>Runs a few real steps of every method, each with a student of its own from the same first weights, and takes the median of their times.</summary>
    /// <param name="data">Whose images are learned.</param>
    /// <param name="teacher">A frozen teacher; methods without one do not ask it.</param>
    /// <param name="student">The network that learns.</param>
    /// <param name="methods">The methods.</param>
    /// <param name="recipe">Batch size, augmentation, dtype and optimizer.</param>
    /// <param name="turns">How often each has its turn; 1 or more. A turn is two steps, of which the second counts.</param>
    /// <param name="within">No turn begins after so many seconds, except the first.</param>
    public static IReadOnlyList<MethodCost> Measure(LoadedDataset data, FrozenNetwork teacher, Network student, IReadOnlyList<Method> methods, Recipe recipe, int turns = 5, double within = double.PositiveInfinity)
    {
        if (turns < 1)
        {
            throw new BadInput($"{turns} turns measure nothing; take 1 or more.");
        }

        var device = data.Train.Images.device;
        using var start = student.Initialize(Key.Of(0), device).Keep();
        var runs = new List<OneMethod>();
        try
        {
            runs.AddRange(methods.Select(method => OneMethod.Of(data, teacher, new Learner(
                method.Name, student, start, method, method.Teacher is Teacher.None ? [] : [teacher.Network], new LearningTask.Classes(), recipe, Key.Of(0)))));
            var clock = Stopwatch.StartNew();
            var times = Enumerable.Range(0, turns).TakeWhile(turn => turn == 0 || clock.Elapsed.TotalSeconds < within).Select(turn => runs.Select(run => run.Turn(turn)).ToList()).ToList();
            return
            [
                .. runs.Select((run, i) => new MethodCost(
                    run.Learner.Method, times.Select(turn => turn[i]).Order().ElementAt(times.Count / 2), run.State.Players.Sum(player => player.Weights.Parameters.numel()), run.HeldBytes)),
            ];
        }
        finally
        {
            runs.ForEach(run => run.Dispose());
        }
    }

    // One learner that never ends its last phase.
    private sealed class OneMethod(BatchStream stream, Prepared prepared, Stretch stretch, LearnerState state) : IDisposable
    {
        private readonly Tensor order = stream.Order(stretch.First).DetachFromDisposeScope();

        public LearnerState State { get; private set; } = state;

        public Learner Learner => stream.Learners[0];

        public long HeldBytes => State.Players.Sum(player => Bytes(player.Weights.Parameters) + Bytes(player.Weights.Buffers) + player.Slots.Tensors.Sum(Bytes)) + State.Memory.Tensors.Values.Sum(Bytes);

        public static OneMethod Of(LoadedDataset data, FrozenNetwork teacher, Learner learner)
        {
            var prepared = learner.Prepare();
            var stretch = prepared.Stretches(learner.Recipe.Epochs)[^1];
            var stream = new BatchStream(data, learner.Teachers.Count == 0 ? [] : [teacher], [learner], learner.Recipe, learner.Key.Fold("stream"))
            {
                Feed = learner.Method.Feed,
                Elsewhere = learner.Method.Feed is Feed.Other or Feed.Recorded ? data : null,
                Epochs = prepared.Epochs(learner.Recipe.Epochs),
            };
            return new(stream, prepared, stretch, LearnerState.Begin(learner, prepared, stream.Labels, stream.Teachers).Enter(learner, stretch));
        }

        public double Turn(int turn)
        {
            var steps = Math.Max(1, stream.Count / stream.Recipe.BatchSize);
            Step(turn * 2 % steps);
            Wait();
            var clock = Stopwatch.StartNew();
            Step(((turn * 2) + 1) % steps);
            Wait();
            return clock.Elapsed.TotalSeconds;
        }

        public void Dispose()
        {
            order.Dispose();
            State.Dispose();
        }

        private void Step(long step)
        {
            using var scope = NewDisposeScope();
            State = State.Step(Learner, prepared, stream.At(stretch.First, step, order, scope));
        }

        private void Wait()
        {
            if (order.device.type == DeviceType.CUDA)
            {
                cuda.synchronize(order.device);
            }
        }

        private static long Bytes(Tensor tensor) => tensor.numel() * tensor.element_size();
    }
}
