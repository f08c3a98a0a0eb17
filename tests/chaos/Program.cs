using System.Globalization;
using Distillation.Chaos;

// Arguments: how many kills (20 without), and a seed for their moments (1 without).
var kills = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 20;
var seed = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1;
var folder = Directory.CreateTempSubdirectory("chaos-").FullName;
try
{
    var chaos = new KillAndGoOn(
        Path.Combine(AppContext.BaseDirectory, "kd.dll"),
        ["train", "--data-set", "fashion-mnist", "--student", "resnet-8", "--method", "none", "--train-images", "2000", "--recipe", "short", "--epochs", "4", "--seeds", "2", "--average", "0.99", "--keep-every", "0", "--threads", "1"],
        folder,
        new Random(seed));
    var (calm, length) = chaos.Calm();
    Console.WriteLine($"an uninterrupted run of 4 epochs and 2 seeds takes {length.TotalSeconds:0.0} s");
    var (killed, different, halfWritten) = (0, 0, 0);
    foreach (var (strokes, differences) in chaos.Run(calm, length, kills))
    {
        foreach (var kill in strokes)
        {
            Console.WriteLine($"killed after {kill.After.TotalSeconds,5:0.00} s, aiming at {kill.Aim}{(kill.HalfWritten.Count > 0 ? $", while writing {string.Join(", ", kill.HalfWritten)}" : "")}");
        }

        Console.WriteLine(differences.Count == 0 ? "  went on to the same bits" : $"  DIFFERS: {string.Join("; ", differences)}");
        (killed, different, halfWritten) = (killed + strokes.Count, different + (differences.Count > 0 ? 1 : 0), halfWritten + strokes.Count(kill => kill.HalfWritten.Count > 0));
    }

    Console.WriteLine($"{killed} kills, {halfWritten} of them while a file was being written; {different} runs ended differently");
    return different == 0 ? 0 : 1;
}
finally
{
    Directory.Delete(folder, recursive: true);
}
