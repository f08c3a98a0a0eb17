using Distillation.Cli.Commands;
using Distillation.Cli.Diagnosis;

namespace Distillation.Tests.Cli;

public sealed class DiagnosisTests
{
    private static readonly Machine machine = new("A processor", 2, 23.46, ["AVX2", "AMX", "AMX bf16"]);

    private static readonly Health health = new(
        "10.0.100", ".NET 10.0.0", "limited",
        [Package.Of("TorchSharp", "0.107.0-stand-in+abc"), Package.Of("Parquet.Net", "6.1.0+def")],
        new Libtorch("1.13.1", "/usr/lib/libtorch_cpu.so", ["cpu", "cuda:0"], 2, null),
        machine, "/data", [new("mnist", 60_000, 10_000, null, true), new("cifar10", 0, 0, "CIFAR-10 is not usable.", true), new("cinic10", 0, 0, "CINIC-10 is not usable.", false)], "/results", 6,
        new("4.1.2 in /plotly.js", "0.19.1 in /katex.tgz", "/usr/bin/chromium", true, ["/kernels/distillation-csharp/kernel.json"]),
        Jpeg: true);

    [Fact]
    public void A_stand_in_is_told_from_a_package_by_its_version()
    {
        Assert.Equal(new Package("TorchSharp", "0.107.0-stand-in", StandIn: true), health.Packages[0]);
        Assert.Equal(new Package("Parquet.Net", "6.1.0", StandIn: false), health.Packages[1]);
    }

    [Fact]
    public void The_doctors_table_says_what_is_there()
    {
        var rows = Doctor.Table(health).Rows.ToDictionary(row => row[0], row => row[1]);

        Assert.Equal("0.107.0-stand-in: a stand-in from lib/compat", rows["TorchSharp"]);
        Assert.Equal("6.1.0: the package", rows["Parquet.Net"]);
        Assert.Equal("1.13.1 in /usr/lib/libtorch_cpu.so", rows["libtorch"]);
        Assert.Equal("cpu, cuda:0", rows["devices"]);
        Assert.Equal("A processor, 2 cores, 23.5 GiB of memory", rows["processor"]);
        Assert.Equal("AVX2, AMX, AMX bf16", rows["vector units"]);
        Assert.Equal("60,000 training and 10,000 test images", rows["mnist"]);
        Assert.StartsWith("not usable", rows["cifar10"]);
        Assert.Equal("not usable: it is put there by hand, --json says what is missing", rows["cinic10"]);
        Assert.Equal("libjpeg-turbo found", rows["JPEG"]);
        Assert.Equal("6 runs in /results", rows["results"]);
        Assert.Equal("4.1.2 in /plotly.js", rows["plotly.js"]);
        Assert.Equal("0.19.1 in /katex.tgz", rows["KaTeX"]);
        Assert.Equal("/usr/bin/chromium", rows["Chromium"]);
        Assert.Equal("found", rows["libzmq"]);
        Assert.Equal("/kernels/distillation-csharp/kernel.json", rows["Jupyter kernel"]);
    }

    [Fact]
    public void What_notebooks_do_without_is_said_with_what_to_do()
    {
        var rows = new NotebookParts("", "", null, false, []).Rows.ToDictionary(row => row[0], row => row[1]);

        Assert.Contains("KD_CHROMIUM", rows["Chromium"]);
        Assert.Contains("libzmq5", rows["libzmq"]);
        Assert.Contains("./kd notebook jupyter", rows["Jupyter kernel"]);
    }

    [Fact]
    public void The_charts_packages_are_told_too()
    {
        var health = Health.Read(new DataFolder("none"), new ResultStore("none"), _ => { });

        Assert.Equal(["TorchSharp", "Parquet.Net", "Plotly.NET", "Plotly.NET.CSharp"], health.Packages.Select(package => package.Name));
        Assert.All(health.Packages, package => Assert.Matches(@"^\d+\.\d+\.\d+", package.Version));
    }

    [Fact]
    public void Features_are_read_from_what_Linux_says_about_x86_and_ARM()
    {
        var x86 = Machine.From(["processor\t: 0", "model name\t: Some CPU @ 2.70GHz", "flags\t\t: fpu avx avx2 avx512f avx512_bf16 amx_bf16 amx_tile", "processor\t: 1"]);
        var arm = Machine.From(["processor\t: 0", "Features\t: fp asimd sve bf16"]);

        Assert.Equal("Some CPU @ 2.70GHz", x86.Processor);
        Assert.Equal(["AVX2", "AVX-512", "AVX-512 bf16", "AMX", "AMX bf16"], x86.Features);
        Assert.Equal(["NEON", "SVE", "bf16"], arm.Features);
    }

    [Fact]
    public void A_data_set_that_is_not_there_says_why()
    {
        var missing = DataSetState.Read(new DataFolder(Path.Combine(Path.GetTempPath(), $"kd-no-{Guid.NewGuid():n}")), Datasets.Cifar100);

        Assert.Contains("train.bin is missing", missing.Fault);
    }

    [Theory]
    [InlineData(null, 0, "cpu")]
    [InlineData(null, 2, "cuda:0")]
    [InlineData("cpu", 2, "cpu")]
    [InlineData("cuda", 1, "cuda:0")]
    [InlineData("CUDA:1", 2, "cuda:1")]
    public void The_device_is_the_one_asked_for_or_the_best_there_is(string? name, int gpus, string device) =>
        Assert.Equal(device, Devices.Named(name, gpus).ToString());

    [Theory]
    [InlineData("cuda", 0)]
    [InlineData("cuda:2", 2)]
    [InlineData("cuda:-1", 2)]
    [InlineData("cuda:x", 2)]
    [InlineData("tpu", 2)]
    public void A_device_that_is_not_here_is_refused_by_its_name(string name, int gpus) =>
        Assert.Contains($"'{name}'", Assert.Throws<BadInput>(() => Devices.Named(name, gpus)).Message);

    [Fact]
    public void Where_no_option_names_a_device_the_variable_does()
    {
        var before = Environment.GetEnvironmentVariable(Devices.Variable);
        try
        {
            Environment.SetEnvironmentVariable(Devices.Variable, "tpu");
            Assert.Contains("'tpu'", Assert.Throws<BadInput>(() => Devices.Resolve(null)).Message);
            Assert.Equal("cpu", Devices.Resolve("cpu").ToString());
            Environment.SetEnvironmentVariable(Devices.Variable, " ");
            Assert.Equal(TorchSharp.torch.cuda.is_available(), Devices.Resolve(null).type == TorchSharp.DeviceType.CUDA);
        }
        finally
        {
            Environment.SetEnvironmentVariable(Devices.Variable, before);
        }
    }
}
