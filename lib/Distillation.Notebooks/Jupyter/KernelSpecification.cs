using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Distillation.Notebooks.Jupyter;

/// <summary>The folder with a kernel.json by which Jupyter knows a kernel and how to start it.</summary>
/// <param name="Name">What notebooks call the kernel: letters, digits, dot, dash, underscore.</param>
public sealed partial record KernelSpecification(string Name)
{
    /// <summary>The name this kernel is registered under by itself. .NET Interactive's is another, so both can be there.</summary>
    public const string OwnName = "distillation-csharp";

    /// <summary>.NET Interactive's name, which its notebooks carry.</summary>
    public const string InteractiveName = ".net-csharp";

    private const string Maker = "./kd notebook jupyter";
    private static readonly JsonSerializerOptions json = new() { WriteIndented = true, IndentSize = 1, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // The notebooks of .NET Interactive say what it is called; a file that is saved again then keeps that line.
    private string DisplayName => Name == InteractiveName ? ".NET (C#)" : "C# (Distillation)";

    /// <summary>The folder of kernels that belongs to the user: JUPYTER_DATA_DIR, or where Jupyter has it on this system.</summary>
    public static string UserFolder()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
        var data = Environment.GetEnvironmentVariable("JUPYTER_DATA_DIR") is { Length: > 0 } set ? set
            : OperatingSystem.IsMacOS() ? Path.Combine(home, "Library", "Jupyter")
            : OperatingSystem.IsWindows() ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData), "jupyter")
            : Path.Combine(Environment.GetEnvironmentVariable("XDG_DATA_HOME") is { Length: > 0 } xdg ? xdg : Path.Combine(home, ".local", "share"), "jupyter");
        return Path.Combine(data, "kernels");
    }

    /// <summary>The folder of kernels below an installation's prefix, such as /usr/local or a virtual environment.</summary>
    public static string FolderBelow(string prefix) => Path.Combine(Path.GetFullPath(prefix), "share", "jupyter", "kernels");

    /// <summary>The kernel.json of every registration that this project made, in all folders where Jupyter looks.</summary>
    public static IReadOnlyList<string> Registered() =>
    [
        .. from folder in new[] { UserFolder() }
               .Concat((Environment.GetEnvironmentVariable("JUPYTER_PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Select(path => Path.Combine(path, "kernels")))
               .Concat(new[] { "/usr/local", "/usr" }.Select(FolderBelow)).Distinct()
           where Directory.Exists(folder)
           from kernel in Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal)
           where IsOurs(kernel)
           select Path.Combine(kernel, "kernel.json"),
    ];

    /// <summary>Writes it, over an earlier one of this kernel.</summary>
    /// <param name="kernels">The folder of kernels.</param>
    /// <param name="start">The command line that starts the kernel; {connection_file} is where Jupyter puts its file.</param>
    /// <param name="environment">Variables that the kernel is started with.</param>
    /// <returns>The file that was written.</returns>
    /// <exception cref="BadInput">The name cannot be one, another kernel has it, or the folder cannot be written.</exception>
    public string Write(string kernels, IReadOnlyList<string> start, IReadOnlyDictionary<string, string> environment)
    {
        var folder = Folder(kernels);
        if (Directory.Exists(folder) && !IsOurs(folder))
        {
            throw new BadInput($"{folder} belongs to another kernel, and two cannot have the name {Name}: choose one with --name, or take that one away with 'jupyter kernelspec remove {Name}' first.");
        }

        var specification = new JsonObject
        {
            ["argv"] = new JsonArray([.. start.Select(word => (JsonNode)word)]),
            ["display_name"] = DisplayName,
            ["language"] = "C#",
            ["interrupt_mode"] = "message",
            ["env"] = new JsonObject(environment.Select(one => KeyValuePair.Create(one.Key, (JsonNode?)one.Value))),
            ["metadata"] = new JsonObject { ["debugger"] = false, ["made_by"] = Maker },
        };
        return OnDisk(folder, () =>
        {
            Directory.CreateDirectory(folder);
            var file = Path.Combine(folder, "kernel.json");
            File.WriteAllText(file + ".tmp", specification.ToJsonString(json) + "\n");
            File.Move(file + ".tmp", file, overwrite: true);
            return file;
        });
    }

    /// <summary>Takes it away.</summary>
    /// <returns>Whether it was there.</returns>
    /// <exception cref="BadInput">It belongs to another kernel, or cannot be taken away.</exception>
    public bool Remove(string kernels)
    {
        var folder = Folder(kernels);
        if (!Directory.Exists(folder))
        {
            return false;
        }

        if (!IsOurs(folder))
        {
            throw new BadInput($"{folder} belongs to another kernel: 'jupyter kernelspec remove {Name}' takes it away.");
        }

        return OnDisk(folder, () =>
        {
            Directory.Delete(folder, recursive: true);
            return true;
        });
    }

    private string Folder(string kernels) =>
        Names().IsMatch(Name) && Name.Trim('.').Length > 0 ? Path.Combine(kernels, Name.ToLowerInvariant()) : throw new BadInput($"'{Name}' cannot be a kernel's name: take letters, digits, dots, dashes and underscores.");

    private static bool IsOurs(string folder)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllBytes(Path.Combine(folder, "kernel.json"))) is JsonObject file && file["metadata"] is JsonObject metadata && metadata["made_by"]?.ToString() == Maker;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return false;
        }
    }

    private static T OnDisk<T>(string folder, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInput($"Cannot write {folder}: {e.Message.TrimEnd('.')}. --prefix names another place.");
        }
    }

    [GeneratedRegex(@"^[A-Za-z0-9._-]+$")]
    private static partial Regex Names();
}
