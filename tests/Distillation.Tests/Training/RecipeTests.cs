namespace Distillation.Tests;

public class RecipeTests
{
    // By network: epochs, batch, decay, what the rate is multiplied by, and the epochs, counted from 0, before which it is.
    public static TheoryData<string, int, int, double, double, int[]> OfFeed => new()
    {
        { "resnet", 164, 128, 1e-4, 0.1, [81, 122] },
        { "wide resnet", 200, 128, 5e-4, 0.2, [60, 120, 160] },
        { "resnext", 300, 128, 5e-4, 0.1, [150, 225] },
        { "imagenet", 90, 256, 1e-4, 0.1, [30, 60] },
    };

    [Theory]
    [MemberData(nameof(OfFeed))]
    public void The_networks_of_FEED_learn_by_the_recipes_of_the_literature(string network, int epochs, int batch, double decay, double factor, int[] drops)
    {
        var recipe = network switch { "resnet" => Recipes.Feed, "wide resnet" => Recipes.FeedWide, "resnext" => Recipes.FeedResNeXt, _ => Recipes.FeedImageNet };

        Assert.Equal((epochs, batch, new Optimizer.Sgd(Momentum: 0.9, Decay: decay)), (recipe.Epochs, recipe.BatchSize, recipe.Optimizer));
        Assert.All(Enumerable.Range(0, epochs), epoch => Assert.Equal(0.1 * Math.Pow(factor, drops.Count(drop => epoch >= drop)), recipe.Rate.At((double)epoch / epochs), 12));
    }
}
