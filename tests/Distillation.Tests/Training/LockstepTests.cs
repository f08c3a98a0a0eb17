using static TorchSharp.torch;

namespace Distillation.Tests;

public sealed class LockstepTests : IDisposable
{
    private readonly LoadedDataset data = Toy.Load();
    private readonly Weights teacherWeights = Toy.Start(Toy.ResNet, 7);
    private readonly FrozenNetwork teacher;

    public LockstepTests() => teacher = Toy.ResNet.Frozen(teacherWeights);

    public void Dispose()
    {
        data.Dispose();
        teacher.Dispose();
        teacherWeights.Dispose();
    }

    [Fact]
    public void Two_students_side_by_side_get_the_bits_that_each_gets_alone()
    {
        var (labels, kd) = (Toy.Learner(Methods.None), Toy.Learner(Methods.Hinton(), teacher: Toy.ResNet));

        var together = Fold.Run([Toy.Stream(data, [labels, kd], teacher)]);

        Toy.Same(Toy.Alone(data, labels), together[0]);
        Toy.Same(Toy.Alone(data, kd, teacher), together[1]);
        Assert.NotEqual(Toy.Bits(together[0].Last), Toy.Bits(together[1].Last));
    }

    [Fact]
    public void Plain_images_at_the_front_of_a_view_are_put_to_the_teacher_once_whoever_asks_first()
    {
        Tensor Answered(params View[] asked)
        {
            using var home = NewDisposeScope();
            using var quiet = no_grad();
            var batch = new Batch(Key.Of(1).Normal([6, 1, 8, 8], CPU), null, null, new Progress(0, 1, 0, 1), Key.Of(2), [teacher], home);
            var plainly = teacher.Apply(batch.Images(Rotations.View));
            foreach (var view in asked)
            {
                batch.Teacher(view);
            }

            var (turned, upright) = (batch.Teacher(Rotations.View), batch.Teacher(View.Plain));
            Assert.Equal(plainly.Taps.Select(tap => tap.Name), turned.Taps.Select(tap => tap.Name));
            foreach (var (whole, once, plain) in plainly.Taps.Zip(turned.Taps, upright.Taps).Select(taps => (taps.First.Value, taps.Second.Value, taps.Third.Value))
                .Append((plainly.Logits, turned.Logits, upright.Logits)).Append((plainly.Pooled!, turned.Pooled!, upright.Pooled!)))
            {
                Golden.Close(Golden.Flat(whole), Golden.Flat(once), relative: 1e-5, absolute: 1e-6);
                Assert.Equal(Golden.Bits(plain.clone()), Golden.Bits(Rotations.Upright(once).clone()));
            }

            return turned.Logits.MoveToOuterDisposeScope();
        }

        using var outer = NewDisposeScope();
        Assert.Equal(Golden.Bits(Answered(View.Plain, Rotations.View)), Golden.Bits(Answered(Rotations.View)));
    }

    [Fact]
    public void Neither_order_nor_company_changes_a_student()
    {
        Learner[] learners =
        [
            Toy.Learner(Methods.Hinton(temperature: 2), teacher: Toy.ResNet),
            Toy.Learner(Methods.None, Toy.ResNet),
            Toy.Learner(Methods.None, recipe: Toy.Recipe with { Optimizer = new Optimizer.Adam(), Rate = 0.01, ClipNorm = 0.5, Average = 0.9 }),
        ];

        var forwards = Fold.Run([Toy.Stream(data, learners, teacher, Toy.Recipe)]);
        var backwards = Fold.Run([Toy.Stream(data, [.. learners.Reverse()], teacher, Toy.Recipe)]);

        foreach (var (learner, here, there) in learners.Zip(forwards, backwards.Reverse()))
        {
            Toy.Same(here, there);
            Toy.Same(Toy.Alone(data, learner, teacher), here);
        }
    }

    [Fact]
    public void Streams_of_several_seeds_run_interleaved_and_get_the_bits_that_each_gets_alone()
    {
        var learners = new long[] { 1, 2 }.Select(seed => Toy.Learner(Methods.Hinton(), seed: seed, teacher: Toy.ResNet)).ToList();

        var together = Fold.Run([.. learners.Select((learner, i) => Toy.Stream(data, [learner, Toy.Learner(Methods.None, seed: i + 1)], teacher, seed: i + 1))]);

        Toy.Same(Toy.Alone(data, learners[0], teacher), together[0]);
        Toy.Same(Toy.Alone(data, learners[1], teacher), together[2]);
        Assert.NotEqual(Toy.Bits(together[0].Last), Toy.Bits(together[2].Last));
    }

    [Fact]
    public void A_run_repeated_gives_the_same_bits_whatever_was_drawn_in_between()
    {
        var learner = Toy.Learner(Methods.None, Toy.ResNet);
        var first = Toy.Alone(data, learner);
        manual_seed(99);
        rand(1000).Dispose();

        Toy.Same(first, Toy.Alone(data, learner));
    }

    [Fact]
    public void The_weights_that_a_learner_starts_from_stay_as_they_are()
    {
        var learner = Toy.Learner(Methods.None);
        var before = Toy.Bits(learner.Start);

        var learned = Toy.Alone(data, learner);

        Assert.Equal(before, Toy.Bits(learner.Start));
        Assert.NotEqual(before, Toy.Bits(learned.Last));
        Assert.False(learner.Start.Parameters.requires_grad);
    }

    [Fact]
    public void Streams_of_different_length_are_refused()
    {
        var streams = new[] { Toy.Recipe, Toy.Recipe with { Epochs = 3 } }.Select(recipe => Toy.Stream(data, [Toy.Learner(Methods.None, recipe: recipe)])).ToList();

        Assert.Throws<ArgumentException>(() => Fold.Run(streams));
    }
}
