using System.Text.Json;
using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>The losses that methods bring, against loops over samples, channels and pixels: values, per sample where they have them, and every gradient.</summary>
public sealed class GoldenDistillationTests
{
    private static readonly IReadOnlyDictionary<string, Func<GoldenInputs, Tensor>> formulas = new Dictionary<string, Func<GoldenInputs, Tensor>>
    {
        ["fitnet"] = i => Losses.Hint(i.Student, i.Teacher),
        ["at"] = i => Losses.AttentionTransfer(i.Student, i.Teacher),
        ["ft"] = i => Losses.FactorTransfer(i.Student, i.Teacher),
        ["ft_original"] = i => Losses.FactorTransfer(i.Student, i.Teacher, whole: true),
        ["sp"] = i => Losses.SimilarityPreserving(i.Student, i.Teacher),
        ["vid"] = i => Losses.VariationalInformation(i.Student, i["raw_variance"], i.Teacher),
        ["ab"] = i => Losses.ActivationBoundary(i.Student, i.Teacher),
        ["nst"] = i => Losses.NeuronSelectivity(i.Student, i.Teacher),
        ["fsp"] = i => Losses.SolutionFlow(i["student_bottom"], i["student_top"], i["teacher_bottom"], i["teacher_top"]),
        ["ickd"] = i => Losses.ChannelCorrelation(i.Student, i.Teacher),
        ["cc"] = i => Losses.NeighbourCongruence(i.Student, i.Teacher),
        ["cc_taylor"] = i => Losses.CorrelationCongruence(i.Student, i.Teacher, i.Number("gamma"), (int)i.Number("order")),
        ["rkd_distance"] = i => Losses.RelationalDistance(i.Student, i.Teacher),
        ["rkd_angle"] = i => Losses.RelationalAngle(i.Student, i.Teacher),
        ["pkt"] = i => Losses.ProbabilisticTransfer(i.Student, i.Teacher),
        ["dkd_tckd"] = i => Losses.TargetClass(i.Student, i.Teacher, i.Labels, i.Number("temperature")) * Square(i),
        ["dkd_nckd"] = i => Losses.OtherClasses(i.Student, i.Teacher, i.Labels, i.Number("temperature")) * Square(i),
        ["dkd"] = i => Losses.Decoupled(i.Student, i.Teacher, i.Labels, i.Number("alpha"), i.Number("beta"), i.Number("temperature")),
        ["dist_inter"] = i => Losses.InterClass(i.Student, i.Teacher, i.Number("temperature")),
        ["dist_intra"] = i => Losses.IntraClass(i.Student, i.Teacher, i.Number("temperature")),
        ["lskd"] = i => Losses.Hinton(Losses.Standardize(i.Student), Losses.Standardize(i.Teacher), i.Number("temperature")),
        ["ttm"] = i => Losses.TransformedTeacher(i.Student, i.Teacher, 1 / i.Number("exponent")),
        ["wttm"] = i => Losses.TransformedTeacher(i.Student, i.Teacher, 1 / i.Number("exponent"), weighted: true),
        ["crd_z"] = i => Losses.ContrastiveNormalizer(Losses.ContrastiveScores(i["anchors"], i["memory"], Rows(i), i.Number("temperature")), i["memory"].shape[0]),
        ["crd"] = i => Contrast(i, i.Student, i["memory_teacher"], "z_student") + Contrast(i, i.Teacher, i["memory_student"], "z_teacher"),
        ["afd"] = i => Losses.AttendedFeatures(i["queries"], i["keys"], i["position_teacher"], i["position_student"], Numbered(i, "h_teacher"), Numbered(i, "h_student")),
        ["afd_values"] = i => (Energy(i.Student, i.Teacher) - Energy(i.Teacher.detach(), i.Teacher)).square().mean([1]),
        ["sskd_head"] = i => Losses.CrossEntropy(Losses.Likeness(i["views"], i["originals"]), i["own"]),
        ["sskd_transformed"] = i => Losses.Selected(i.Student, i.Teacher, i.Labels, i.Number("temperature"), i.Number("share")),
        ["sskd_self"] = i => Losses.Selected(
            Losses.Likeness(i["student_views"], i["student_originals"]), Losses.Likeness(i["teacher_views"], i["teacher_originals"]), i["own"], i.Number("temperature"), i.Number("share")),
        ["rld_scd"] = i => Losses.SampleConfidence(i.Student, i.Teacher, i.Labels, i.Number("binary_temperature")),
        ["rld_mcd"] = i => Losses.MaskedCorrelation(i.Student, i.Teacher, i.Labels, i.Number("temperature")),
        ["rld"] = i => Losses.Refined(i.Student, i.Teacher, i.Labels, i.Number("alpha"), i.Number("beta"), i.Number("binary_temperature"), i.Number("temperature")),
        ["tf_kd"] = i => Losses.VirtualTeacher(i.Student, i.Labels, i.Number("temperature"), i.Number("correct")),
        ["dml"] = i => Losses.Mutual(i.Student, i["peers"]),
        ["nkd"] = i => Losses.Normalized(i.Student, i.Teacher, i.Labels, i.Number("temperature"), i.Number("gamma")),
        ["nkd_all_classes"] = i => Losses.Normalized(i.Student, i.Teacher, i.Labels, i.Number("temperature"), i.Number("gamma"), all: true),
        ["mlkd_batch"] = i => Losses.BatchLevel(i.Student, i.Teacher, i.Number("temperature")),
        ["mlkd_class"] = i => Losses.ClassLevel(i.Student, i.Teacher, i.Number("temperature")),
        ["mlkd"] = i => Losses.MultiLevel(i["student_weak"], i["teacher_weak"], i["student_strong"], i["teacher_strong"], i.List("temperatures")),
        ["hcl"] = i => Losses.HierarchicalContext(i.Student, i.Teacher),
        ["cat"] = i => Losses.ClassMaps(i.Student, i.Teacher, (int)i.Number("resolution"), i.Parameters.GetProperty("normalize").GetBoolean()),
        ["sdd_kd"] = i => Scales(i, (s, t, _) => Losses.Hinton(s, t, i.Number("temperature"))),
        ["sdd_dkd"] = i => Scales(i, (s, t, labels) => Losses.Decoupled(s, t, labels, i.Number("alpha"), i.Number("beta"), i.Number("temperature"))),
        ["simkd"] = i => Losses.PooledHint(i.Student, i.Teacher),
        ["ofd"] = i => Losses.PartialDistance(i.Student, i.Teacher, i["margins"]),
        ["itrd_correlation"] = i => Losses.CorrelationInformation(i.Student, i.Teacher, i.Number("alpha")),
        ["hsakd_joint"] = i => Losses.Joint(Parts(i["exits"]), i.Labels),
        ["hsakd_exits"] = i => Losses.Hierarchical(Parts(i.Student), Parts(i.Teacher), i.Number("temperature")),
        ["hsakd"] = i => Losses.CrossEntropy(Rotations.Upright(i["student_logits"]), i.Labels).mean()
            + Losses.Hierarchical(Parts(i.Student), Parts(i.Teacher), i.Number("temperature")).mean()
            + Losses.Hinton(i["student_logits"], i["teacher_logits"], i.Number("temperature")).mean(),
        ["self_taught"] = i => Losses.SelfTaught(Parts(i["exits"]), i["teacher_last"], i.Number("temperature")),
        ["feature_gap"] = i => Losses.FeatureGap(Parts(i["features"]), i["teacher_last"]),
        ["tskd"] = i => Parts(i["exits"]).Append(i["last"]).Select(exit => Losses.CrossEntropy(exit, i.Labels).mean()).Aggregate((sum, exit) => sum + exit)
            + Losses.Hierarchical([.. Parts(i["exits"]), i["last"]], [i.Teacher], i.Number("temperature")).mean()
            + (Losses.SelfTaught(Parts(i["exits"]), i["last"], i.Number("temperature")).mean() * i.Number("weight"))
            + (Losses.FeatureGap(Parts(i["features"]), i["teacher_feature"]) * i.Number("feature_weight")),
        ["multi_stage"] = i => Losses.MultiStage(Parts(i["exits"]), i.Teacher, i.Number("temperature")),
        ["one_to_one"] = i => Losses.OneToOne(Parts(i["exits"]), Parts(i.Teacher), i.Number("temperature")),
        ["mskd"] = i => AtExits(i, Losses.MultiStage(Parts(i["exits"]), i.Teacher, i.Number("temperature"))),
        ["oto"] = i => AtExits(i, Losses.OneToOne(Parts(i["exits"]), Parts(i.Teacher), i.Number("temperature"))),
        ["ensemble"] = i => Losses.CrossEntropy(i["exits"].mean([0]), i.Labels),
        ["itrd_mutual"] = i => Losses.MutualInformation(i.Student, i.Teacher),
    };

    private static readonly IReadOnlyDictionary<string, JsonElement> cases = GoldenInputs.Cases("features.json", "logits.json", "views.json", "exit_losses.json", "multi_stage.json");

    public static TheoryData<string> Cases => [.. cases.Where(golden => formulas.ContainsKey(golden.Value.GetProperty("loss").GetString()!)).Select(golden => golden.Key)];

    [Fact]
    public void Every_formula_has_golden_values()
    {
        var there = cases.Values.Select(golden => golden.GetProperty("loss").GetString()!).ToHashSet();

        Assert.All(formulas.Keys, name => Assert.Contains(name, there));
        Assert.True(Cases.Count > 350);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Value_and_gradients_are_those_of_the_loop(string name) => GoldenInputs.Compare(cases[name], name, Formula(name), ScalarType.Float64);

    [Theory]
    [MemberData(nameof(Cases))]
    public void In_float32_they_are_the_loops_up_to_rounding(string name) => GoldenInputs.Compare(cases[name], name, Formula(name), ScalarType.Float32);

    private static Func<GoldenInputs, Tensor> Formula(string name) => formulas[cases[name].GetProperty("loss").GetString()!];

    [Fact]
    public void A_bank_remembers_a_batch_as_the_loop_does()
    {
        using var scope = NewDisposeScope();
        var golden = Golden.Read("features.json").GetProperty("crd_memory");

        var after = Losses.Remembered(
            Golden.Matrix(golden.GetProperty("memory")), tensor(Golden.Integers(golden.GetProperty("positives"))), Golden.Matrix(golden.GetProperty("embeddings")), golden.GetProperty("momentum").GetDouble());

        Golden.Close(Golden.Flat(golden.GetProperty("after")), Golden.Flat(after), relative: 1e-9, absolute: 1e-12);
    }

    [Fact]
    public void Margins_are_means_of_the_negative_part()
    {
        using var scope = NewDisposeScope();
        var golden = Golden.Read("features.json").GetProperty("ofd_margins");

        var margins = Losses.Margins(tensor(Golden.Numbers(golden.GetProperty("weight"))), tensor(Golden.Numbers(golden.GetProperty("bias"))));

        Golden.Close(Golden.Numbers(golden.GetProperty("margin")), Golden.Flat(margins), relative: 1e-9, absolute: 1e-12);
    }

    private static Tensor Contrast(GoldenInputs i, Tensor anchors, Tensor bank, string z)
    {
        using var normalizer = tensor(i.Number(z), anchors.dtype);
        return Losses.Contrastive(Losses.ContrastiveScores(anchors, bank, Rows(i), i.Number("temperature")), normalizer, bank.shape[0]);
    }

    private static Tensor AtExits(GoldenInputs i, Tensor soft) =>
        (Parts(i["exits"]).Select(exit => Losses.CrossEntropy(exit, i.Labels)).Aggregate((sum, exit) => sum + exit) * (1 - i.Number("weight"))) + (soft * i.Number("weight"));

    // What the first dimension counts, one by one.
    private static Tensor[] Parts(Tensor exits) => exits.unbind(0);

    private static Tensor Rows(GoldenInputs i) => cat([i["positives"].unsqueeze(1), i["negatives"]], 1);

    private static List<Tensor> Numbered(GoldenInputs i, string name) => [.. Enumerable.Range(0, 9).Select(n => i.Tensors.GetValueOrDefault($"{name}_{n}")).OfType<Tensor>()];

    private static Tensor Energy(Tensor map, Tensor like) => Losses.EnergyMap(map, like.shape[2], like.shape[3]);

    private static Tensor Scales(GoldenInputs i, Func<Tensor, Tensor, Tensor, Tensor> loss)
    {
        int[] grids = [.. i.List("grids").Select(grid => (int)grid)];
        return Losses.ScaleDecoupled(
            Losses.Regions(i.Student, i["student_weight"], i["student_bias"], grids), Losses.Regions(i.Teacher, i["teacher_weight"], i["teacher_bias"], grids), i.Labels, loss);
    }

    // The loops of some repositories have τ² inside.
    private static double Square(GoldenInputs inputs) => inputs.Number("temperature") * inputs.Number("temperature");
}
