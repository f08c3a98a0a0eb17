using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>
/// Steps that are recorded and replayed. Here the recorder remembers the work and does it again into the same tensors, as a captured graph does: whatever the work reads besides tensors is as old as the recording.
/// </summary>
public sealed class ReplayTests : IDisposable
{
    private static readonly Network Plain = Toy.Tiny("plain", dropout: 0);
    private static readonly Recipe Recipe = Toy.Recipe with { Epochs = 4 };

    private readonly LoadedDataset data = Toy.Load();
    private readonly Weights weights = Toy.Start(Toy.ResNet, 7);
    private readonly FrozenNetwork teacher;
    private int recorded, replayed, alive;

    public ReplayTests() => teacher = Toy.ResNet.Frozen(weights);

    public void Dispose()
    {
        teacher.Dispose();
        weights.Dispose();
        data.Dispose();
    }

    [Theory]
    [InlineData("none")]
    [InlineData("kd")]
    [InlineData("kd+at")]
    [InlineData("fitnet")]
    [InlineData("vid")]
    [InlineData("rkd")]
    [InlineData("dkd")]
    [InlineData("lskd")]
    [InlineData("ctkd")]
    [InlineData("dml")]
    public void Replayed_steps_give_the_bits_of_ordinary_ones(string method)
    {
        var learner = Learner(method);
        var said = new List<string?>();

        var learned = Run([learner], (_, reason) => said.Add(reason));

        Assert.Equal([null], said);
        // 24 steps in four epochs, of which four are of a smaller batch.
        Assert.InRange(replayed, 8, 40);
        Toy.Same(Fold.Run([Stream([learner])]).Single(), learned.Single());
        Assert.Equal(0, alive);
    }

    [Fact]
    public void Company_in_lockstep_is_replayed_or_not_each_by_itself()
    {
        Learner[] learners = [Learner("kd"), Learner("crd"), Learner("sskd"), Learner("mlkd"), Learner("none", Toy.Network)];
        var said = new Dictionary<string, string?>();

        var together = Run(learners, (learner, reason) => said.Add(learner.Name, reason));

        foreach (var (alone, here) in Fold.Run([Stream(learners)]).Zip(together))
        {
            Toy.Same(alone, here);
        }

        Assert.Null(said[learners[0].Name]);
        Assert.Equal("its method remembers something from step to step", said[learners[1].Name]);
        Assert.Null(said[learners[2].Name]);
        Assert.Equal("its step draws, or looks at how far the run is", said[learners[4].Name]);
        Assert.Equal(0, alive);
    }

    [Fact]
    public void A_schedule_that_stands_still_for_a_while_is_recorded_anew_when_it_moves()
    {
        var learner = Learner(Methods.Hinton(weight: new Schedule.MultiStep(0.9, 0.5, [0.5]), temperature: new Schedule.MultiStep(4, 0.5, [0.75])), Recipe with { Epochs = 40 });

        var learned = Run([learner]);

        Assert.Equal(3 + 1, recorded);
        Toy.Same(Fold.Run([Stream([learner])]).Single(), learned.Single());
    }

    [Fact]
    public void A_schedule_that_moves_with_every_step_is_given_up()
    {
        var learner = Learner(Methods.Hinton(weight: new Schedule.Linear(1, 0)), Recipe);
        var said = new List<string?>();

        var learned = Run([learner], (_, reason) => said.Add(reason));

        Assert.Equal(["its weights or temperatures change from step to step"], said);
        Toy.Same(Fold.Run([Stream([learner])]).Single(), learned.Single());
        Assert.Equal(0, alive);
    }

    [Fact]
    public void Phases_are_recorded_one_by_one()
    {
        var learner = Learner(Methods.FitNetTwoStage(), Recipe with { Epochs = 6 });

        var learned = Run([learner]);

        Toy.Same(Fold.Run([Stream([learner])]).Single(), learned.Single());
        Assert.InRange(replayed, 8, 100);
        Assert.Equal(0, alive);
    }

    [Fact]
    public void A_fold_with_recordings_leaves_nothing_behind_but_the_weights_it_hands_over()
    {
        Learner[] learners = [Learner("kd"), Learner("sskd"), Learner("none", Toy.Network)];
        Run(learners).ToList().ForEach(learned => learned.Last.Dispose());
        var before = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        var learned = Run(learners);

        Assert.Equal(before + (2 * learners.Length), TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        learned.ToList().ForEach(one => one.Last.Dispose());
    }

    [Fact]
    public void As_many_tensors_live_after_step_190_as_after_step_20()
    {
        var counts = new Dictionary<long, long>();
        // Told by a neighbour that is not replayed, for it looks at how far the run is.
        var probe = Toy.Watched(step => counts[step.Progress.Step] = Tensor.TotalCount);
        var recipe = Recipe with { Epochs = 34 };
        Learner[] learners = [Toy.Learner(probe, Plain, recipe), Learner(Methods.Hinton(), recipe), Learner(MethodCatalog.Named("sskd", new Dictionary<string, double>([new("epochs", 0)])), recipe, Toy.ResNet)];
        GC.Collect();
        GC.WaitForPendingFinalizers();

        Run(learners).ToList().ForEach(learned => learned.Last.Dispose());

        Assert.InRange(replayed, 300, 700);
        Assert.Equal(counts[20], counts[190]);
    }

    [Fact]
    public void A_replay_that_comes_out_otherwise_is_not_believed()
    {
        var learner = Learner("kd");
        var said = new List<string?>();

        var learned = Fold.Run([Stream([learner])], new Watcher(OnReplay: (_, reason) => said.Add(reason)), recorder: work => Record(work) with { Replay = () => { } });

        Assert.Equal(["its teachers answered otherwise when they were replayed"], said);
        Toy.Same(Fold.Run([Stream([learner])]).Single(), learned.Single());

        said.Clear();
        var untaught = Learner("none");
        var alone = Fold.Run([Stream([untaught])], new Watcher(OnReplay: (_, reason) => said.Add(reason)), recorder: work => Record(work) with { Replay = () => { } });

        Assert.Equal(["its gradients came out otherwise when they were replayed"], said);
        Toy.Same(Fold.Run([Stream([untaught])]).Single(), alone.Single());
    }

    [Fact]
    public void Work_that_cannot_be_recorded_goes_on_step_by_step_and_says_why()
    {
        var learner = Learner("kd");
        var said = new List<string?>();

        var learned = Fold.Run([Stream([learner])], new Watcher(OnReplay: (_, reason) => said.Add(reason)), recorder: _ => throw new RecordingFailed("it could not be captured (no room)"));

        Assert.Equal(["it could not be captured (no room)"], said);
        Toy.Same(Fold.Run([Stream([learner])]).Single(), learned.Single());
    }

    [Fact]
    public void Graphs_are_refused_in_a_sentence_where_there_is_no_gpu()
    {
        Assert.Equal("CUDA graphs are for a GPU, and this computes on cpu.", CudaGraphs.Absence(CPU));
        Assert.Throws<BadInput>(() => CudaGraphs.On(CPU));
    }

    private static Learner Learner(Method method, Recipe recipe, Network? network = null) =>
        Toy.Learner(method, network ?? (method.Name.StartsWith("fitnet", StringComparison.Ordinal) ? Toy.ResNet : Plain), recipe, teacher: method.Teacher.Count.Most == 0 ? null : Toy.ResNet);

    private static Learner Learner(string method, Network? network = null) => Learner(MethodCatalog.Named(method), Recipe, network ?? Toy.ResNet);

    private BatchStream Stream(IReadOnlyList<Learner> learners) => Toy.Stream(data, learners, teacher);

    private IReadOnlyList<Learned> Run(IReadOnlyList<Learner> learners, Action<Learner, string?>? told = null) =>
        Fold.Run([Stream(learners)], new Watcher(OnReplay: told), recorder: Record);

    private Recording Record(Func<IReadOnlyList<Tensor>> work)
    {
        using var scope = NewDisposeScope();
        var results = work().Select(result => result.clone().DetachFromDisposeScope()).ToList();
        recorded++;
        alive++;
        return new Recording(
            results,
            () =>
            {
                using var inner = NewDisposeScope();
                var again = work();
                using var quiet = no_grad();
                foreach (var (result, value) in results.Zip(again))
                {
                    result.copy_(value);
                }

                replayed++;
            },
            () => alive--);
    }
}
