namespace Distillation.Tests.Faults;

/// <summary>Folders and files that command lines name, some valid; and what must not change whatever they say.</summary>
internal sealed class FuzzPlace : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("kd-fuzz-").FullName;

    public FuzzPlace()
    {
        foreach (var folder in new[] { Data, Current, Path.GetDirectoryName(Target)! })
        {
            Directory.CreateDirectory(folder);
        }

        System.IO.File.WriteAllText(File, "a file, and no folder");
        var network = Networks.ResNet(8, classes: 10);
        using var weights = Toy.Start(network);
        weights.Save(Weights);
        using var foreign = Toy.Start(Toy.Network);
        foreign.Save(Foreign);
        new ResultStore(Path.Combine(Results, "custom")).Write(new RunRow { Id = Run, Student = network.Name, Dataset = "cifar10", LastAccuracy = 0.5, Status = RunRow.Ok }, [new EpochRow { Id = Run, Epoch = 1 }], weights);
    }

    /// <summary>The id of the run that is there.</summary>
    public string Run => "0123456789abcdef";

    /// <summary>An empty data folder.</summary>
    public string Data => Path.Combine(root, "data");

    /// <summary>A results folder with one run.</summary>
    public string Results => Path.Combine(root, "results");

    /// <summary>Where --to may write.</summary>
    public string Target => Path.Combine(root, "out", "written.safetensors");

    /// <summary>The current directory, with a few folders above it that are the test's own too.</summary>
    public string Current => Path.Combine(root, "a", "b", "c", "here");

    /// <summary>A file where a folder is asked for.</summary>
    public string File => Path.Combine(root, "file");

    /// <summary>Weights of a resnet-8 for CIFAR-10.</summary>
    public string Weights => Path.Combine(root, "weights.safetensors");

    /// <summary>Weights of a network that has no name.</summary>
    public string Foreign => Path.Combine(root, "foreign.safetensors");

    /// <summary>Every file that must stay as it is, with its content: all but what is written into the data and results folders and to the target.</summary>
    public IReadOnlyDictionary<string, string> Untouchable => Directory
        .EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories)
        .Where(path => path != Target && !path.StartsWith(Data + "/", StringComparison.Ordinal))
        .Where(path => !path.StartsWith(Results + "/", StringComparison.Ordinal) || path.Contains(Run, StringComparison.Ordinal))
        .ToDictionary(path => Path.GetRelativePath(root, path), path => Directory.Exists(path) ? "a folder" : Convert.ToHexString(System.IO.File.ReadAllBytes(path)));

    public void Dispose() => Directory.Delete(root, recursive: true);
}
