using System.Text.Json;
using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>Exits of every design against the same networks in PyTorch, and what they leave as it was.</summary>
public sealed class MultiExitTests : IDisposable
{
    private static readonly IReadOnlyDictionary<string, JsonElement> cases = Golden.Read("exits.json").GetProperty("cases").EnumerateArray()
        .ToDictionary(golden => $"{golden.GetProperty("network").GetString()}+{golden.GetProperty("design").GetString()} {golden.GetProperty("side").GetInt32()}²");

    private readonly string folder = Directory.CreateTempSubdirectory("exits-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    public static TheoryData<string> Cases => [.. cases.Keys];

    public static TheoryData<string, string> Factories
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var name in new[] { "resnet-8", "resnet-8-a", "wrn-16-1", "vgg-8", "resnet-10-4stage", "resnet-50-4stage", "mobilenet-v2-half", "mobilenet-v2", "shufflenet-v1", "shufflenet-v2", "lenet-5", "resnet-10-imagenet", "resnext-11-2x8d", "spectrogram-cnn" })
            {
                ExitDesign.All.ToList().ForEach(design => data.Add(name, design.Name));
            }

            return data;
        }
    }

    private static (JsonElement Golden, Network Network) Case(string name)
    {
        var golden = cases[name];
        return (golden, NetworkCatalog.Named(name.Split(' ')[0], golden.GetProperty("classes").GetInt32(), 3, golden.GetProperty("side").GetInt32()));
    }

    private static IEnumerable<Tensor> Answers(Activations answer) => answer.Exits.Select(exit => exit.Logits).Append(answer.Logits);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Names_shapes_and_costs_are_PyTorchs(string name)
    {
        var (golden, network) = Case(name);
        var exits = golden.GetProperty("exits").EnumerateArray().ToList();

        Assert.Equal(golden.GetProperty("parameter_count").GetInt64(), network.ParameterCount);
        Assert.Equal(exits.Select(exit => exit.GetProperty("name").GetString()), network.Exits.Select(exit => exit.Name));
        Assert.All(network.ExitCosts().Zip(exits), pair =>
        {
            var (cost, expected) = pair;
            Assert.Equal((expected.GetProperty("parameter_count").GetInt64(), expected.GetProperty("multiply_adds").GetInt64()), (cost.Parameters, cost.MultiplyAdds));
            Assert.Equal(
                expected.GetProperty("parameters").EnumerateArray().Select(row => $"{row.GetProperty("name").GetString()} [{string.Join(", ", Golden.Integers(row.GetProperty("shape")))}]"),
                network.Parameters.Where(p => p.Name.StartsWith($"{cost.Name}.", StringComparison.Ordinal)).Select(p => $"{p.Name} [{string.Join(", ", p.Shape)}]"));
        });
        Assert.Equal(golden.GetProperty("trunk_parameter_count").GetInt64(), network.ParameterCount - network.ExitCosts().Sum(cost => cost.Parameters));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_exit_says_what_it_says_in_PyTorch(string name)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var (golden, network) = Case(name);
        var (weights, images) = (Zoo.Filled(network), Zoo.Images(network));

        var evaluated = network.Apply(weights, images, Pass.Evaluation);
        Same("logits_eval", "eval", Answers(evaluated));
        if (golden.GetProperty("ensemble_eval") is { ValueKind: JsonValueKind.Array } ensemble)
        {
            Assert.True(Golden.Apart(Golden.Flat(ensemble), Golden.Flat(evaluated.Ensemble)) < 1e-4);
            Assert.True(Golden.Apart(evaluated.Ensemble, network.Ensembled().Apply(weights, images, Pass.Evaluation).Logits) < 1e-6);
        }
        else
        {
            Assert.Contains("ensemble", Assert.Throws<BadInput>(() => evaluated.Ensemble).Message);
            Assert.Contains("ensemble", Assert.Throws<BadInput>(network.Ensembled).Message);
        }

        Same("logits_train", "train", Answers(network.Apply(weights, images, Pass.Training(Key.Of(1)))));

        void Same(string expected, string pass, IEnumerable<Tensor> answers)
        {
            var tolerance = Math.Max(1e-4, 20 * golden.GetProperty("float32_error").GetProperty(pass).GetDouble());
            Assert.All(golden.GetProperty(expected).EnumerateArray().Zip(answers), pair =>
            {
                var apart = Golden.Apart(Golden.Flat(pair.First), Golden.Flat(pair.Second));
                Assert.True(apart < tolerance, $"{name}, {pass}: {apart:E1}");
            });
        }
    }

    [Theory]
    [MemberData(nameof(Factories))]
    public void Exits_of_any_network_leave_its_names_first_values_answers_and_taps_as_they_were(string name, string design)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var channels = name == "lenet-5" ? 1 : 3;
        var plain = NetworkCatalog.Named(name, 10, channels, 32);
        var exited = NetworkCatalog.Named($"{name}+{design}", 10, channels, 32);
        var (one, other) = (plain.Initialize(Key.Of(1), CPU), exited.Initialize(Key.Of(1), CPU));
        var images = Small.Images(plain, 2);

        Assert.Equal($"{name}+{design}", exited.Name);
        Assert.Equal(plain.Parameters.Select(p => p.Name), exited.Parameters.Select(p => p.Name).Where(p => !p.StartsWith("exit", StringComparison.Ordinal)));
        Assert.True(Golden.Bits(one.Parameters).AsSpan().SequenceEqual(Golden.Bits(other.Pick(plain.Table).Parameters)));
        var (before, after) = (plain.Bind(one)(images), exited.Bind(other)(images));
        Assert.Equal(Golden.Bits(before.Logits), Golden.Bits(after.Logits));
        Assert.Equal(before.Taps.Select(tap => tap.Name), after.Taps.Select(tap => tap.Name).Where(tap => !tap.StartsWith("exit", StringComparison.Ordinal)));
        Assert.Equal(Golden.Bits(before.Embedding), Golden.Bits(after.Embedding));

        var joint = design == "copied4" ? 40L : 10;
        Assert.InRange(after.Exits.Length, 1, plain.Trunk!.Stages.Count);
        Assert.All(after.Exits, exit => Assert.Equal([2L, joint], exit.Logits.shape));
        Assert.All(after.Exits, exit => Assert.Equal(2, after[$"{exit.Name}.pooled"].dim()));
        Assert.Empty(exited.Apply(other, images, Pass.Evaluation with { Exits = false }).Exits);
    }

    [Fact]
    public void A_frozen_network_has_its_exits_too()
    {
        using var scope = NewDisposeScope();
        var network = Networks.ResNet(8, 10).WithExits();
        var weights = Small.Warm(network);
        using var frozen = network.Ensembled().Frozen(weights);
        var images = Small.Images(network);

        var (expected, answer) = (network.Bind(weights)(images), frozen.Apply(images));

        Assert.Equal(["exit1", "exit2", "exit3"], answer.Exits.Select(exit => exit.Name));
        Assert.True(Golden.Apart(expected.Ensemble, answer.Logits) < 1e-5);
        Assert.True(Golden.Apart(expected.Logits, answer.Exits[2].Logits) < 1e-5);
    }

    [Fact]
    public void Weights_of_the_network_without_exits_become_those_of_the_one_with_and_what_is_new_is_told()
    {
        using var scope = NewDisposeScope();
        var (plain, exited) = (Networks.ResNet(8, 10), Networks.ResNet(8, 10).WithExits(new ExitDesign.Bottleneck()));
        var trained = Small.Warm(plain, seed: 5);

        var (weights, growth) = exited.Grow(trained, Key.Of(2));

        var fresh = exited.Initialize(Key.Of(2), CPU);
        Assert.Equal(Golden.Bits(trained.Parameters), Golden.Bits(weights.Pick(plain.Table).Parameters));
        Assert.Equal(Golden.Bits(trained.Buffers), Golden.Bits(weights.Pick(plain.Table).Buffers));
        Assert.Equal(plain.Table.Places.Select(place => place.Name).Order(), growth.Taken.Order());
        Assert.Equal(exited.Table.Places.Select(place => place.Name).Except(growth.Taken).Order(), growth.New.Order());
        Assert.All(growth.New, name => Assert.Equal(Golden.Bits(fresh[name].clone()), Golden.Bits(weights[name].clone())));
        Assert.All(growth.New, name => Assert.StartsWith("exit", name));
        Assert.Empty(growth.Left);
        Assert.Equal(growth.New, plain.Grow(weights, Key.Of(3)).Growth.Left);
    }

    [Fact]
    public void A_file_without_exits_is_read_into_a_network_with_exits_when_asked_to_and_refused_otherwise()
    {
        using var scope = NewDisposeScope();
        var (plain, exited) = (Networks.ResNet(8, 10), Networks.ResNet(8, 10).WithExits());
        var trained = Small.Warm(plain, seed: 5);
        var path = Path.Combine(folder, "plain.safetensors");
        trained.Save(path);

        Assert.Contains("exit1.attention.bn1.bias", Assert.Throws<BadInput>(() => exited.Import(path, CPU)).Message);
        var (weights, report) = exited.Import(path, CPU, new ImportOptions { Start = Key.Of(2) });

        Assert.Equal(Golden.Bits(exited.Grow(trained, Key.Of(2)).Weights.Parameters), Golden.Bits(weights.Parameters));
        Assert.Equal(exited.Grow(trained, Key.Of(2)).Growth.New, report.New);
        Assert.Contains("exit1 is new: 42 values start afresh", report.Lines());
        Assert.Contains("exit2 is new: 30 values start afresh", report.Lines());
        // Only exits may be new: another network's weights are still refused.
        Assert.Throws<BadInput>(() => Networks.ResNet(14, 10).WithExits().Import(path, CPU, new ImportOptions { Start = Key.Of(2) }));
    }

    [Fact]
    public void A_description_tells_what_every_exit_costs_and_what_an_answer_there_costs()
    {
        var network = Networks.ResNet(8, 10).WithExits(new ExitDesign.Copied(4));
        var (plain, lines) = (Networks.ResNet(8, 10), network.Describe().ReplaceLineEndings("\n").Split('\n'));

        Assert.Equal("exit1: 40 logits, 74,856 parameters, 7,342,592 multiply-adds, 12,503,552 with the trunk before it", lines[^4]);
        Assert.StartsWith("exit3: 40 logits, 76,584 parameters", lines[^2]);
        Assert.StartsWith("taps: f0 16x32x32, f1.preact 16x32x32, f1 16x32x32, exit1.pooled 64, f2.preact", lines[^1]);
        // Trunk and exit 1 together do what the trunk alone does, with three times more logits.
        Assert.Equal(plain.MultiplyAdds + (64 * 30), network.ExitCosts()[0].WithTrunk);
        Assert.Equal(network.MultiplyAdds, plain.MultiplyAdds + network.ExitCosts().Sum(cost => cost.MultiplyAdds));
    }

    [Fact]
    public void Exits_are_refused_where_there_is_no_place_or_a_first_time_was_and_by_a_name_that_is_none()
    {
        Assert.Contains("'tiny' was built in one piece", Assert.Throws<BadInput>(() => Toy.Network.WithExits()).Message);
        Assert.Contains("has exits already", Assert.Throws<BadInput>(() => Networks.ResNet(8).WithExits().WithExits()).Message);
        Assert.Contains("has no exits of 100 classes", Assert.Throws<BadInput>(Networks.ResNet(8).Ensembled).Message);
        Assert.Equal(
            "There are no exits 'attentoin' for 'resnet-8+attentoin'; perhaps attention is meant: choose one of attention, copied, copied4, bottleneck.",
            Assert.Throws<BadInput>(() => NetworkCatalog.Named("resnet-8+attentoin", 10, 3, 32)).Message);
    }

    [Fact]
    public void Without_exits_the_ensemble_is_the_answer()
    {
        using var scope = NewDisposeScope();
        var answer = Small.Net.Bind(Small.Net.Initialize(Key.Of(1), CPU))(Small.Images(Small.Net));

        Assert.Same(answer.Logits, answer.Ensemble);
    }
}
