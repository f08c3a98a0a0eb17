using System.Text.Json.Nodes;
using Distillation.Notebooks.Jupyter;

namespace Distillation.Notebooks.Tests.Jupyter;

public sealed class KernelSpecificationTests : IDisposable
{
    private static readonly Dictionary<string, string> variables = new() { ["OMP_WAIT_POLICY"] = "passive" };

    private readonly string kernels = Path.Combine(Directory.CreateTempSubdirectory("kernels-").FullName, "kernels");

    [Fact]
    public void A_specification_says_how_the_kernel_is_started_and_what_it_is_called()
    {
        var file = new KernelSpecification(KernelSpecification.OwnName).Write(kernels, ["dotnet", "kd.dll", "{connection_file}"], variables);
        Assert.Equal(Path.Combine(kernels, "distillation-csharp", "kernel.json"), file);
        Assert.Equal(
            """{"argv":["dotnet","kd.dll","{connection_file}"],"display_name":"C# (Distillation)","language":"C#","interrupt_mode":"message","env":{"OMP_WAIT_POLICY":"passive"},"metadata":{"debugger":false,"made_by":"./kd notebook jupyter"}}""",
            Read(file).ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }

    [Fact]
    public void Under_the_name_of_dotnet_Interactive_it_is_called_as_those_notebooks_call_it()
    {
        var file = new KernelSpecification(KernelSpecification.InteractiveName).Write(kernels, [], variables);
        Assert.Equal(".NET (C#)", (string?)Read(file)["display_name"]);
        Assert.Equal(".net-csharp", Path.GetFileName(Path.GetDirectoryName(file)));
    }

    [Fact]
    public void Written_again_it_is_replaced_and_removed_it_is_gone()
    {
        var specification = new KernelSpecification("mine");
        specification.Write(kernels, ["old"], variables);
        Assert.Equal("new", (string?)Read(specification.Write(kernels, ["new"], variables))["argv"]![0]);
        Assert.True(specification.Remove(kernels));
        Assert.False(specification.Remove(kernels));
        Assert.Empty(Directory.GetDirectories(kernels));
    }

    [Fact]
    public void A_registration_of_this_project_is_found_and_another_kernel_s_is_not()
    {
        var before = Environment.GetEnvironmentVariable("JUPYTER_PATH");
        try
        {
            Environment.SetEnvironmentVariable("JUPYTER_PATH", Path.GetDirectoryName(kernels));
            Directory.CreateDirectory(Path.Combine(kernels, "python3"));
            var file = new KernelSpecification("mine").Write(kernels, [], variables);
            Assert.Equal([file], KernelSpecification.Registered().Where(one => one.StartsWith(kernels, StringComparison.Ordinal)));
        }
        finally
        {
            Environment.SetEnvironmentVariable("JUPYTER_PATH", before);
        }
    }

    [Theory]
    [InlineData("""{"argv": ["dotnet", "interactive"], "display_name": ".NET (C#)", "language": "C#"}""")]
    [InlineData("""{"metadata": "none"}""")]
    [InlineData("not json")]
    [InlineData(null)]
    public void The_kernel_of_somebody_else_is_neither_replaced_nor_removed(string? text)
    {
        var theirs = Directory.CreateDirectory(Path.Combine(kernels, ".net-csharp")).FullName;
        if (text is not null)
        {
            File.WriteAllText(Path.Combine(theirs, "kernel.json"), text);
        }

        var specification = new KernelSpecification(KernelSpecification.InteractiveName);
        Assert.Contains("belongs to another kernel", Assert.Throws<BadInput>(() => specification.Write(kernels, [], variables)).Message);
        Assert.Contains("belongs to another kernel", Assert.Throws<BadInput>(() => specification.Remove(kernels)).Message);
        Assert.True(Directory.Exists(theirs));
        new KernelSpecification(KernelSpecification.OwnName).Write(kernels, [], variables);
        Assert.Equal(2, Directory.GetDirectories(kernels).Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("C#")]
    [InlineData("two words")]
    public void A_name_that_Jupyter_would_not_take_is_refused(string name) =>
        Assert.Contains("cannot be a kernel's name", Assert.Throws<BadInput>(() => new KernelSpecification(name).Write(kernels, [], variables)).Message);

    [Fact]
    public void A_place_that_cannot_be_written_is_said_in_a_sentence()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(kernels)!);
        File.WriteAllText(kernels, "a file stands here");
        Assert.StartsWith("Cannot write", Assert.Throws<BadInput>(() => new KernelSpecification("mine").Write(kernels, [], variables)).Message);
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Path.GetDirectoryName(kernels)!, recursive: true);

    private static JsonObject Read(string file) => JsonNode.Parse(File.ReadAllText(file))!.AsObject();
}
