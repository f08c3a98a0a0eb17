using Distillation.Chaos;
using Distillation.Tests.Data;

namespace Distillation.Tests.Cli;

public sealed class ChaosTests
{
    [NeedsData("fashion-mnist")]
    [Trait("Category", "Slow")]
    public void The_program_killed_a_few_times_at_random_moments_ends_with_the_bits_of_an_uninterrupted_run()
    {
        var folder = Directory.CreateTempSubdirectory("chaos-").FullName;
        try
        {
            var chaos = new KillAndGoOn(
                Path.Combine(AppContext.BaseDirectory, "kd.dll"),
                ["train", "--data-set", "fashion-mnist", "--student", "resnet-8", "--method", "none", "--train-images", "500", "--recipe", "short", "--epochs", "3", "--keep-every", "0", "--threads", "1"],
                folder,
                new Random(7));
            var (calm, length) = chaos.Calm();

            var ordeals = chaos.Run(calm, length, kills: 4).ToList();

            Assert.Equal(4, ordeals.Sum(ordeal => ordeal.Kills.Count));
            Assert.All(ordeals, ordeal => Assert.Empty(ordeal.Differences));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
