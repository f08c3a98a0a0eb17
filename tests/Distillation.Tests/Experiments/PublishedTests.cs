using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace Distillation.Tests;

public sealed class PublishedTests
{
    private static readonly string folder = Path.Combine(Golden.RepositoryRoot, "data", "published");

    private static string Value(PublishedTable table, string dataset, string teacher, string student, string method, string variant = "", ReportedEpoch? epoch = null) =>
        table.Values.Single(value => (value.Dataset, value.Teacher, value.Student, value.Method, value.Variant) == (dataset, teacher, student, method, variant)
            && value.Metric == "accuracy" && (epoch ?? value.Epoch) == value.Epoch).Value!.Value.ToString(CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("repdistiller-baselines", 15)]
    [InlineData("repdistiller-same", 13 * 7)]
    [InlineData("repdistiller-cross", 12 * 6)]
    [InlineData("mskd-exits", (6 * 5) + 3 + 4)]
    [InlineData("mskd-tiny-exits", (2 * 5) + 2)]
    [InlineData("mskd-cifar100", 17 * 7)]
    [InlineData("mskd-tiny", 11 * 2)]
    [InlineData("dafl-mnist", (7 * 2) + 8)]
    [InlineData("dafl-cifar", (6 * 2) + 4)]
    [InlineData("dafl-celeba", 4)]
    [InlineData("dafl-ablation", 8)]
    [InlineData("dafl-benchmark", 2 * 5)]
    [InlineData("gslr-headline", 2)]
    [InlineData("gslr-float", 3)]
    [InlineData("byot-exits", 3 * 4)]
    [InlineData("sskd-cifar100", 11 + 5)]
    [InlineData("sskd-combined", 3 * 5)]
    [InlineData("hsakd-cifar100", (8 * 2) + (4 * 2) + 1)]
    [InlineData("dkd-cifar100", 11)]
    [InlineData("reviewkd-cifar100", 11)]
    [InlineData("dist-cifar100", 6)]
    [InlineData("mlkd-cifar100", 10)]
    [InlineData("lskd-cifar100", (4 * 10) + 4)]
    [InlineData("lskd-last-best", 6 * 2)]
    [InlineData("ickd-cifar100", 7 * 2)]
    [InlineData("catkd-cifar100", 11)]
    [InlineData("sdd-cifar100", 4 * 6)]
    [InlineData("simkd-cifar100", 3 * 3)]
    [InlineData("itrd-cifar100", 9)]
    [InlineData("wttm-cifar100", 6 + 6 + 7)]
    [InlineData("nd-cifar100", (3 * 4) + 1)]
    [InlineData("rld-cifar100", 7)]
    [InlineData("crld-cifar100", 7)]
    [InlineData("dot-cifar100", 3)]
    [InlineData("fcfd-cifar100", 7)]
    [InlineData("norm-cifar100", 2 * 13)]
    [InlineData("state-of-the-art", 114)]
    public void A_table_has_as_many_numbers_as_its_source(string id, int count) => Assert.Equal(count, Published.Named(id).Values.Count);

    [Fact]
    public void Every_file_is_a_table_of_the_library_and_every_table_has_a_property()
    {
        var files = Directory.EnumerateFiles(folder, "*.csv").Select(file => Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal);
        var properties = typeof(Published).GetNestedTypes().Append(typeof(Published))
            .SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Static))
            .Where(property => property.PropertyType == typeof(PublishedTable))
            .Select(property => ((PublishedTable)property.GetValue(null)!).Id)
            .Order(StringComparer.Ordinal);
        var tables = Published.All.Select(table => table.Id).Order(StringComparer.Ordinal).ToList();

        Assert.Equal(tables, files);
        Assert.Equal(tables, properties);
        Assert.Equal(37, tables.Count);
    }

    [Fact]
    public void Values_lie_where_their_units_allow()
    {
        foreach (var value in Published.All.SelectMany(table => table.Values))
        {
            var (lowest, highest) = value.Metric == "accuracy" ? (1m, 100m) : (1m, 1000m);
            Assert.True(value.Value is not { } number || (number > lowest && number < highest), $"{value}");
            Assert.True(value.Spread is not { } spread || (spread > 0 && spread < 1), $"{value}");
            Assert.Equal(value.Metric == "accuracy", value.Unit == "%");
            Assert.Contains(value.Metric, new[] { "accuracy", "flops", "parameters" });
            Assert.True(value.Value is not null || value.Caveat != "", $"{value} has neither a number nor a word why");
        }
    }

    [Fact]
    public void A_key_names_one_number()
    {
        foreach (var table in Published.All)
        {
            Assert.All(table.Values, value => Assert.Equal(table.Id, value.Table));
            Assert.Empty(table.Values
                .GroupBy(value => (value.Dataset, value.Teacher, value.Student, value.Method, value.Variant, value.Metric, value.Epoch))
                .Where(group => group.Count() > 1).Select(group => $"{table.Id}: {group.Key}"));
        }
    }

    [Fact]
    public void Networks_that_the_library_builds_and_methods_that_it_has_go_by_its_names()
    {
        var networks = Published.All.SelectMany(table => table.Values).SelectMany(value => new[] { value.Student, value.Teacher }).Where(name => name != "").Distinct().ToList();
        var methods = Published.All.SelectMany(table => table.Values).Select(value => value.Method).ToHashSet();

        foreach (var name in networks.Where(name => !new[] { "hintonnet", "alexnet" }.Any(name.Contains)))
        {
            Assert.Equal(name, NetworkCatalog.Named(name, 10, 3, 32).Name);
        }

        foreach (var name in new[] { "none", "kd", "fitnet", "at", "sp", "cc", "vid", "rkd", "pkt", "nst", "dkd", "dist", "lskd", "hsakd", "tskd", "crld", "ctkd" })
        {
            Assert.Contains(name, methods);
            Assert.Equal(name, MethodCatalog.Named(name).Name);
        }

        Assert.All(methods, method => Assert.Matches("^[a-z0-9-]+(\\+[a-z]+)?$", method));
    }

    [Fact]
    public void Every_table_says_where_it_is_from_and_how_sure_it_is()
    {
        var words = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "tables.json"))).RootElement.GetProperty("trust");

        Assert.Equal(Enum.GetNames<Trust>().Length, words.EnumerateObject().Count());
        foreach (var table in Published.All)
        {
            Assert.True(table.Title != "" && table.Source != "" && table.Notes != "" && table.Protocol.Training != "", table.Id);
            Assert.Contains(table.Protocol.Epoch, new[] { null, "last", "best" });
            Assert.True(table.Protocol.Epoch is not { } epoch || table.Values.All(value => value.Epoch.ToString().Equals(epoch, StringComparison.OrdinalIgnoreCase)), table.Id);
            Assert.Contains(table.Protocol.Recipe, new[] { null, "crd", "dafl" });
            Assert.True(table.Link is null || Uri.IsWellFormedUriString(table.Link, UriKind.Absolute), table.Id);
        }
    }

    [Fact]
    public void RepDistillers_numbers_are_the_published_ones()
    {
        const string c = "cifar100";
        Assert.Equal("75.61", Value(Published.RepDistiller.Baselines, c, "", "wrn-40-2", "none", "teacher"));
        Assert.Equal("71.82", Value(Published.RepDistiller.Baselines, c, "", "shufflenet-v2", "none", "student alone"));
        Assert.Equal("73.45", Value(Published.RepDistiller.SameArchitecture, c, "wrn-40-2", "wrn-40-1", "pkt"));
        Assert.Equal("70.66", Value(Published.RepDistiller.SameArchitecture, c, "resnet-56", "resnet-20", "kd"));
        Assert.Equal("73.94", Value(Published.RepDistiller.SameArchitecture, c, "vgg-13", "vgg-8", "crd"));
        Assert.Equal("58.16", Value(Published.RepDistiller.CrossArchitecture, c, "vgg-13", "mobilenet-v2-half", "nst"));
        Assert.Equal("76.05", Value(Published.RepDistiller.CrossArchitecture, c, "wrn-40-2", "shufflenet-v1", "crd"));
        Assert.Null(Published.RepDistiller.SameArchitecture.Values.Single(value => value is { Method: "fsp", Student: "wrn-40-1" }).Value);
        Assert.All(Published.RepDistiller.SameArchitecture.Values, value => Assert.Equal((ReportedEpoch.Last, Trust.Repository), (value.Epoch, value.Trust)));
    }

    [Fact]
    public void MSKDs_numbers_are_the_published_ones_and_OtO_in_the_comparison_is_the_vote_of_its_exits()
    {
        const string c = "cifar100";
        Assert.Equal("79.32", Value(Published.Mskd.Exits, c, "resnet-152-4stage", "resnet-50-4stage", "oto", "exit-1"));
        Assert.Equal("72.65", Value(Published.Mskd.Exits, c, "vgg-13", "vgg-8", "oto", "exit-4"));
        Assert.Equal("76.19", Value(Published.Mskd.Exits, c, "", "resnet-10-4stage", "none", "student alone"));
        Assert.Equal("68.65", Value(Published.Mskd.TinyImageNetExits, "tiny-imagenet", "resnet-34-4stage", "resnet-34-4stage", "oto", "exit-3"));
        Assert.Equal("72.65", Value(Published.Mskd.Cifar100, c, "wrn-40-2", "wrn-16-2", "ab"));
        Assert.Equal("78.72", Value(Published.Mskd.Cifar100, c, "wrn-40-2", "wrn-16-2", "oto", "ensemble, starred"));
        Assert.Equal("65.76", Value(Published.Mskd.TinyImageNet, "tiny-imagenet", "resnet-34-4stage", "resnet-18-4stage", "pkt"));
        Assert.Equal("70.78", Value(Published.Mskd.TinyImageNet, "tiny-imagenet", "resnet-34-4stage", "resnet-34-4stage", "mskd"));

        static IEnumerable<object> Votes(PublishedTable table) =>
            table.Values.Where(value => value is { Method: "oto", Variant: "ensemble" }).Select(value => (object)(value.Dataset, value.Teacher, value.Student, value.Value));
        Assert.Superset(Votes(Published.Mskd.Exits).ToHashSet(), Votes(Published.Mskd.Cifar100).ToHashSet());
        Assert.Equal(Votes(Published.Mskd.TinyImageNetExits).ToHashSet(), Votes(Published.Mskd.TinyImageNet).ToHashSet());
    }

    [Fact]
    public void The_numbers_of_DAFL_and_GSLR_are_the_published_ones()
    {
        Assert.Equal("97.91", Value(Published.Dafl.Mnist, "mnist", "hintonnet", "hintonnet-800", "dafl"));
        Assert.Equal("93.99", Value(Published.Dafl.Mnist, "mnist", "hintonnet", "hintonnet-800", "kd", "alternative data"));
        Assert.Equal((436m, "K"), Published.Dafl.Mnist.Values.Single(value => value is { Student: "lenet-5", Metric: "flops" }) is var flops ? (flops.Value, flops.Unit) : default);
        Assert.Equal("1.44", Value(Published.Dafl.Cifar, "cifar100", "resnet-34-4stage", "resnet-18-4stage", "kd", "noise"));
        Assert.Equal("92.22", Value(Published.Dafl.Cifar, "cifar10", "resnet-34-4stage", "resnet-18-4stage", "dafl"));
        Assert.Equal([Trust.MemoryLow, Trust.MemoryLow, Trust.MemoryLow, Trust.Printed], Published.Dafl.CelebA.Values.Select(value => value.Trust));
        Assert.Equal("15.95", Value(Published.Dafl.Ablation, "mnist", "lenet-5", "lenet-5-half", "dafl", "activation"));
        Assert.Equal("22.50", Value(Published.Dafl.Benchmark, "cifar100", "wrn-40-2", "wrn-16-1", "dafl"));
        Assert.Equal(["92.7", "67.0"], Published.Gslr.Headline.Values.Select(value => value.Value!.Value.ToString(CultureInfo.InvariantCulture)));
        Assert.Equal("68.83", Value(Published.Gslr.Float, "cifar100", "", "resnet-20", "none", "student alone"));
    }

    [Theory]
    [InlineData("hsakd-cifar100", "resnet-32x4", "shufflenet-v2", "hsakd", "joint teacher", "80.86")]
    [InlineData("sskd-cifar100", "resnet-50-4stage", "vgg-8", "sskd", "", "75.76")]
    [InlineData("sskd-combined", "vgg-13", "vgg-8", "at+kd", "", "73.62")]
    [InlineData("byot-exits", "", "resnet-18-4stage", "byot", "exit-2", "74.57")]
    [InlineData("dkd-cifar100", "resnet-56", "resnet-20", "dkd", "", "71.97")]
    [InlineData("reviewkd-cifar100", "wrn-40-2", "shufflenet-v1", "reviewkd", "", "77.14")]
    [InlineData("dist-cifar100", "wrn-40-2", "wrn-40-1", "dist", "", "74.43")]
    [InlineData("mlkd-cifar100", "resnet-110", "resnet-20", "mlkd", "", "71.89")]
    [InlineData("lskd-cifar100", "resnet-50-4stage", "mobilenet-v2-half", "lskd", "", "69.02")]
    [InlineData("lskd-cifar100", "wrn-40-2", "mobilenet-v2-half", "mlkd+lskd", "", "71.61")]
    [InlineData("ickd-cifar100", "wrn-40-2", "wrn-16-2", "ickd+kd", "", "75.57")]
    [InlineData("catkd-cifar100", "vgg-13", "mobilenet-v2-half", "cat-kd", "", "69.13")]
    [InlineData("sdd-cifar100", "resnet-32x4", "shufflenet-v2", "sd-dkd", "", "78.05")]
    [InlineData("simkd-cifar100", "vgg-13", "vgg-8", "simkd", "f=2", null)]
    [InlineData("simkd-cifar100", "resnet-32x4", "vgg-8", "simkd", "f=2", "75.76")]
    [InlineData("itrd-cifar100", "resnet-110", "resnet-32", "itrd", "", "74.26")]
    [InlineData("wttm-cifar100", "resnet-32x4", "shufflenet-v2", "wttm+itrd", "", "77.68")]
    [InlineData("nd-cifar100", "wrn-40-2", "wrn-40-1", "dkd+nd", "", "75.02")]
    [InlineData("rld-cifar100", "vgg-13", "vgg-8", "rld", "", "74.93")]
    [InlineData("crld-cifar100", "resnet-32x4", "resnet-8x4", "crld", "", "77.60")]
    [InlineData("dot-cifar100", "vgg-13", "vgg-8", "kd+dot", "", "73.77")]
    [InlineData("fcfd-cifar100", "wrn-40-2", "wrn-40-1", "fcfd", "", "75.46")]
    [InlineData("norm-cifar100", "resnet-110", "resnet-32", "norm", "", "73.67")]
    [InlineData("norm-cifar100", "resnet-32x4", "shufflenet-v2", "norm", "", "78.07")]
    [InlineData("norm-cifar100", "resnet-32x4", "shufflenet-v2", "norm+kd", "", "78.32")]
    [InlineData("state-of-the-art", "resnet-32x4", "shufflenet-v2", "hsakd", "joint teacher", "80.86")]
    [InlineData("state-of-the-art", "resnet-110", "resnet-32", "fcfd", "", null)]
    public void Later_tables_hold_the_published_numbers(string id, string teacher, string student, string method, string variant, string? expected) =>
        Assert.Equal(
            expected,
            Published.Named(id).Values.SingleOrDefault(value => (value.Teacher, value.Student, value.Method, value.Variant) == (teacher, student, method, variant))?.Value?.ToString(CultureInfo.InvariantCulture));

    [Fact]
    public void The_best_epoch_of_a_log_is_above_its_last()
    {
        var table = Published.Lskd.LastAndBest;

        Assert.Equal("76.28", Value(table, "cifar100", "resnet-32x4", "resnet-8x4", "lskd", epoch: ReportedEpoch.Last));
        foreach (var run in table.Values.GroupBy(value => (value.Student, value.Method)))
        {
            Assert.True(run.Single(value => value.Epoch == ReportedEpoch.Best).Value > run.Single(value => value.Epoch == ReportedEpoch.Last).Value, $"{run.Key}");
        }
    }

    [Fact]
    public void The_table_of_the_best_repeats_its_sources()
    {
        // The two DKD numbers of WRN-16-2 differ by 0.01 in the sources themselves, and two sources have teachers of their own.
        var best = Published.StateOfTheArt;
        foreach (var source in new[] { Published.RepDistiller.SameArchitecture, Published.Dkd, Published.Lskd.Cifar100, Published.Wttm, Published.Hsakd, Published.Sskd.Cifar100, Published.Itrd, Published.CatKd })
        {
            var shared = best.Values.Join(source.Values, Key, Key, (a, b) => (a, b)).Where(pair => pair.a is not ({ Method: "none" } or { Method: "dkd", Student: "wrn-16-2" })).ToList();
            Assert.NotEmpty(shared);
            Assert.All(shared, pair => Assert.Equal(pair.b.Value, pair.a.Value));
        }

        static object Key(PublishedValue value) => (value.Teacher, value.Student, value.Method, value.Variant);
    }

    [Fact]
    public void Columns_may_stand_in_any_order_and_cells_may_hold_commas()
    {
        var value = PublishedFiles.Values(new StringReader(
            "caveat,value,table,dataset,teacher,student,method,variant,metric,epoch,unit,spread,trust\n\"a, \"\"b\"\"\",70.10,t,d,,s,m,,accuracy,best,%,,memory-low\n")).Single();

        Assert.Equal(new PublishedValue("t", "d", "", "s", "m", "", "accuracy", ReportedEpoch.Best, 70.10m, "%", null, Trust.MemoryLow, "a, \"b\""), value);
        Assert.Equal("70.10", value.Value!.Value.ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public void An_unknown_table_is_answered_with_those_that_there_are()
    {
        var message = Assert.Throws<BadInput>(() => Published.Named("mskd")).Message;

        Assert.StartsWith("There is no published table 'mskd'; choose one of repdistiller-baselines, ", message);
        Assert.EndsWith("state-of-the-art.", message);
    }
}
