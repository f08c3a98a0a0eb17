using static TorchSharp.torch;

namespace Distillation.Tests;

public sealed class QuantizedNetworkTests
{
    private static Network Plain => Toy.ResNet;

    private static Tensor Images => Key.Of(5).Normal([6, 1, 8, 8], CPU);

    [Fact]
    public void A_quantized_network_is_the_float_one_on_quantized_weights()
    {
        using var scope = NewDisposeScope();
        var (quantized, weights) = (Plain.Quantize(2), Toy.Start(Plain));
        var byHand = weights.Map((name, values) => values.dim() > 1 ? Quantizers.Ternary(values) : values);

        Assert.Equal(Golden.Bits(Plain.Apply(byHand, Images, Pass.Evaluation).Logits), Golden.Bits(quantized.Apply(weights, Images, Pass.Evaluation).Logits));
        Assert.Equal(Plain.Table.Places.Select(place => place.Name), quantized.Table.Places.Select(place => place.Name));
    }

    [Fact]
    public void Each_weight_of_a_network_has_a_step_of_its_own()
    {
        using var scope = NewDisposeScope();
        var network = Plain.Quantize(3);
        var weights = Toy.Start(network);
        var levels = network.Effective(weights);

        foreach (var parameter in network.Parameters.Where(parameter => parameter.Role == Role.Matrix))
        {
            Assert.Equal(Golden.Bits(Quantizers.Uniform(weights[parameter.Name].clone(), 3)), Golden.Bits(levels[parameter.Name].clone()));
        }
    }

    [Fact]
    public void First_and_last_weight_may_have_bits_of_their_own_or_stay_float()
    {
        using var scope = NewDisposeScope();
        var weights = Toy.Start(Plain);
        Weights With(int? edges) => Plain.Quantize(new Quantization(2) { Edges = edges }).Effective(weights);
        static int Levels(Weights weights, string name) => Golden.Flat(weights[name].clone()).Distinct().Count();

        Assert.Equal(3, Levels(With(null), "conv1.weight"));
        Assert.InRange(Levels(With(8), "conv1.weight"), 20, 255);
        Assert.Equal(Golden.Bits(weights["fc.weight"].clone()), Golden.Bits(With(Quantization.Float)["fc.weight"].clone()));
        Assert.Equal(3, Levels(With(8), "layer1.0.conv1.weight"));
    }

    [Fact]
    public void Behind_each_relu_stands_a_clip_with_its_levels()
    {
        using var scope = NewDisposeScope();
        var network = Plain.Quantize(2, activations: 2);
        var weights = Toy.Start(network);
        var answer = network.Apply(weights, Images, Pass.Evaluation);

        Assert.Equal(Plain.Layers.Count(layer => layer.Kind == "relu"), network.Clips.Count);
        Assert.Equal(network.Clips.Count, network.Table.ClipCount);
        Assert.Equal("clip1", network.Clips[0]);
        Assert.Contains("layer2.0.clip2", network.Clips);
        Assert.All(Golden.Flat(answer["f1"]), value => Assert.Contains(value, new double[] { 0, 1, 2, 3 }));
    }

    [Fact]
    public void A_pass_may_choose_the_precision_of_each_activation()
    {
        using var scope = NewDisposeScope();
        var network = Plain.Quantize(2, activations: 2);
        var weights = Toy.Start(network);
        double[] Map(Pass pass, string tap) => [.. Golden.Flat(network.Apply(weights, Images, pass)[tap]).Distinct()];

        Assert.InRange(Map(Pass.Evaluation, "f1").Length, 2, 4);
        Assert.InRange(Map(Pass.Evaluation with { Bits = Precisions.Of(8) }, "f1").Length, 8, 256);
        var one = Pass.Evaluation with { Bits = name => name == "layer1.0.clip2" ? 8 : null };
        Assert.InRange(Map(one, "f1").Length, 8, 256);
        Assert.InRange(Map(one, "f0").Length, 2, 4);
        Assert.InRange(Map(one, "f2").Length, 2, 4);
    }

    [Fact]
    public void Drawn_precisions_depend_on_key_and_name_and_are_as_likely_as_asked()
    {
        var names = Enumerable.Range(0, 4000).Select(number => $"layer{number}.clip1").ToList();
        var drawn = Precisions.Drawn(Key.Of(1), 8, 0.25);

        Assert.Equal(names.Select(drawn), names.Select(Precisions.Drawn(Key.Of(1), 8, 0.25)));
        Assert.NotEqual(names.Select(drawn), names.Select(Precisions.Drawn(Key.Of(2), 8, 0.25)));
        Assert.InRange(names.Count(name => drawn(name) == 8), 900, 1100);
        Assert.All(names, name => Assert.Null(Precisions.Drawn(Key.Of(3), 8, 0)(name)));
        Assert.All(names, name => Assert.Equal(8, Precisions.Drawn(Key.Of(3), 8, 1)(name)));
    }

    [Fact]
    public void Gradients_reach_the_float_weights_and_the_clips_and_a_frozen_copy_answers_alike()
    {
        using var scope = NewDisposeScope();
        var network = Plain.Quantize(2, activations: 3);
        var start = Toy.Start(network);
        var weights = start with { Parameters = start.Parameters.requires_grad_(true) };

        network.Apply(weights, Images * 20, Pass.Training(Key.Of(1))).Logits.square().sum().backward();

        var gradient = start with { Parameters = start.Parameters.grad! };
        Assert.All(network.Parameters.Where(parameter => parameter.Role == Role.Matrix), parameter => Assert.True(Golden.Norm(Golden.Flat(gradient[parameter.Name].clone())) > 0));
        Assert.Contains(network.Clips, clip => Golden.Flat(gradient[clip].clone())[0] != 0);
        var still = start with { Parameters = start.Parameters.detach() };
        using var frozen = network.Frozen(still);
        using var unfolded = network.Frozen(still, folded: false);
        Assert.Equal(Golden.Bits(network.Apply(still, Images, Pass.Evaluation).Logits), Golden.Bits(unfolded.Apply(Images).Logits));
        Assert.True(Golden.Apart(unfolded.Apply(Images).Logits, frozen.Apply(Images).Logits) < 0.05);
    }

    [Fact]
    public void A_training_in_few_bits_learns_and_clips_decay_as_their_network_says()
    {
        using var data = Toy.Load();
        var recipe = Toy.Recipe with { Epochs = 12 };
        Learned With(double decay) => Toy.Alone(data, Toy.Learner(Methods.None, Plain.Quantize(new Quantization(2, 4) { ClipDecay = decay }), recipe));
        var (free, pulled) = (With(0), With(0.05));
        double[] Clips(Learned learned) => [.. Plain.Quantize(2, 4).Clips.Select(clip => (double)learned.Last[clip].item<float>())];

        Assert.True(free.Epochs[^1].Test.Accuracy > 0.6, $"{free.Epochs[^1].Test.Accuracy}");
        Assert.True(Clips(pulled).Average() < Clips(free).Average() - 0.3, $"{Clips(pulled).Average()} {Clips(free).Average()}");
        free.Last.Dispose();
        pulled.Last.Dispose();
    }

    [Fact]
    public void No_optimizer_decays_a_clip()
    {
        using var scope = NewDisposeScope();
        foreach (var optimizer in new Optimizer[] { new Optimizer.Sgd(0.9, Decay: 0.5), new Optimizer.AdamW(Decay: 0.5), new Optimizer.Adam(Decay: 0.5), new Optimizer.Dot(Decay: 0.5) })
        {
            var parameters = ones(6);

            optimizer.Step(parameters, zeros(6), optimizer.Start(parameters), 0.1, matrixCount: 3, apart: 2);

            Assert.Equal([1, 1], Golden.Flat(parameters)[4..]);
            Assert.All(Golden.Flat(parameters)[..4], value => Assert.True(value < 1));
        }
    }

    [Theory]
    [InlineData("resnet-8+w2", 2, 32, WeightRule.Optimal, null)]
    [InlineData("resnet-8x1.5+w2a4", 2, 4, WeightRule.Optimal, null)]
    [InlineData("resnet-8+w4a4-sawb-edges8", 4, 4, WeightRule.Sawb, 8)]
    [InlineData("resnet-8+attention+w2a2-sawb3", 2, 2, WeightRule.SawbTernary, null)]
    [InlineData("wrn-16-2+w32a8", 32, 8, WeightRule.Optimal, null)]
    public void A_name_tells_the_quantization_and_makes_it_again(string name, int weights, int activations, WeightRule rule, int? edges)
    {
        var network = NetworkCatalog.Named(name, 10, 3, 32);

        Assert.Equal(name, network.Name);
        Assert.Equal(new Quantization(weights, activations) { Rule = rule, Edges = edges }, network.Quantization);
        Assert.Equal(NetworkCatalog.Named(name, 10, 3, 32).Identity, network.Identity);
        Assert.NotEqual(network.Unquantized.Identity, network.Identity);
    }

    [Theory]
    [InlineData("resnet-8+w2")]
    [InlineData("resnet-8+w3a4")]
    [InlineData("resnet-8+w2a2-sawb-edges8")]
    [InlineData("resnet-8+w2-sawb3-edges32")]
    public void A_packed_file_has_the_size_that_was_reported_and_its_network_answers_with_the_same_bits(string name)
    {
        using var scope = NewDisposeScope();
        var folder = Directory.CreateTempSubdirectory("packed-");
        try
        {
            var path = Path.Combine(folder.FullName, "packed.safetensors");
            var network = NetworkCatalog.Named(name, 3, 1, 8);
            var weights = Toy.Start(network);

            network.SavePacked(weights, path);
            var (unpacked, read) = network.LoadPacked(path, CPU);

            Assert.Equal(Golden.Bits(network.Apply(weights, Images, Pass.Evaluation).Logits), Golden.Bits(unpacked.Apply(read, Images, Pass.Evaluation).Logits));
            var stored = TensorFile.Load(path, CPU).Tensors;
            Assert.Equal(network.Sizes().Bytes, stored.Values.Sum(tensor => (long)tensor.bytes.Length));
            Assert.Equal(4 * (network.ParameterCount + network.Buffers.Sum(buffer => buffer.Count)), network.Sizes().FloatBytes);
            Assert.Contains("of resnet-8", Assert.Throws<BadInput>(() => Toy.ResNet.Quantize(4).LoadPacked(path, CPU)).Message, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Weights_of_one_size_are_packed_with_the_steps_they_compute_with_also_where_several_threads_add_them_up()
    {
        using var scope = NewDisposeScope();
        var (folder, threads) = (Directory.CreateTempSubdirectory("packed-"), get_num_threads());
        try
        {
            set_num_threads(2);
            var path = Path.Combine(folder.FullName, "packed.safetensors");
            var network = Network.Build("wide", Shape.Vector(200), Layer.Chain(Enumerable.Range(1, 4).Select(number => Layer.Linear($"fc{number}", 200, bias: false)))).Quantize(2);
            foreach (var seed in Enumerable.Range(1, 4))
            {
                var weights = Toy.Start(network, seed);

                network.SavePacked(weights, path);

                Assert.Equal(Golden.Bits(network.Effective(weights).Parameters), Golden.Bits(network.LoadPacked(path, CPU).Weights.Parameters));
            }
        }
        finally
        {
            set_num_threads(threads);
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_packed_file_belongs_to_its_network_wherever_clips_started()
    {
        using var scope = NewDisposeScope();
        var folder = Directory.CreateTempSubdirectory("packed-");
        try
        {
            var path = Path.Combine(folder.FullName, "packed.safetensors");
            var network = Plain.Quantize(new Quantization(2, 4) { Clip = 1.5, ClipDecay = 0.01 });
            var weights = Toy.Start(network);

            network.SavePacked(weights, path);
            var (unpacked, read) = Plain.Quantize(2, 4).LoadPacked(path, CPU);

            Assert.Equal(Golden.Bits(network.Apply(weights, Images, Pass.Evaluation).Logits), Golden.Bits(unpacked.Apply(read, Images, Pass.Evaluation).Logits));
            Assert.All(network.Clips, clip => Assert.Equal(1.5, read[clip].item<float>()));
            Assert.Throws<BadInput>(() => Plain.Quantize(2, 3).LoadPacked(path, CPU));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Two_bits_of_a_weight_lie_four_in_a_byte_the_first_lowest()
    {
        using var scope = NewDisposeScope();
        var folder = Directory.CreateTempSubdirectory("packed-");
        try
        {
            var path = Path.Combine(folder.FullName, "packed.safetensors");
            var network = Network.Build("line", Shape.Vector(5), Layer.Linear("fc", 1, bias: false)).Quantize(2);
            var weights = Toy.Start(network);
            weights["fc.weight"].copy_(tensor(new[] { 1f, -1, 0, 1, -1 }).reshape(1, 5));

            network.SavePacked(weights, path);

            var stored = TensorFile.Load(path, CPU).Tensors;
            Assert.Equal([2 + (0 << 2) + (1 << 4) + (2 << 6), 0], stored["fc.weight.codes"].bytes.ToArray().Select(one => (int)one));
            Assert.Equal([1], Golden.Flat(stored["fc.weight.step"]));
            Assert.Equal(6, network.Sizes().Bytes);
            Assert.Contains("nothing to pack", Assert.Throws<BadInput>(() => network.Unquantized.SavePacked(weights, path)).Message, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Exits_given_to_a_quantized_network_are_quantized_with_it()
    {
        var network = Networks.ResNet(8).Quantize(2, 4).WithExits();

        Assert.Equal("resnet-8+attention+w2a4", network.Name);
        Assert.Equal(Networks.ResNet(8).WithExits().Quantize(2, 4).Identity, network.Identity);
    }

    [Theory]
    [InlineData(1, 32, "2 to 16 bits")]
    [InlineData(2, 0, "1 to 16 bits")]
    [InlineData(32, 32, "Nothing is left")]
    public void What_is_no_precision_is_refused_in_a_sentence(int weights, int activations, string says) =>
        Assert.Contains(says, Assert.Throws<BadInput>(() => Plain.Quantize(weights, activations)).Message, StringComparison.Ordinal);

    [Fact]
    public void The_running_averages_of_a_pass_that_does_not_update_stay_whatever_its_precision()
    {
        using var scope = NewDisposeScope();
        var network = Plain.Quantize(2, 2);
        var weights = Toy.Start(network);
        var before = Golden.Bits(weights.Buffers);

        network.Apply(weights, Images, Pass.Training(Key.Of(1)) with { Update = false, Bits = Precisions.Drawn(Key.Of(2), 8, 0.5) });

        Assert.Equal(before, Golden.Bits(weights.Buffers));
    }
}
