using System.Text.Json;
using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>The encoder of text against the same network in PyTorch, its names against the public ones, what it refuses.</summary>
public sealed class EncoderTests
{
    private static readonly IReadOnlyDictionary<string, JsonElement> cases =
        Golden.Read("encoder.json").GetProperty("cases").EnumerateArray().ToDictionary(one => one.GetProperty("name").GetString()!);

    private static readonly EncoderSize small = new(2, 8, 2, 12) { Vocabulary = 20, Positions = 10 };

    public static TheoryData<string> Cases => [.. cases.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Names_and_shapes_are_those_of_the_public_state_dict(string name)
    {
        var expected = cases[name].GetProperty("parameters").EnumerateArray().Select(row => $"{row.GetProperty("name").GetString()} [{string.Join(", ", Golden.Integers(row.GetProperty("shape")))}]");

        Assert.Equal(expected.Order(), Reader(cases[name]).Parameters.Select(p => $"{p.Name} [{string.Join(", ", p.Shape)}]").Order());
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Logits_states_and_gradients_are_PyTorchs(string name)
    {
        using var scope = NewDisposeScope();
        var (golden, network) = (cases[name], Reader(cases[name]));
        var weights = Filled(network);
        weights.Parameters.requires_grad = true;

        var answer = network.Apply(weights, Texts(golden), Pass.Evaluation);
        (answer.Logits.square().sum() / 2).backward(inputs: [weights.Parameters]);

        Assert.InRange(Golden.Apart(Golden.Flat(golden.GetProperty("logits")), Golden.Flat(answer.Logits)), 0, 1e-5);
        Assert.All(golden.GetProperty("states").EnumerateArray().Select((state, number) => (state, number)), pair =>
            Assert.InRange(Golden.Apart(Golden.Flat(pair.state), Golden.Flat(answer[$"h{pair.number}"])), 0, 1e-5));
        Assert.Equal(Golden.Flat(answer.Taps[^2].Value.select(3, 0).flatten(1)), Golden.Flat(answer.Embedding));
        var gradients = weights with { Parameters = weights.Parameters.grad! };
        var largest = Golden.Flat(gradients.Parameters).Max(Math.Abs);
        Assert.All(golden.GetProperty("gradients").EnumerateObject(), one =>
            Golden.Close(Golden.Flat(one.Value), Golden.Flat(gradients[one.Name]), relative: 1e-4, absolute: 1e-5 * largest, one.Name));
    }

    [Fact]
    public void Places_that_are_not_taken_change_no_other()
    {
        using var scope = NewDisposeScope();
        var golden = cases["two blocks"];
        var network = Reader(golden);
        var weights = Filled(network);
        var texts = Texts(golden);
        var taken = texts.select(1, 1).gt(0);
        var other = texts.clone();
        other.select(1, 0).masked_fill_(taken.logical_not(), 5);

        var (before, after) = (network.Apply(weights, texts, Pass.Evaluation), network.Apply(weights, other, Pass.Evaluation));

        var mask = cat([taken, taken], 2).squeeze(1);
        Assert.Equal(Golden.Flat(before.Logits.masked_select(mask)), Golden.Flat(after.Logits.masked_select(mask)));
        Assert.NotEqual(Golden.Flat(before.Logits), Golden.Flat(after.Logits));
    }

    [Fact]
    public void Dropout_draws_from_the_key_and_only_in_training()
    {
        using var scope = NewDisposeScope();
        var network = Networks.SpanReader(small, 6);
        var weights = network.Initialize(Key.Of(1), CPU);
        var texts = ones(2, 3, 1, 6);
        double[] Answer(Pass pass) => Golden.Flat(network.Apply(weights, texts, pass).Logits);

        Assert.Equal(Answer(Pass.Training(Key.Of(2))), Answer(Pass.Training(Key.Of(2))));
        Assert.NotEqual(Answer(Pass.Training(Key.Of(2))), Answer(Pass.Training(Key.Of(3))));
        Assert.Equal(Answer(Pass.Evaluation), Answer(new Pass(Statistics.Batch)));
    }

    [Fact]
    public void The_base_model_has_the_published_number_of_parameters()
    {
        // BERT-base without its pooler, 108,891,648, and the head.
        var network = Networks.SpanReader(EncoderSize.Base, 384);

        Assert.Equal(108_891_648 + (2 * 768) + 2, network.ParameterCount);
        Assert.Equal(384 * (12L * ((4 * 768 * 768) + (2 * 768 * 3072)) + (2 * 768)), network.MultiplyAdds);
    }

    [Fact]
    public void A_public_file_loads_by_name_with_old_names_of_scales_and_without_a_head()
    {
        using var scope = NewDisposeScope();
        var network = Networks.SpanReader(small, 6);
        var made = network.Initialize(Key.Of(1), CPU);
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.safetensors");
        var tensors = network.Table.Places.Where(place => !place.Name.StartsWith("qa_outputs", StringComparison.Ordinal))
            .Select(place => (Old(place.Name), made[place.Name])).Append(("cls.predictions.bias", zeros(20))).Append(("bert.pooler.dense.weight", zeros(8, 8)));
        try
        {
            Write(path, [.. tensors]);
            var (weights, report) = network.Import(path, CPU, Networks.BertNames(Key.Of(5)));

            Assert.All(network.Table.Places.Where(place => !place.Name.StartsWith("qa_outputs", StringComparison.Ordinal)), place => Assert.Equal(Golden.Bits(made[place.Name]), Golden.Bits(weights[place.Name])));
            Assert.Equal(["qa_outputs.weight", "qa_outputs.bias"], report.New);
            Assert.Equal(["bert.pooler.dense.weight", "cls.predictions.bias"], report.Unexpected);
            Assert.Equal(Golden.Bits(network.Initialize(Key.Of(5), CPU)["qa_outputs.weight"]), Golden.Bits(weights["qa_outputs.weight"]));
        }
        finally
        {
            File.Delete(path);
        }

        static string Old(string name) => name.Replace("LayerNorm.weight", "LayerNorm.gamma", StringComparison.Ordinal).Replace("LayerNorm.bias", "LayerNorm.beta", StringComparison.Ordinal);
    }

    [Fact]
    public void What_does_not_fit_is_refused_in_a_sentence()
    {
        Assert.Contains("at most 10", Assert.Throws<BadInput>(() => Networks.SpanReader(small, 11)).Message);
        Assert.Contains("3 heads do not divide the width 8", Assert.Throws<BadInput>(() => Networks.SpanReader(small with { Heads = 3 }, 6)).Message);
    }

    // A safetensors file as another program would write it.
    private static void Write(string path, IReadOnlyList<(string Name, Tensor Value)> tensors)
    {
        var (header, data) = (new Dictionary<string, object>(), new List<byte>());
        foreach (var (name, value) in tensors)
        {
            var bytes = Golden.Bits(value).SelectMany(BitConverter.GetBytes).ToArray();
            header[name] = new { dtype = "F32", value.shape, data_offsets = new[] { data.Count, data.Count + bytes.Length } };
            data.AddRange(bytes);
        }

        var text = JsonSerializer.SerializeToUtf8Bytes(header);
        File.WriteAllBytes(path, [.. BitConverter.GetBytes((long)text.Length), .. text, .. data]);
    }

    private static Network Reader(JsonElement golden)
    {
        return Networks.SpanReader(new(Of("layers"), Of("width"), Of("heads"), Of("inner")) { Vocabulary = Of("vocabulary"), Positions = Of("positions"), Segments = Of("segments") }, Of("length"));

        int Of(string number) => golden.GetProperty(number).GetInt32();
    }

    private static Tensor Texts(JsonElement golden) =>
        stack([.. new[] { "ids", "taken", "parts" }.Select(name => Golden.Matrix(golden.GetProperty(name), ScalarType.Float32))], 1).unsqueeze(2);

    private static Weights Filled(Network network)
    {
        var weights = network.Initialize(Key.Of(0), CPU);
        foreach (var parameter in network.Parameters)
        {
            var bound = parameter.Name.Contains("embeddings.", StringComparison.Ordinal) ? 0.5 : Math.Sqrt(3.0 / parameter.Shape[^1]);
            var (low, high) = parameter.Name.EndsWith("LayerNorm.weight", StringComparison.Ordinal) ? (0.8, 1.2) : parameter.Shape.Length == 1 ? (-0.1, 0.1) : (-bound, bound);
            weights[parameter.Name].copy_(Golden.Fill(parameter.Name, [.. parameter.Shape], low, high));
        }

        return weights;
    }
}
