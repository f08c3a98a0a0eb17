using System.CommandLine;
using Distillation.Cli.Terminal;
using Distillation.Notebooks.Jupyter;

namespace Distillation.Cli.Commands;

/// <summary><c>./kd notebook jupyter</c>: tells Jupyter about this project's kernel; and the kernel itself, which Jupyter starts.</summary>
internal static class NotebookJupyter
{
    // What the program was started with and a kernel should have as well.
    private static readonly string[] inherited = ["OMP_WAIT_POLICY", "DOTNET_GCgen0size", "DOTNET_ROOT", "TORCH_HOME", "KD_DATA", "KD_RESULTS", Devices.Variable];

    /// <summary>Lines for the help of <c>./kd notebook</c>.</summary>
    public static IReadOnlyList<Example> Examples { get; } =
    [
        new("./kd notebook jupyter", "register the kernel for JupyterLab, Jupyter Notebook and VS Code"),
        new($"./kd notebook jupyter --name {KernelSpecification.InteractiveName}", "also for notebooks that .NET Interactive wrote, where that is not installed"),
    ];

    /// <summary>Registers the kernel, or takes it away.</summary>
    public static Command Register(Screen screen)
    {
        var user = new Option<bool>("--user") { Description = "for this user, which it does anyway" };
        var prefix = new Option<string?>("--prefix") { Description = "below this folder instead: /usr/local, or a virtual environment", HelpName = "folder" };
        var name = new Option<string>("--name")
        {
            Description = $"what notebooks call the kernel; with {KernelSpecification.InteractiveName} those of .NET Interactive open with it",
            HelpName = "name",
            DefaultValueFactory = _ => KernelSpecification.OwnName,
        };
        var remove = new Option<bool>("--remove") { Description = "take it away again" };
        var command = new Command("jupyter", "register this project's C# kernel with Jupyter") { user, prefix, name, remove };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(user) && parsed.GetValue(prefix) is not null)
            {
                throw new BadInput("--user and --prefix name two places: choose one.");
            }

            var kernels = parsed.GetValue(prefix) is { } below ? KernelSpecification.FolderBelow(below) : KernelSpecification.UserFolder();
            var specification = new KernelSpecification(parsed.GetValue(name)!);
            if (parsed.GetValue(remove))
            {
                screen.Note(specification.Remove(kernels) ? $"The kernel {specification.Name} is gone from {kernels}." : $"There is no kernel {specification.Name} in {kernels}.");
                return CommandLine.Done;
            }

            KernelProcess.RequireLibrary();
            screen.Note($"Registered: {specification.Write(kernels, Start(), Environment())}");
            screen.Note(OnPath("jupyter")
                ? $"'jupyter notebook' or 'jupyter lab' offers it from now on; 'jupyter nbconvert --to notebook --execute --ExecutePreprocessor.kernel_name={specification.Name} FILE' runs a notebook with it."
                : "There is no command jupyter here yet: 'apt-get install jupyter-notebook' brings one (jupyter-nbconvert to run notebooks only); VS Code's Jupyter extension needs none.");
            return CommandLine.Done;
        });
        return command;
    }

    /// <summary>What the specification starts.</summary>
    public static Command Kernel(Screen screen)
    {
        var file = new Argument<string>("connection-file") { Description = "written by Jupyter" };
        var command = new Command("kernel", "serve Jupyter's clients") { file };
        command.Hidden = true;
        command.SetAction(async (parsed, stop) =>
        {
            await KernelProcess.Serve(parsed.GetValue(file)!, screen.Note, stop);
            // Threads that cells have started would keep the process.
            System.Environment.Exit(CommandLine.Done);
            return CommandLine.Done;
        });
        return command;
    }

    // This program, not ./kd: a kernel has to be there in seconds and must not build anything.
    private static IReadOnlyList<string> Start()
    {
        var host = System.Environment.ProcessPath!;
        var isDotnet = Path.GetFileNameWithoutExtension(host).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
        return [host, .. isDotnet ? new[] { Path.Combine(AppContext.BaseDirectory, "kd.dll") } : [], "notebook", "kernel", "{connection_file}"];
    }

    private static Dictionary<string, string> Environment() =>
        inherited.Select(name => KeyValuePair.Create(name, System.Environment.GetEnvironmentVariable(name)!)).Where(one => !string.IsNullOrEmpty(one.Value)).ToDictionary();

    private static bool OnPath(string program) =>
        (System.Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));
}
