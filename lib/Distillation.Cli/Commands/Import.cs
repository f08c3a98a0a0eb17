using System.CommandLine;
using Distillation.Cli.Terminal;
using static TorchSharp.torch;

namespace Distillation.Cli.Commands;

/// <summary><c>./kd import</c>: what of a foreign file fits a network, and its weights as a safetensors file with our names.</summary>
internal static class Import
{
    /// <summary>The command.</summary>
    public static Verb Verb(Screen screen)
    {
        var weights = new WeightOptions();
        var to = new Option<string?>("--to") { Description = "the safetensors file to write; without it the weights are only compared with the network", HelpName = "file" };
        var seed = Numbers.Whole("--new-exits", "exits that the file lacks start afresh from this seed, so that the weights of a network become those of the same network with exits; every value that is new is listed", 0, int.MaxValue);
        var command = new Command("import", "compare a PyTorch or safetensors file with a network by names and shapes, and write its weights as safetensors") { to, seed };
        weights.All.ToList().ForEach(command.Options.Add);
        command.SetAction(parsed =>
        {
            var (_, network) = weights.Of(parsed);
            var names = weights.Names(parsed) with { Start = Beginning(network, parsed.GetValue(seed)) };
            using var file = WeightFile.Open(parsed.GetValue(weights.Weights)!);
            var report = network.Match(file, names);
            report.Lines().ToList().ForEach(screen.Note);
            if (Differences(report, network.Table.Places.ToDictionary(place => place.Name, place => place.Shape)) is { Rows.Count: > 0 } differences)
            {
                differences.Show(screen);
            }

            if (report.Fault(names.IgnoreUnexpected) is { } fault)
            {
                throw new BadInput(fault);
            }

            if (parsed.GetValue(to) is { } path)
            {
                var (values, _) = network.Import(file, CPU, names);
                using (values)
                {
                    Export.Written(path, () => values.Save(path, Export.Notes(network)));
                }

                screen.Note($"{path} written");
            }
        });
        return new(command,
        [
            new("./kd import --data-set cifar10 --network resnet-56-a --weights resnet56-4bfd9763.th --to teacher.safetensors", "a public checkpoint as a safetensors file with our names"),
            new("./kd import --data-set cifar100 --network resnet-20 --weights net.pth --prefix backbone. --rename head=fc", "only compare, and say how names differ"),
            new("./kd import --data-set cifar100 --network resnet-20+attention --weights resnet-20.safetensors --new-exits 0 --to start.safetensors", "the weights of a network without exits in one with exits, which start afresh"),
        ]);
    }

    private static Key? Beginning(Network network, int? seed) => seed switch
    {
        null => null,
        _ when network.Exits.Count == 0 => throw new BadInput($"'{network.Name}' has no exits that could start afresh; leave --new-exits out, or choose a network with exits, such as {network.Name}+attention."),
        { } number => Key.Of(number),
    };

    private static Sheet Differences(ImportReport report, IReadOnlyDictionary<string, long[]> shapes) => new(
        [new("name"), new("what"), new("in the file"), new("in the network")],
        [
            .. report.Missing.Select(name => (string[])[name, "missing", "", ""]),
            .. report.New.Select(name => (string[])[name, "new", "", $"[{string.Join(", ", shapes[name])}]"]),
            .. report.Unexpected.Select(name => (string[])[name, "not expected", "", ""]),
            .. report.Reshaped.Select(difference => (string[])[difference.Name, "another shape", $"{difference.Found}", $"{difference.Needed}"]),
        ]);
}
