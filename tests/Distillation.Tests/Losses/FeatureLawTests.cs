using FsCheck;
using FsCheck.Fluent;
using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>What must be true of the formulas of maps, embeddings and whole batches, whatever the numbers.</summary>
public sealed class FeatureLawTests
{
    private static readonly Dictionary<string, Func<Tensor, Tensor, Tensor>> maps = new()
    {
        [nameof(Losses.Hint)] = Losses.Hint,
        [nameof(Losses.AttentionTransfer)] = Losses.AttentionTransfer,
        [nameof(Losses.FactorTransfer)] = (s, t) => Losses.FactorTransfer(s, t),
        ["whole factors"] = (s, t) => Losses.FactorTransfer(s, t, whole: true),
        [nameof(Losses.FeatureEnsemble)] = (s, t) => Losses.FeatureEnsemble(s, t),
        [nameof(Losses.SimilarityPreserving)] = Losses.SimilarityPreserving,
        [nameof(Losses.NeuronSelectivity)] = Losses.NeuronSelectivity,
        [nameof(Losses.ChannelCorrelation)] = Losses.ChannelCorrelation,
        [nameof(Losses.HierarchicalContext)] = Losses.HierarchicalContext,
        [nameof(Losses.PooledHint)] = Losses.PooledHint,
        [nameof(Losses.ClassMaps)] = (s, t) => Losses.ClassMaps(s, t),
    };

    private static readonly Dictionary<string, Func<Tensor, Tensor, Tensor>> embeddings = new()
    {
        [nameof(Losses.CorrelationCongruence)] = (s, t) => Losses.CorrelationCongruence(s, t),
        [nameof(Losses.RelationalDistance)] = Losses.RelationalDistance,
        [nameof(Losses.RelationalAngle)] = Losses.RelationalAngle,
        [nameof(Losses.ProbabilisticTransfer)] = Losses.ProbabilisticTransfer,
        [nameof(Losses.InterClass)] = (s, t) => Losses.InterClass(s, t),
        [nameof(Losses.IntraClass)] = (s, t) => Losses.IntraClass(s, t),
        [nameof(Losses.BatchLevel)] = (s, t) => Losses.BatchLevel(s, t),
        [nameof(Losses.ClassLevel)] = (s, t) => Losses.ClassLevel(s, t),
    };

    private static readonly Dictionary<string, Func<Tensor, Tensor, Tensor>> all =
        maps.Concat(embeddings).Append(new(nameof(Losses.MutualInformation), Losses.MutualInformation)).Append(new(nameof(Losses.CorrelationInformation), (s, t) => Losses.CorrelationInformation(s, t))).ToDictionary();

    // Whose own length does not count: directions, shapes of distributions, cosines. Of PKT this is true up to the small number in its logarithms only.
    private static readonly string[] ofDirections =
    [
        nameof(Losses.AttentionTransfer), nameof(Losses.FactorTransfer), "whole factors", nameof(Losses.FeatureEnsemble), nameof(Losses.SimilarityPreserving), nameof(Losses.NeuronSelectivity),
        nameof(Losses.ChannelCorrelation), nameof(Losses.CorrelationCongruence), nameof(Losses.RelationalDistance), nameof(Losses.RelationalAngle), nameof(Losses.MutualInformation),
        nameof(Losses.CorrelationInformation),
    ];

    // Who only asks how alike two embeddings are: turning all of them changes nothing.
    private static readonly string[] ofRelations =
    [
        nameof(Losses.CorrelationCongruence), nameof(Losses.RelationalDistance), nameof(Losses.RelationalAngle), nameof(Losses.ProbabilisticTransfer), nameof(Losses.MutualInformation),
    ];

    private static Gen<Case> Cases { get; } =
        from batch in Law.Whole(2, 5)
        from channels in Law.Whole(2, 6)
        from side in Law.Whole(2, 4)
        from seed in Law.Seed
        select new Case(batch, channels, side, Key.Of(seed));

    public static TheoryData<string> Names => [.. all.Keys];

    // DIST's correlations have a small number in their denominator, which is a part of it where probabilities hardly differ.
    public static TheoryData<string> Distances => [.. maps.Keys, .. embeddings.Keys.Except([nameof(Losses.InterClass), nameof(Losses.IntraClass)])];

    public static TheoryData<string> Directions => [.. ofDirections];

    public static TheoryData<string> Relations => [.. ofRelations];

    [Theory]
    [MemberData(nameof(Distances))]
    public void A_student_that_is_its_teacher_has_nothing_to_learn(string name) => Holds(name, (one, loss) => Near(0, loss(one.Teacher(name), one.Teacher(name))));

    [Theory]
    [MemberData(nameof(Distances))]
    public void A_student_that_is_not_its_teacher_has_something_to_learn(string name) => Holds(name, (one, loss) => Value(loss(one.Student(name), one.Teacher(name))) > -1e-12);

    [Theory]
    [MemberData(nameof(Names))]
    public void The_order_of_the_samples_does_not_matter(string name) => Holds(name, (one, loss) =>
    {
        var order = tensor(Enumerable.Range(0, one.Batch).Select(i => (long)((i + 1) % one.Batch)).ToArray());
        var (student, teacher) = (one.Student(name), one.Teacher(name));
        return Near(Value(loss(student, teacher)), loss(student.index_select(0, order), teacher.index_select(0, order)));
    });

    [Theory]
    [MemberData(nameof(Directions))]
    public void How_large_the_students_features_are_does_not_matter(string name) => Holds(name, (one, loss) =>
        Near(Value(loss(one.Student(name), one.Teacher(name))), loss(one.Student(name) * 3.5, one.Teacher(name))));

    [Theory]
    [MemberData(nameof(Relations))]
    public void A_turn_of_all_embeddings_does_not_matter(string name) => Holds(name, (one, loss) =>
    {
        // A reflection at the plane that a unit vector stands on.
        var across = nn.functional.normalize(one.Key.Fold("across").Normal([one.Channels, 1], CPU).to_type(ScalarType.Float64), dim: 0);
        var turn = eye(one.Channels, dtype: ScalarType.Float64) - (across.matmul(across.t()) * 2);
        return Near(Value(loss(one.Student(name), one.Teacher(name))), loss(one.Student(name).matmul(turn), one.Teacher(name)));
    });

    [Theory]
    [MemberData(nameof(Names))]
    public void Nothing_flows_back_into_the_teacher(string name) => Holds(name, (one, loss) =>
    {
        var (student, teacher) = (one.Student(name).requires_grad_(true), one.Teacher(name).requires_grad_(true));
        loss(student, teacher).mean().backward();
        return teacher.grad is null && student.grad is not null;
    });

    private static void Holds(string name, Func<Case, Func<Tensor, Tensor, Tensor>, bool> law) => Law.Holds(Cases, one =>
    {
        using var scope = NewDisposeScope();
        return law(one, all[name]);
    });

    private static double Value(Tensor loss) => loss.mean().item<double>();

    // As near as the small numbers come that some formulas add to a norm.
    private static bool Near(double expected, Tensor loss) => Math.Abs(Value(loss) - expected) <= 1e-4 * Math.Max(1, Math.Abs(expected));

    private sealed record Case(int Batch, int Channels, int Side, Key Key)
    {
        public Tensor Student(string name) => Features("student", name);

        public Tensor Teacher(string name) => Features("teacher", name);

        private Tensor Features(string who, string name) =>
            Key.Fold(who).Normal(maps.ContainsKey(name) ? [Batch, Channels, Side, Side] : [Batch, Channels], CPU).to_type(ScalarType.Float64);
    }
}
