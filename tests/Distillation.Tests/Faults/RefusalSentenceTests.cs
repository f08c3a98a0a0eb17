using Distillation.Cli;
using Distillation.Cli.Terminal;

namespace Distillation.Tests.Faults;

/// <summary>What cannot be used is told in one sentence: what, where, what to do.</summary>
public sealed class RefusalSentenceTests : IDisposable
{
    // The list grows with the catalog; what the catalog holds is tested there.
    private static readonly string Examples = string.Join(", ", NetworkCatalog.Names.Select(known => known.Example));

    private const string Train = "train --data-set cifar10 --student resnet-8 --threads 1";
    private readonly FuzzPlace place = new();

    public void Dispose() => place.Dispose();

    [Theory]
    [InlineData("--epochs takes a whole number from 1 to 100000, not '2147483647'; './kd train --help' shows what there is.", Train + " --epochs 2147483647")]
    [InlineData("--epochs takes a whole number from 1 to 100000, not '99999999999'; './kd train --help' shows what there is.", Train + " --epochs 99999999999")]
    [InlineData("--epochs takes a whole number from 1 to 100000, not '0'; './kd train --help' shows what there is.", Train + " --epochs 0")]
    [InlineData("--teacher-epochs takes a whole number from 1 to 100000, not '-3'; './kd train --help' shows what there is.", Train + " --teacher-epochs -3")]
    [InlineData("--seeds takes a whole number from 1 to 1000, not '1e3'; './kd train --help' shows what there is.", Train + " --seeds 1e3")]
    [InlineData("--batch-size takes a whole number from 2 to 100000, not '1'; './kd train --help' shows what there is.", Train + " --batch-size 1")]
    [InlineData("--clip takes a number above 0, not 'nan'; './kd train --help' shows what there is.", Train + " --clip nan")]
    [InlineData("--clip takes a number above 0, not 'Infinity'; './kd train --help' shows what there is.", Train + " --clip Infinity")]
    [InlineData("--clip takes a number above 0, not '1,5'; './kd train --help' shows what there is.", Train + " --clip 1,5")]
    [InlineData("--clip takes a number above 0, not '-1'; './kd train --help' shows what there is.", Train + " --clip -1")]
    [InlineData("--average takes a number from 0 to below 1, not '1'; './kd train --help' shows what there is.", Train + " --average 1")]
    [InlineData("--keep-every takes minutes from 0 to a million, not 'NaN'; './kd train --help' shows what there is.", Train + " --keep-every NaN")]
    [InlineData("--threads takes a whole number from 1 to 1024, not '2147483647'; './kd results --help' shows what there is.", "results --threads 2147483647")]
    [InlineData("--seed takes a whole number, not 'first'; './kd results --help' shows what there is.", "results --seed first")]
    [InlineData("Batches of 60000 images are larger than the 50000 training images; choose a smaller --batch-size.", Train + " --batch-size 60000")]
    [InlineData("Batches of 128 images are larger than the 100 training images; choose a smaller --batch-size.", Train + " --batch-size 128 --train-images 100")]
    [InlineData("cifar10 has 50000 training images, so 50001 of them cannot be taken: ask for 1 to 50000.", Train + " --train-images 50001")]
    [InlineData("CUDA graphs are for a GPU, and this computes on cpu.", Train + " --graphs")]
    [InlineData("CUDA graphs are for a GPU, and this computes on cpu.", "bench --graphs")]
    [InlineData("--teacher-epochs is for a teacher that is trained; give --teacher NAME without --teacher-weights, or leave it out.", Train + " --teacher-epochs 3")]
    [InlineData("--set nonee.x=1 is for a method that is not among kd, none; name one of them, or add it to --method.", Train + " --teacher resnet-20 --method kd none --set nonee.x=1")]
    [InlineData("The method 'kd' has no setting 'temprature'; perhaps temperature is meant: it has temperature, weight, hard.", Train + " --teacher resnet-20 --set temprature=2")]
    [InlineData("--set temperature=3 sets 'temperature' of 'kd' a second time; give every setting once.", Train + " --teacher resnet-20 --set temperature=2 temperature=3")]
    [InlineData("--set kd.temperature=3 sets 'temperature' of 'kd' a second time; give every setting once.", Train + " --teacher resnet-20 --set temperature=2 kd.temperature=3")]
    [InlineData("The method 'kd' needs a teacher; give --teacher NAME, or choose the method 'none'.", Train + " --method none kd")]
    [InlineData("--set temperature=nan cannot be read; write NAME=NUMBER or NAME=FROM..TO, or METHOD.NAME=NUMBER when there are several methods or a sum.", Train + " --teacher resnet-20 --set temperature=nan")]
    [InlineData("There is no recipe 'shrot'; perhaps short is meant: choose crd or short.", Train + " --recipe shrot")]
    [InlineData("There is no budget 'papre'; perhaps paper is meant: choose one of smoke, laptop, night, paper, custom.", Train + " --budget papre")]
    [InlineData("There is no network 'rsenet-20'; perhaps resnet-20 or resnet-20-a or resnet-26 is meant: choose one like NETWORKS.", "train --data-set cifar10 --student rsenet-20 --threads 1")]
    [InlineData("--csv and --json exclude each other; choose one.", "results --csv --json")]
    [InlineData("--json and --markdown exclude each other; choose one.", "bench --json --markdown")]
    public async Task One_sentence_and_exit_code_2(string sentence, string line) =>
        Assert.Equal((2, "", sentence.Replace("NETWORKS", Examples, StringComparison.Ordinal) + "\n"), await Kd([.. line.Split(' '), "--data", place.Data, "--results", place.Results]));

    [Theory]
    [InlineData("wrn-994-99")]
    [InlineData("resnet-998x99")]
    public async Task A_network_beyond_all_bounds_is_refused_before_its_weights_are_made(string name)
    {
        var (code, _, error) = await Kd(["train", "--data-set", "cifar10", "--student", name, "--threads", "1", "--data", place.Data, "--results", place.Results]);

        Assert.Equal(2, code);
        Assert.StartsWith($"The network '{name}' would have more than 1 billion parameters; choose a smaller one, like ", error);
    }

    [Fact]
    public async Task A_file_where_a_folder_belongs_is_named()
    {
        Assert.Equal((2, "", $"The data folder {place.File} is a file; name a folder with --data.\n"), await Kd([.. Train.Split(' '), "--data", place.File, "--results", place.Results]));
        Assert.Equal((2, "", $"The results folder {place.File} is a file; name a folder with --results.\n"), await Kd([.. Train.Split(' '), "--data", place.Data, "--results", place.File]));
        Assert.Equal((2, "", $"The results folder {place.File} is a file; name a folder with --results.\n"), await Kd(["results", "--results", place.File]));
        Assert.Equal((2, "", $"The data folder {place.File} is a file; name a folder with --data.\n"), await Kd(["doctor", "--data", place.File, "--results", place.Results]));
    }

    [Fact]
    public async Task A_teachers_file_of_another_network_or_other_classes_is_told_before_anything_is_fetched()
    {
        var (code, _, error) = await Kd([.. Train.Split(' '), "--teacher", "resnet-8", "--teacher-weights", place.Foreign, "--data", place.Data, "--results", place.Results]);
        Assert.Equal(2, code);
        Assert.StartsWith($"{place.Foreign} holds weights of another network than 'resnet-8': ", error);

        (code, _, error) = await Kd(["train", "--data-set", "cifar100", "--student", "resnet-8", "--teacher", "resnet-8", "--teacher-weights", place.Weights, "--threads", "1", "--data", place.Data, "--results", place.Results]);
        Assert.Equal(2, code);
        Assert.StartsWith($"{place.Weights}: 'fc.weight' is [10, 64] and 'resnet-8' needs [100, 64] (1 more differ too); choose the network (classes, channels, width) it was made with.", error);
        Assert.Empty(Directory.GetFileSystemEntries(place.Data));
    }

    [Fact]
    public async Task Exporting_over_something_that_holds_no_weights_is_refused_and_leaves_it()
    {
        var row = Path.Combine(place.Results, "custom", "runs", $"{place.Run}.parquet");
        var before = File.ReadAllBytes(row);

        var (code, _, error) = await Kd(["export", "--run", place.Run, "--to", row, "--results", place.Results]);

        Assert.Equal((2, $"{row} is there already and holds something else than weights; move it away, or choose another file with --to.\n"), (code, error));
        Assert.Equal(before, File.ReadAllBytes(row));
    }

    [Fact]
    public async Task What_somebody_typed_cannot_move_the_cursor_or_break_the_line()
    {
        var (_, _, error) = await Kd(["train", "--data-set", "a\u001b[2Jb\nc", "--student", "resnet-8"]);

        Assert.StartsWith("There is no data set 'a�[2Jb�c': choose one of ", error);
    }

    [Theory]
    [InlineData("kdd", "kd")]
    [InlineData("KD", "kd")]
    [InlineData("dk", "kd")]
    [InlineData("wrn_40_2", "wrn-40-2")]
    [InlineData("xyz", null)]
    [InlineData("", null)]
    public void The_nearest_name_is_the_one_that_the_fewest_slips_lead_to(string typed, string? meant) =>
        Assert.Equal(meant, Nearest.To(typed, ["kd", "none", "wrn-40-2", "wrn-16-2"]).FirstOrDefault());

    [Theory]
    [InlineData("", "abc", 3)]
    [InlineData("abc", "abc", 0)]
    [InlineData("abc", "acb", 1)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("ca", "abc", 3)]
    public void Distances_count_letters_put_in_left_out_replaced_or_exchanged(string a, string b, int slips) =>
        Assert.Equal((slips, slips), (Nearest.Distance(a, b), Nearest.Distance(b, a)));

    private static async Task<(int Code, string Output, string Error)> Kd(string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.Run(args, Screen.Plain(output, error), CancellationToken.None);
        return (code, output.ToString(), error.ToString());
    }
}
