using System.Text.Json;

namespace Distillation.Tests.Data;

/// <summary>Data sets as values: names, subsets, equality, text.</summary>
public sealed class DatasetTests
{
    [Theory]
    [InlineData("fashion-mnist", "fashion-mnist")]
    [InlineData("FashionMNIST", "fashion-mnist")]
    [InlineData("CIFAR-100", "cifar100")]
    [InlineData("cifar_10", "cifar10")]
    public void A_data_set_is_found_by_name_however_it_is_spelt(string asked, string name) => Assert.Equal(name, Datasets.Named(asked).Name);

    [Fact]
    public void An_unknown_name_is_answered_with_those_that_exist() => Assert.Equal(
        "There is no data set 'imagenet': choose one of fashion-mnist, mnist, cifar10, cifar100, cinic10, tiny-imagenet, celeba, spoken-digits, dcase2018, dcase2019, usps.",
        Assert.Throws<BadInput>(() => Datasets.Named("imagenet")).Message);

    [Fact]
    public void Every_data_set_has_an_entry_in_the_catalog_and_the_other_way_round() =>
        Assert.Equal(Datasets.All.Select(d => d.Name), DataCatalog.BuiltIn.DataSets.Select(e => e.Name));

    [Fact]
    public void The_catalog_names_addresses_hashes_licence_and_citation_of_everything()
    {
        foreach (var entry in DataCatalog.BuiltIn.DataSets)
        {
            Assert.True(entry.Mirrors.Count >= 2 || entry.ByHand is not null);
            Assert.All(entry.Mirrors, mirror => Assert.Matches("^https?://.*/$", mirror));
            Assert.All(entry.Files.Where(f => f.Bytes is not null), file => Assert.Matches("^[0-9a-f]{64}$", file.Sha256));
            // Text, whose lines are counted.
            Assert.All(entry.Files.Where(f => f.Bytes is null), file => Assert.Matches(@"\.txt$|^zip\.(train|test)$", file.Name));
            Assert.All(entry.Downloads.Where(d => d.IsArchive && entry.Ending is null), archive => Assert.Matches("^[0-9a-f]{64}$", archive.Sha256));
            Assert.True(entry.ByHand is not null || entry.Files.Count == entry.Downloads.SelectMany(entry.Inside).Count());
            Assert.NotEmpty(entry.Licence);
            Assert.NotEmpty(entry.Citation);
        }
    }

    [Fact]
    public void Equal_numbers_make_equal_data_sets_and_survive_json()
    {
        var dataset = Datasets.Cifar100.Take(5000, seed: 3);
        var again = JsonSerializer.Deserialize<Dataset>(JsonSerializer.Serialize(dataset))!;
        Assert.Equal(dataset, again);
        Assert.Equal(dataset.GetHashCode(), again.GetHashCode());
        Assert.NotEqual(dataset, dataset with { Normalization = new([0.5, 0.5, 0.5], [0.25, 0.25, 0.25]) });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(60_001)]
    public void A_subset_larger_than_the_set_or_empty_is_refused(int count) =>
        Assert.Contains("ask for 1 to 60000", Assert.Throws<BadInput>(() => Datasets.Mnist.Take(count)).Message);

    [Fact]
    public void A_subset_is_balanced_sorted_and_without_repetition() => Law.Holds(Law.Whole(1, 300), Law.Seed, (count, seed) =>
    {
        var chosen = Choose(count, seed);
        var perClass = Enumerable.Range(0, 10).Select(c => chosen.Count(i => Labels[(int)i] == c)).ToList();
        return chosen.Length == count && perClass.Max() - perClass.Min() <= 1 && chosen.SequenceEqual(chosen.Distinct().Order());
    });

    [Fact]
    public void A_larger_subset_of_the_same_seed_contains_the_smaller() => Law.Holds(Law.Whole(1, 30), Law.Seed, (tens, seed) =>
        !Choose(10 * tens, seed).Except(Choose(10 * (tens + 5), seed)).Any());

    [Fact]
    public void Another_seed_draws_other_images() => Assert.NotEqual(Choose(50, 1), Choose(50, 2));

    [Fact]
    public void A_subset_is_the_same_on_every_machine() => Assert.Equal([1, 60, 66, 104, 183, 237, 282, 298, 359, 395], Choose(10, 0));

    [Fact]
    public void A_class_with_too_few_images_is_spoken_of() =>
        Assert.Contains("take fewer", Assert.Throws<BadInput>(() => new Subset(8).Choose([0, 0, 0, 0, 0, 0, 0, 1, 1], Two)).Message);

    [Fact]
    public void The_data_folder_is_the_option_then_the_variable_then_the_repository_s()
    {
        var before = Environment.GetEnvironmentVariable("KD_DATA");
        try
        {
            Environment.SetEnvironmentVariable("KD_DATA", "/elsewhere");
            Assert.Equal(Path.GetFullPath("here"), DataFolder.Resolve("here").Path);
            Assert.Equal(Path.GetFullPath("/elsewhere"), DataFolder.Resolve(null).Path);
            Environment.SetEnvironmentVariable("KD_DATA", null);
            Assert.EndsWith(Path.Combine("data", "cache"), DataFolder.Resolve(" ").Path);
        }
        finally
        {
            Environment.SetEnvironmentVariable("KD_DATA", before);
        }
    }

    // 40 images of each of ten classes, in no order.
    private static long[] Labels { get; } = [.. Enumerable.Range(0, 400).Select(i => (long)(i * 7 % 10))];

    private static Dataset Two => Datasets.Mnist with { Classes = 2, TrainCount = 9 };

    private static long[] Choose(int count, long seed) => new Subset(count, seed).Choose(Labels, Datasets.Mnist with { TrainCount = 400 });
}
