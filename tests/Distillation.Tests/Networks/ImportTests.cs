using TorchSharp;
using static TorchSharp.torch;

namespace Distillation.Tests;

/// <summary>Weights from files of PyTorch, by name, against what PyTorch itself reads from them.</summary>
public sealed class ImportTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("import-").FullName;

    public static TheoryData<string> Files => [.. Checkpoints.Files.Select(row => row.GetProperty("file").GetString()!)];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_of_PyTorch_gives_the_values_that_PyTorch_reads(string file)
    {
        var golden = Checkpoints.Files.Single(row => row.GetProperty("file").GetString() == file);
        var type = Checkpoints.Text(golden, "dtype", "float32");
        var (weights, report) = Checkpoints.Network.Import(Checkpoints.PathOf(file), CPU);
        using (weights)
        {
            // float64 values that came from float32 come back as they were.
            Checkpoints.Same(type == "float64" ? "float32" : type, weights);
        }

        Assert.Equal(Checkpoints.Text(golden, "prefix", ""), report.Prefix);
        Assert.Equal(Checkpoints.Text(golden, "wrapper", ""), report.Wrapper ?? "");
        Assert.Equal((7, 0, 0, 0, 1), (report.Matched.Count, report.Missing.Count, report.Unexpected.Count, report.Reshaped.Count, report.Counts));
        Assert.All(report.Matched, match => Assert.Equal(type, match.From.Type));
    }

    [Fact]
    public void The_network_computes_what_PyTorch_computes()
    {
        using var scope = NewDisposeScope();
        using var weights = Checkpoints.Network.Load(Checkpoints.PathOf("zip-wrapped.pth"), CPU);
        var logits = Checkpoints.Network.Apply(weights, Golden.Fill("input", [2, 1, 8, 8], -1, 1), Pass.Evaluation).Logits;
        Assert.True(Golden.Apart(Golden.Flat(Checkpoints.Root.GetProperty("logits")), Golden.Flat(logits)) < 1e-6);
    }

    [Theory]
    [InlineData("types.pth")]
    [InlineData("types-legacy.pth")]
    public void Every_type_of_number_is_read(string name)
    {
        using var file = WeightFile.Open(Checkpoints.PathOf(name));
        var golden = Checkpoints.Root.GetProperty("types").EnumerateArray().ToList();
        Assert.Equal(golden.Select(row => row.GetProperty("name").GetString()), file.Tensors.Select(tensor => tensor.Name));
        Assert.All(golden.Zip(file.Tensors), pair =>
        {
            Assert.Equal(Golden.Integers(pair.First.GetProperty("shape")), pair.Second.Shape);
            Assert.Equal(Golden.Numbers(pair.First.GetProperty("values")), file.Read(pair.Second).Select(value => (double)value));
        });
        Assert.Equal(["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"], file.Tensors.Take(10).Select(tensor => tensor.Type));
    }

    [Fact]
    public void Prefixes_are_taken_off_as_asked_and_found_where_nobody_asks()
    {
        var path = Checkpoints.PathOf("zip-nested.pth");
        using var file = WeightFile.Open(path);

        Assert.Equal("student.backbone.", Checkpoints.Network.Match(file).Prefix);
        Assert.True(Checkpoints.Network.Match(file, new ImportOptions("student.backbone.")).IsComplete);
        var wrong = Checkpoints.Network.Match(file, new ImportOptions("student."));
        Assert.Equal((0, 7, 7), (wrong.Matched.Count, wrong.Missing.Count, wrong.Unexpected.Count));
        Assert.Equal(
            $"{path} holds weights of another network than 'tiny': bn1.bias, bn1.running_mean, bn1.running_var and 4 more missing, student.backbone.bn1.bias, student.backbone.bn1.running_mean, student.backbone.bn1.running_var and 4 more not expected; choose the network it was made with, or say which names correspond.",
            wrong.Fault());
    }

    [Fact]
    public void Names_that_differ_are_told_by_hand_and_the_usual_ones_by_themselves()
    {
        var other = Network.Build("other", new Shape(1, 8, 8), Layer
            .Conv("stem", 4).Then(Layer.BatchNorm("norm")).Then(Layer.Relu).Then(Layer.GlobalAveragePool).Tap("f0").Then(Layer.Linear("fc", 3)));
        var (weights, report) = other.Import(Checkpoints.PathOf("zip-renamed.pth"), CPU, new ImportOptions(Renames: [("conv1", "stem"), ("bn1", "norm")]));
        using (weights)
        {
            Assert.Equal(["'conv1.weight' read as 'stem.weight'", "'linear.weight' read as 'fc.weight'"], report.Lines().Where(line => line.Contains(".weight' read")).Where(line => !line.Contains("bn1")));
            using var scope = NewDisposeScope();
            var golden = Checkpoints.Root.GetProperty("values").GetProperty("float32").EnumerateArray().First();
            Assert.Equal(("conv1.weight", 36), (golden.GetProperty("name").GetString(), weights["stem.weight"].numel()));
            Assert.Equal(Golden.Numbers(golden.GetProperty("values")), Golden.Flat(weights["stem.weight"]));
        }
    }

    [Fact]
    public void A_rename_never_takes_the_place_of_a_name_that_is_there()
    {
        using var weights = Toy.Start(Checkpoints.Network);
        var path = Path.Combine(folder, "both.safetensors");
        weights.Export(path, new ExportOptions());
        var two = Network.Build("two", new Shape(1, 8, 8), Layer.Conv("conv1", 4).Then(Layer.BatchNorm("bn1")).Then(Layer.GlobalAveragePool)
            .Tap("f0").Then(Layer.Linear("linear", 3)).Then(Layer.Linear("fc", 3)));
        using var start = Toy.Start(two);
        start.Save(path);
        using var file = WeightFile.Open(path);

        var report = Checkpoints.Network.Match(file);

        Assert.Equal(["linear.bias", "linear.weight"], report.Unexpected);
        Assert.All(report.Matched, match => Assert.Equal(match.Name, match.From.Name));
    }

    [Fact]
    public void What_is_beyond_the_network_is_refused_unless_it_may_be_there()
    {
        var smaller = Network.Build("smaller", new Shape(1, 8, 8), Layer.Conv("conv1", 4).Then(Layer.GlobalAveragePool).Tap("f0").Then(Layer.Linear("fc", 3)));
        var path = Checkpoints.PathOf("zip-float32.pth");

        Assert.Equal(
            $"{path} holds weights of another network than 'smaller': bn1.bias, bn1.running_mean, bn1.running_var and 1 more not expected; choose the network it was made with.",
            Assert.Throws<BadInput>(() => smaller.Load(path, CPU)).Message);
        var (weights, report) = smaller.Import(path, CPU, new ImportOptions(IgnoreUnexpected: true));
        using (weights)
        {
            Assert.Equal((3, 4), (report.Matched.Count, report.Unexpected.Count));
        }
    }

    [Fact]
    public void Another_width_is_told_by_every_shape_that_differs()
    {
        var wide = Network.Build("wide", new Shape(1, 8, 8), Layer
            .Conv("conv1", 6).Then(Layer.BatchNorm("bn1")).Then(Layer.GlobalAveragePool).Tap("f0").Then(Layer.Linear("fc", 3)));
        using var file = WeightFile.Open(Checkpoints.PathOf("legacy-float32.pth"));

        var report = wide.Match(file);

        Assert.Equal(["conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var", "fc.weight"], report.Reshaped.Select(difference => difference.Name));
        Assert.Equal(
            $"{file.Path}: 'conv1.weight' is [4, 1, 3, 3] and 'wide' needs [6, 1, 3, 3] (5 more differ too); choose the network (classes, channels, width) it was made with.",
            report.Fault());
        Assert.False(report.IsComplete);
    }

    [Fact]
    public void The_report_says_what_was_done()
    {
        using var file = WeightFile.Open(Checkpoints.PathOf("float16.safetensors"));
        Assert.Equal(
            [
                $"{file.Path} is a safetensors file: 7 of 7 values of tiny found",
                "'module.' taken off the names",
                "7 values converted from float16 to float32",
                "1 num_batches_tracked passed over",
            ],
            Checkpoints.Network.Match(file).Lines());
    }

    [Fact]
    public void A_file_of_PyTorch_teaches_and_is_known_by_its_hash()
    {
        using var bench = new Bench();
        var teacher = Source.File(Checkpoints.Network, Checkpoints.PathOf("legacy-wrapped.pth"));
        var row = new[] { new Experiment(Toy.Dataset, teacher, Toy.Network, Methods.Hinton(), Toy.Recipe with { Epochs = 1 }, Seed: 1) }.Run(bench.Lab).Single();

        Assert.Equal((RunRow.Ok, "tiny", Safetensors.Hash(Checkpoints.PathOf("legacy-wrapped.pth"))), (row.Status, row.Teacher, row.TeacherId));
    }

    [Fact]
    public void Importing_leaves_no_tensor_behind()
    {
        using (Checkpoints.Network.Load(Checkpoints.PathOf("zip-scattered.pth"), CPU))
        {
        }

        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (Checkpoints.Network.Load(Checkpoints.PathOf("zip-scattered.pth"), CPU))
        {
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Exported_names_counts_and_prefixes_are_those_asked_for_and_are_read_back()
    {
        using var weights = Toy.Start(Toy.ResNet);
        var path = Path.Combine(folder, "out.safetensors");
        weights.Export(path, new ExportOptions("module.", [("fc", "linear")], Counts: true), new Dictionary<string, string> { ["format"] = "pt" });
        using (var file = WeightFile.Open(path))
        {
            Assert.Contains(file.Tensors, tensor => tensor is { Name: "module.linear.weight", Type: "float32" });
            Assert.Contains(file.Tensors, tensor => tensor is { Name: "module.layer1.0.bn1.num_batches_tracked", Type: "int64", Shape.Count: 0, Count: 1 });
            Assert.Equal(Toy.ResNet.Buffers.Count / 2, file.Tensors.Count(tensor => tensor.Type == "int64"));
        }

        using var again = Toy.ResNet.Load(path, CPU);
        Assert.Equal(Toy.Bits(weights), Toy.Bits(again));
    }

    [Fact]
    public void Two_values_under_one_name_are_refused_and_leave_no_file()
    {
        using var weights = Toy.Start(Checkpoints.Network);
        var path = Path.Combine(folder, "out.safetensors");

        Assert.Equal(
            $"Two values would be named 'bn1.weight' in {path}; choose names that keep them apart.",
            Assert.Throws<BadInput>(() => weights.Export(path, new ExportOptions(Renames: [("fc", "bn1")]))).Message);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
    }
}
