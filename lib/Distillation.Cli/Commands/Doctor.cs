using System.CommandLine;
using System.Text.Json;
using Distillation.Cli.Diagnosis;
using Distillation.Cli.Terminal;

namespace Distillation.Cli.Commands;

/// <summary><c>./kd doctor</c>: what is installed, which feed, which libtorch, which device, which data, what notebooks find.</summary>
internal static class Doctor
{
    private static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>The command.</summary>
    public static Verb Verb(GlobalOptions options, Screen screen)
    {
        var json = new Option<bool>("--json") { Description = "for programs" };
        var command = new Command("doctor", "show what is installed: packages, libtorch, devices, data sets, results, what notebooks and charts use") { json };
        command.SetAction(parsed =>
        {
            var health = Health.Read(options.DataFolder(parsed), options.ResultStore(parsed), screen.Note);
            if (parsed.GetValue(json))
            {
                screen.Line(JsonSerializer.Serialize(health, Json));
            }
            else
            {
                Table(health).Show(screen);
            }

            return health.Libtorch.Fault is null ? CommandLine.Done : CommandLine.Broken;
        });
        return new(command, [new("./kd doctor", "what is installed here"), new("./kd doctor --json", "the same for programs")]);
    }

    /// <summary>The report as a table of two columns.</summary>
    public static Sheet Table(Health health) => new(
        [new("what"), new("found")],
        [
            ["SDK", health.Sdk ?? "none on the path"],
            ["runtime", health.Runtime],
            ["feed", health.Feed],
            .. health.Packages.Select(package => new[] { package.Name, package.Version + (package.StandIn ? ": a stand-in from lib/compat" : ": the package") }),
            ["libtorch", health.Libtorch.Fault ?? $"{health.Libtorch.Version} in {health.Libtorch.Path}"],
            ["devices", string.Join(", ", health.Libtorch.Devices)],
            ["processor", $"{health.Machine.Processor}, {health.Machine.Cores} cores, {Amounts.Memory(health.Machine.MemoryGiB)} of memory"],
            ["vector units", health.Machine.Features.Count == 0 ? "none known" : string.Join(", ", health.Machine.Features)],
            ["threads", $"{health.Libtorch.Threads} for one operator"],
            ["data folder", health.DataFolder],
            .. health.DataSets.Select(data => new[] { data.Name, data.Fault is null ? Amounts.Images(data.TrainImages, data.TestImages)
                : data.IsFetched ? $"not usable: './kd train --data-set {data.Name} …' fetches it, --json says what is missing"
                : "not usable: it is put there by hand, --json says what is missing" }),
            ["JPEG", health.Jpeg ? "libjpeg-turbo found" : $"not readable without libjpeg-turbo: {Jpeg.Remedy}"],
            ["results", $"{health.Runs} runs in {health.ResultsFolder}"],
            .. health.Notebooks.Rows,
        ]);
}
