using System.CommandLine;
using System.Globalization;
using Distillation.Cli.Terminal;

namespace Distillation.Cli.Commands;

/// <summary><c>./kd evaluate</c>: how good given weights are on the test images.</summary>
internal static class Evaluate
{
    /// <summary>The command.</summary>
    public static Verb Verb(GlobalOptions options, Screen screen)
    {
        var (weights, pixels) = (new WeightOptions(), new PixelOptions());
        var batch = Numbers.Whole("--batch-size", "images per forward", 1, 100_000, 500);
        var bfloat16 = new Option<bool>("--bfloat16") { Description = "compute in bfloat16, channels last" };
        var json = new Option<bool>("--json") { Description = "as JSON" };
        var command = new Command("evaluate", "test accuracy and loss of weights from a file: a public checkpoint, or what was trained here") { pixels.Mean, pixels.Std, batch, bfloat16, json };
        weights.All.ToList().ForEach(command.Options.Add);
        command.SetAction(async (parsed, stop) =>
        {
            var (plain, network) = weights.Of(parsed);
            var data = pixels.On(plain, parsed);
            var size = parsed.GetValue(batch);
            var names = weights.Names(parsed);
            var lab = options.Laboratory(parsed, Budget.Custom, stop);
            var (values, report) = network.Import(parsed.GetValue(weights.Weights)!, lab.Device, names);
            using (values)
            {
                report.Lines().ToList().ForEach(screen.Note);
                if (!lab.Data.HasTest(data))
                {
                    await Running.Fetch([data], lab, screen);
                }

                using var split = lab.Data.LoadTest(data, lab.Device);
                screen.Note($"{data.Name}: {split.Count.ToString("N0", CultureInfo.InvariantCulture)} test images, normalised with {data.Normalization}");
                var recipe = Recipes.Short with { Compute = parsed.GetValue(bfloat16) ? Compute.BFloat16 : Compute.Float32 };
                var sheet = Table(data, network, split.Count, network.Evaluate(values, new LearningTask.Classes(), split, data.Normalization, recipe, size));
                if (parsed.GetValue(json))
                {
                    screen.Line(sheet.ToJson());
                }
                else
                {
                    sheet.Show(screen);
                }
            }
        });
        return new(command,
        [
            new("./kd evaluate --data-set cifar10 --network resnet-20-a --weights resnet20-12fca82f.th --mean imagenet", "a public checkpoint of PyTorch, with the normalisation it was trained with"),
            new("./kd evaluate --data-set cifar100 --network wrn-16-2 --weights student.safetensors --bfloat16", "weights of one's own, in bfloat16"),
            new("./kd evaluate --data-set cifar10 --network resnet-20 --weights net.pth --mean .49 .48 .45 --std .25 .24 .26 --rename head=fc", "other statistics, other names"),
        ]);
    }

    private static Sheet Table(Dataset data, Network network, long images, Score score) => new(
        [new("data set"), new("images", true), new("network"), new("parameters", true), new("accuracy %", true), new("loss", true)],
        [[data.Name, Number(images), network.Name, Number(network.ParameterCount), (100 * score.Accuracy).ToString("0.00", CultureInfo.InvariantCulture), Amounts.Loss(score.Loss)]]);

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
