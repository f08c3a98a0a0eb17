using System.CommandLine;
using Distillation.Cli.Terminal;
using static TorchSharp.torch;

namespace Distillation.Cli.Commands;

/// <summary><c>./kd export</c>: weights that were trained here as a file for PyTorch, with the names that it expects there.</summary>
internal static class Export
{
    /// <summary>The command.</summary>
    public static Verb Verb(GlobalOptions options, Screen screen)
    {
        var run = new Option<string>("--run") { Description = "the id of the run whose last weights are wanted ('./kd results --runs' lists them)", HelpName = "id", Required = true };
        var to = new Option<string>("--to") { Description = "the safetensors file to write", HelpName = "file", Required = true };
        var prefix = new Option<string>("--prefix") { Description = "put in front of every name, such as module.", DefaultValueFactory = _ => "" };
        var rename = new Option<string[]>("--rename") { Description = "FROM=TO for each part of a name that is to be called otherwise, such as fc=linear", AllowMultipleArgumentsPerToken = true };
        var counts = new Option<bool>("--counts") { Description = "write num_batches_tracked too; PyTorch's load_state_dict(strict=True) does without, other programs may not" };
        var quantized = new Option<bool>("--quantized") { Description = "of a quantized network: its levels packed into their bits, with a step per weight, instead of the float weights they are made of" };
        var command = new Command("export", "write the weights of a run as safetensors for torch: model.load_state_dict(safetensors.torch.load_file(FILE))") { run, to, prefix, rename, counts, quantized };
        command.SetAction(parsed =>
        {
            var (row, kept) = Kept(options.ResultStore(parsed), parsed.GetValue(run)!, screen);
            var network = Train.Network(row.Student, options.DataFolder(parsed).Named(row.Dataset));
            using var weights = network.Load(kept, CPU);
            var path = parsed.GetValue(to)!;
            if (parsed.GetValue(quantized))
            {
                if (parsed.GetValue(prefix)!.Length > 0 || parsed.GetValue(rename) is { Length: > 0 } || parsed.GetValue(counts))
                {
                    throw new BadInput("--quantized writes a layout of its own, with our names; leave --prefix, --rename and --counts out.");
                }

                Packed(network, weights, path, screen);
                return;
            }

            var names = new ExportOptions(parsed.GetValue(prefix)!, WeightOptions.Renames(parsed.GetValue(rename)), parsed.GetValue(counts));
            Written(path, () => weights.Export(path, names, Notes(network)));
            screen.Note($"{path} written: {network.Name} of run {row.Id}, {network.ParameterCount} parameters, test accuracy {Amounts.Percent(row.LastAccuracy)}");
        });
        return new(command,
        [
            new("./kd export --run 0123456789abcdef --to student.safetensors", "the last weights of a run, with PyTorch's usual names"),
            new("./kd export --run 0123456789abcdef --to student.safetensors --rename fc=linear --prefix module.", "for a program with other names"),
            new("./kd export --run 0123456789abcdef --to student.safetensors --quantized", "two bits of a ternary weight in two bits"),
        ]);
    }

    // Written beside its place, read again and asked, and only then moved there: what a packed network answers must be what the trained one does.
    private static void Packed(Network network, Weights weights, string path, Screen screen)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        Written(path, () =>
        {
            var beside = $"{path}.{Environment.ProcessId}.unchecked";
            try
            {
                network.SavePacked(weights, beside);
                var (unpacked, read) = network.LoadPacked(beside, CPU);
                var images = Key.Of(0).Normal([16, .. network.Input.Dimensions], CPU);
                var apart = (network.Apply(weights, images, Pass.Evaluation).Logits - unpacked.Apply(read, images, Pass.Evaluation).Logits).abs().max().item<float>();
                if (apart != 0)
                {
                    throw new BadInput($"{path} is not written: packed and read again, the network answers otherwise than before (logits up to {apart} apart); export its float weights without --quantized.");
                }

                File.Move(beside, path, overwrite: true);
            }
            finally
            {
                if (File.Exists(beside))
                {
                    File.Delete(beside);
                }
            }
        });
        screen.Note($"{path} written: {network.Name}, {network.Sizes()}; read again it gives the same logits");
    }

    /// <summary>Does the writing.</summary>
    /// <exception cref="BadInput">The file cannot be written, or is one that a run keeps its weights in.</exception>
    public static void Written(string path, Action write)
    {
        if (string.IsNullOrWhiteSpace(path) || path.Contains('\0') || Directory.Exists(path))
        {
            throw new BadInput($"'{path}' cannot be written: it is no name of a file; choose another with --to.");
        }

        if (IsKept(path))
        {
            throw new BadInput($"{path} is where the results keep the weights of that run, whose other users would find something else there; choose another file with --to.");
        }

        if (File.Exists(path) && !IsSafetensors(path))
        {
            throw new BadInput($"{path} is there already and holds something else than weights; move it away, or choose another file with --to.");
        }

        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInput($"{path} cannot be written ({e.Message.TrimEnd('.')}); choose another file with --to.", e);
        }
    }

    // By its place beside the row of its run.
    private static bool IsKept(string path)
    {
        var (full, id) = (Path.GetFullPath(path), Path.GetFileNameWithoutExtension(path));
        return Path.GetDirectoryName(Path.GetDirectoryName(full)) is { } folder && new ResultStore(folder) is var store && store.WeightsPath(id) == full && File.Exists(store.RunPath(id));
    }

    // What may be replaced: a length of eight bytes, then the brace that a header begins with. A device or a pipe has no length: a file renamed over it would take its place for every other program.
    private static bool IsSafetensors(string path)
    {
        try
        {
            var target = File.ResolveLinkTarget(path, returnFinalTarget: true) as FileInfo ?? new FileInfo(path);
            if (target is not { Exists: true, Length: > 8 })
            {
                return false;
            }

            using var file = target.OpenRead();
            var start = new byte[9];
            return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start[8] == '{';
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>What the header of a written file says about it; some loaders of safetensors (Hugging Face's) ask for the format.</summary>
    public static IReadOnlyDictionary<string, string> Notes(Network network) => new Dictionary<string, string> { ["format"] = "pt", ["network"] = network.Identity };

    private static (RunRow Row, string Path) Kept(ResultStore store, string id, Screen screen)
    {
        var row = store.Runs(screen.Note).FirstOrDefault(run => run.Id == id)
            ?? throw new BadInput($"There is no run '{id}' in {store.Folder}; './kd results --runs' lists those that there are.");
        // A budget has a folder of its own.
        return Directory.EnumerateFiles(store.Folder, $"{row.Id}.safetensors", SearchOption.AllDirectories).Order(StringComparer.Ordinal).FirstOrDefault() is { } path
            ? (row, path)
            : throw new BadInput($"The row of run {id} is there but its weights are not; run it again with --again to have them made.");
    }
}
