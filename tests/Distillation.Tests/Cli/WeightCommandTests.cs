using System.Diagnostics;
using System.Text.Json;
using Distillation.Cli;
using Distillation.Cli.Terminal;

namespace Distillation.Tests.Cli;

/// <summary>evaluate, import and export.</summary>
public sealed class WeightCommandTests : IDisposable
{
    // The list grows with the catalog; what the catalog holds is tested there.
    private static readonly string Examples = string.Join(", ", NetworkCatalog.Names.Select(known => known.Example));

    private readonly string folder = Directory.CreateTempSubdirectory("kd-weights-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [NeedsPublicCheckpoint("resnet20-12fca82f.th")]
    public Task A_public_ResNet_20_gives_91_73_percent_on_the_test_images_of_CIFAR_10() => Gives("resnet-20-a", "resnet20-12fca82f.th", 269_722, 91.73);

    [NeedsPublicCheckpoint("resnet56-4bfd9763.th")]
    [Trait("Category", "Slow")]
    public Task A_public_ResNet_56_gives_93_39_percent_on_the_test_images_of_CIFAR_10() => Gives("resnet-56-a", "resnet56-4bfd9763.th", 853_018, 93.39);

    [Fact]
    public async Task An_imported_file_is_written_with_our_names_and_evaluates_like_the_one_it_came_from()
    {
        var network = Networks.ResNet(8, classes: 10, channels: 1, size: 28);
        using var weights = Toy.Start(network);
        var (theirs, ours) = (Path.Combine(folder, "theirs.safetensors"), Path.Combine(folder, "sub", "ours.safetensors"));
        weights.Export(theirs, new ExportOptions("module.", [("fc", "linear")]));

        var (code, output, error) = await Run("import", "--data-set", "mnist", "--network", "resnet-8", "--weights", theirs, "--to", ours);

        Assert.Equal((0, ""), (code, output));
        Assert.Equal(
            $"{theirs} is a safetensors file: 47 of 47 values of resnet-8 found\n'module.' taken off the names\n'linear.weight' read as 'fc.weight'\n'linear.bias' read as 'fc.bias'\n{ours} written\n",
            error);
        using var again = network.Load(ours, TorchSharp.torch.CPU);
        Assert.Equal(Toy.Bits(weights), Toy.Bits(again));
    }

    [Fact]
    public async Task A_file_of_another_network_is_told_name_by_name()
    {
        var path = Checkpoints.PathOf("zip-float32.pth");
        var (code, output, error) = await Run("import", "--data-set", "mnist", "--network", "lenet-5", "--weights", path);

        Assert.Equal(2, code);
        var lines = output.Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))).ToList();
        Assert.Contains("bn1.running_var not expected", lines);
        Assert.Contains("fc1.weight missing", lines);
        Assert.Contains("conv1.weight another shape [4, 1, 3, 3] [6, 1, 5, 5]", lines);
        Assert.EndsWith("choose the network it was made with.\n", error);
    }

    [Fact]
    public async Task A_plain_checkpoint_becomes_one_with_exits_that_start_afresh_and_every_new_value_is_listed()
    {
        var (plain, exited) = (Networks.ResNet(8, classes: 10, channels: 1, size: 28), Networks.ResNet(8, classes: 10, channels: 1, size: 28).WithExits());
        using var weights = Toy.Start(plain);
        var (from, to) = (Path.Combine(folder, "plain.safetensors"), Path.Combine(folder, "start.safetensors"));
        weights.Save(from);
        string[] asked = ["import", "--data-set", "mnist", "--network", exited.Name, "--weights", from];

        var (code, output, error) = await Run([.. asked, "--new-exits", "3", "--to", to]);

        Assert.Equal((0, $"{from} is a safetensors file: 47 of 119 values of {exited.Name} found\nexit1 is new: 42 values start afresh\nexit2 is new: 30 values start afresh\n{to} written\n"), (code, error));
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries)).ToList();
        Assert.Equal(exited.Table.Places.Select(place => place.Name).Except(plain.Table.Places.Select(place => place.Name)), lines.Select(line => line[0]));
        Assert.All(lines, line => Assert.Equal(("new", $"[{string.Join(", ", exited.Table.Find(line[0])!.Shape)}]"), (line[1], line[2].Trim())));
        using var written = exited.Load(to, TorchSharp.torch.CPU);
        using var trunk = written.Pick(plain.Table);
        using var fresh = exited.Initialize(Key.Of(3), TorchSharp.torch.CPU);
        Assert.Equal(Toy.Bits(weights), Toy.Bits(trunk));
        Assert.All(lines, line => Assert.Equal(Golden.Bits(fresh[line[0]].clone()), Golden.Bits(written[line[0]].clone())));

        // Unasked, what is missing is missing; what is there already is read.
        Assert.Equal(2, (await Run(asked)).Code);
        Assert.DoesNotContain("new", (await Run("import", "--data-set", "mnist", "--network", exited.Name, "--weights", to, "--new-exits", "3")).Error);
        Assert.Equal(
            (2, "", "'resnet-8' has no exits that could start afresh; leave --new-exits out, or choose a network with exits, such as resnet-8+attention.\n"),
            await Run("import", "--data-set", "mnist", "--network", "resnet-8", "--weights", from, "--new-exits", "3"));
    }

    [Fact]
    public async Task A_run_is_exported_under_the_names_that_are_asked_for()
    {
        var network = Networks.ResNet(8, classes: 10, channels: 1, size: 28);
        using var weights = Toy.Start(network);
        var store = new ResultStore(Path.Combine(folder, "custom"));
        store.Write(new RunRow { Id = "0123456789abcdef", Student = network.Name, Dataset = "mnist", LastAccuracy = 0.5 }, [], weights);
        var path = Path.Combine(folder, "out.safetensors");

        var (code, _, error) = await Run("export", "--run", "0123456789abcdef", "--to", path, "--rename", "fc=linear", "--counts", "--results", folder);

        Assert.Equal((0, $"{path} written: resnet-8 of run 0123456789abcdef, 77754 parameters, test accuracy 50.00 %\n"), (code, error));
        using var file = WeightFile.Open(path);
        Assert.Contains(file.Tensors, tensor => tensor.Name == "linear.weight");
        Assert.Contains(file.Tensors, tensor => tensor.Name == "bn1.num_batches_tracked");
    }

    [Fact]
    public async Task A_quantized_run_is_exported_in_its_bits_and_read_again()
    {
        var network = Networks.ResNet(8, classes: 10, channels: 1, size: 28).Quantize(2);
        using var weights = Toy.Start(network);
        var store = new ResultStore(Path.Combine(folder, "custom"));
        store.Write(new RunRow { Id = "0123456789abcdef", Student = network.Name, Dataset = "mnist" }, [], weights);
        var path = Path.Combine(folder, "out.safetensors");

        var (code, _, error) = await Run("export", "--run", "0123456789abcdef", "--to", path, "--quantized", "--results", folder);

        Assert.Equal((0, $"{path} written: resnet-8+w2, {network.Sizes()}; read again it gives the same logits\n"), (code, error));
        using var file = WeightFile.Open(path);
        Assert.Equal([16 * 16 * 9 / 4], file.Tensors.Where(tensor => tensor.Name == "layer1.0.conv1.weight.codes").Select(tensor => tensor.Shape[0]));
        Assert.Equal(
            (2, "", "--quantized writes a layout of its own, with our names; leave --prefix, --rename and --counts out.\n"),
            await Run("export", "--run", "0123456789abcdef", "--to", path, "--quantized", "--counts", "--results", folder));
    }

    [Fact]
    public async Task A_packed_file_that_answers_otherwise_is_not_left_and_what_stood_there_stays()
    {
        var network = Networks.ResNet(8, classes: 10, channels: 1, size: 28).Quantize(2);
        using var weights = Toy.Start(network);
        weights["fc.bias"].fill_(float.NaN);
        new ResultStore(Path.Combine(folder, "custom")).Write(new RunRow { Id = "0123456789abcdef", Student = network.Name, Dataset = "mnist" }, [], weights);
        var path = Path.Combine(folder, "out.safetensors");
        using var before = Toy.Start(Networks.LeNet5(size: 28));
        before.Save(path);
        var bytes = File.ReadAllBytes(path);

        var (code, _, error) = await Run("export", "--run", "0123456789abcdef", "--to", path, "--quantized", "--results", folder);

        Assert.Equal((2, $"{path} is not written: packed and read again, the network answers otherwise than before (logits up to NaN apart); export its float weights without --quantized.\n"), (code, error));
        Assert.Equal(bytes, File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFiles(folder));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_run_keeps_is_not_written_over(bool quantized)
    {
        var network = Networks.ResNet(8, classes: 10, channels: 1, size: 28).Quantize(2);
        using var weights = Toy.Start(network);
        var store = new ResultStore(Path.Combine(folder, "custom"));
        store.Write(new RunRow { Id = "0123456789abcdef", Student = network.Name, Dataset = "mnist" }, [], weights);
        var path = Path.Combine(store.Folder, "weights", "..", "weights", "0123456789abcdef.safetensors");
        var bytes = File.ReadAllBytes(path);

        var (code, _, error) = await Run(["export", "--run", "0123456789abcdef", "--to", path, "--results", folder, .. quantized ? new[] { "--quantized" } : []]);

        Assert.Equal((2, $"{path} is where the results keep the weights of that run, whose other users would find something else there; choose another file with --to.\n"), (code, error));
        Assert.Equal(bytes, File.ReadAllBytes(path));
    }

    [Theory]
    [InlineData("There is no file nowhere.pth; check the path of the weights.", "evaluate", "--network", "resnet-20-a", "--weights", "nowhere.pth")]
    [InlineData("There is no network 'wrn-16-2-a'; perhaps wrn-16-2 or wrn-16-1 or wrn-16-4 is meant: choose one like NETWORKS.", "evaluate", "--network", "wrn-16-2-a", "--weights", "x")]
    [InlineData("--mean and --std go together; give one number per channel to each, or write --mean imagenet.", "evaluate", "--network", "resnet-20-a", "--weights", "x", "--mean", "0.5", "0.5", "0.5")]
    [InlineData("--mean white is no number; write one per channel, such as --mean 0.49 0.48 0.45.", "evaluate", "--network", "resnet-20-a", "--weights", "x", "--mean", "white", "--std", "1")]
    [InlineData("cifar10 has 3 channels, so --mean and --std take 3 numbers each, not 1.", "evaluate", "--network", "resnet-20-a", "--weights", "x", "--mean", "0.5", "--std", "1")]
    [InlineData("A normalisation needs one standard deviation of at least 0.0001 per mean, not 3 means with deviations 1, 0, 1.", "evaluate", "--network", "resnet-20-a", "--weights", "x", "--mean", "0.5,0.5,0.5", "--std", "1", "0", "1")]
    [InlineData("A normalisation needs one standard deviation of at least 0.0001 per mean, not 1 means with deviations 1E-40.", "evaluate", "--network", "resnet-20-a", "--weights", "x", "--mean", "0.5", "--std", "1e-40")]
    [InlineData("--results takes a folder's name, not ''; './kd evaluate --help' shows what there is.", "evaluate", "--network", "resnet-20-a", "--weights", "x", "--results", "")]
    [InlineData("--data takes a folder's name, not ' '; './kd evaluate --help' shows what there is.", "evaluate", "--network", "resnet-20-a", "--weights", "x", "--data", " ")]
    [InlineData("--batch-size takes a whole number from 1 to 100000, not '0'; './kd evaluate --help' shows what there is.", "evaluate", "--network", "resnet-20-a", "--weights", "x", "--batch-size", "0")]
    [InlineData("--rename fc cannot be read; write FROM=TO.", "import", "--network", "resnet-20-a", "--weights", "x", "--rename", "fc")]
    public async Task Bad_input_is_one_sentence_and_exit_code_2(string sentence, string command, params string[] args) =>
        Assert.Equal((2, "", sentence.Replace("NETWORKS", Examples, StringComparison.Ordinal) + "\n"), await Run([command, "--data-set", "cifar10", .. args]));

    [Fact]
    public async Task A_run_that_is_not_there_and_a_folder_that_cannot_be_written_are_refused()
    {
        Assert.Equal(
            (2, "", $"There is no run 'abc' in {folder}; './kd results --runs' lists those that there are.\n"),
            await Run("export", "--run", "abc", "--to", Path.Combine(folder, "x"), "--results", folder));

        // A file stands where a folder would have to be.
        File.WriteAllText(Path.Combine(folder, "file"), "");
        var (from, to) = (Path.Combine(folder, "w.safetensors"), Path.Combine(folder, "file", "x.safetensors"));
        using var weights = Toy.Start(Networks.LeNet5(size: 28));
        weights.Save(from);

        var (code, _, error) = await Run("import", "--data-set", "mnist", "--network", "lenet-5", "--weights", from, "--to", to);

        Assert.Equal(2, code);
        Assert.Contains($"\n{to} cannot be written (", error);
        Assert.EndsWith("); choose another file with --to.\n", error);
    }

    [Fact]
    public async Task A_pipe_is_not_waited_for_and_an_empty_file_holds_no_weights()
    {
        var (pipe, empty) = (Path.Combine(folder, "pipe"), Path.Combine(folder, "empty"));
        using (var made = Process.Start("mkfifo", [pipe]))
        {
            await made.WaitForExitAsync();
        }

        File.WriteAllText(empty, "");
        foreach (var path in new[] { pipe, empty })
        {
            Assert.Equal(
                (2, "", $"{path} is empty, or a pipe or a device; name a file that holds weights.\n"),
                await Run("evaluate", "--data-set", "cifar10", "--network", "resnet-20-a", "--weights", path).WaitAsync(TimeSpan.FromMinutes(1)));
        }
    }

    [Fact]
    public async Task A_device_is_not_replaced_by_a_file()
    {
        // By way of a link, which is what a rename would take away here.
        var (from, link) = (Path.Combine(folder, "w.safetensors"), Path.Combine(folder, "device"));
        File.CreateSymbolicLink(link, "/dev/null");
        using var weights = Toy.Start(Networks.LeNet5(size: 28));
        weights.Save(from);

        var (code, _, error) = await Run("import", "--data-set", "mnist", "--network", "lenet-5", "--weights", from, "--to", link);

        Assert.Equal(2, code);
        Assert.EndsWith($"\n{link} is there already and holds something else than weights; move it away, or choose another file with --to.\n", error);
        Assert.Equal("/dev/null", new FileInfo(link).LinkTarget);
        Assert.Empty(Directory.GetFiles(folder, "*.tmp"));
    }

    private static async Task Gives(string network, string file, long parameters, double percent)
    {
        var data = DataFolder.Resolve(null).Path;
        var (code, output, error) = await Run(
            "evaluate", "--data-set", "cifar10", "--network", network, "--weights", Path.Combine(data, "checkpoints", file), "--mean", "imagenet", "--json", "--threads", "1");

        Assert.Equal(0, code);
        var row = JsonDocument.Parse(output).RootElement[0];
        Assert.Equal(
            ("cifar10", 10_000, network, parameters, percent),
            (row.GetProperty("data set").GetString(), row.GetProperty("images").GetInt32(), row.GetProperty("network").GetString(), row.GetProperty("parameters").GetInt64(), row.GetProperty("accuracy %").GetDouble()));
        Assert.Contains("'module.' taken off the names", error);
    }

    private static async Task<(int Code, string Output, string Error)> Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.Run(args, Screen.Plain(output, error), CancellationToken.None);
        return (code, output.ToString(), error.ToString());
    }
}

/// <summary>A test on a public checkpoint and the test images of CIFAR-10: skipped, saying why, where the data folder lacks one of them.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsPublicCheckpointAttribute : FactAttribute
{
    /// <param name="file">Its name, in the folder checkpoints of the data folder.</param>
    public NeedsPublicCheckpointAttribute(string file)
    {
        var data = DataFolder.Resolve(null);
        Skip = !File.Exists(Path.Combine(data.Path, "checkpoints", file)) ? $"checkpoints/{file} (of akamaster/pytorch_resnet_cifar10) is not in {data.Path}; put it there or set KD_DATA."
            : !data.HasTest(Datasets.Cifar10) ? $"The test images of CIFAR-10 are not in {data.Path}; set KD_DATA to a folder that has them."
            : null;
    }
}
