using System.Text.Json;
using Distillation.Cli;
using Distillation.Cli.Terminal;

namespace Distillation.Tests.Cli;

public sealed class MethodListTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kd-methods-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private async Task<(int Code, string Output, string Error)> Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.Run([.. args, "--results", folder], Screen.Plain(output, error), CancellationToken.None);
        return (code, output.ToString(), error.ToString());
    }

    [Fact]
    public async Task Every_method_is_listed_with_its_place_in_the_survey_its_publication_and_its_status()
    {
        var (code, output, _) = await Run("methods");
        var lines = output.Split('\n');

        Assert.Equal(0, code);
        Assert.Equal(["method", "family", "knowledge", "scheme", "adapters", "epochs", "status", "published"], lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.All(MethodCatalog.All, method => Assert.Contains(lines, line => line.StartsWith($"{method.Name} ", StringComparison.Ordinal) && line.EndsWith(method.Citation, StringComparison.Ordinal) && line.Contains("not run here")));
    }

    [Fact]
    public async Task Programs_get_settings_terms_and_what_a_method_costs_on_the_reference_pair()
    {
        var (code, output, _) = await Run("methods", "--json");
        var methods = JsonDocument.Parse(output).RootElement.EnumerateArray().ToDictionary(method => method.GetProperty("name").GetString()!);

        Assert.Equal(0, code);
        Assert.Equal(MethodCatalog.All.Select(method => method.Name).Order(StringComparer.Ordinal), methods.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(4, methods["kd"].GetProperty("settings").GetProperty("temperature").GetDouble());
        Assert.Equal(["labels", "kd"], methods["kd"].GetProperty("terms").EnumerateArray().Select(term => term.GetString()));
        Assert.Equal(("response", "offline", "plain", "frozen"), (Word("kd", "knowledge"), Word("kd", "scheme"), Word("kd", "family"), Word("kd", "guidance")));
        // From 128 to 128 channels twice: two linear layers with their biases.
        Assert.Equal(2 * ((128 * 128) + 128), methods["cc"].GetProperty("adapterParameters").GetInt64());
        Assert.All(new[] { "none", "kd", "at" }, name => Assert.Equal((0, 0), (methods[name].GetProperty("adapterParameters").GetInt64(), methods[name].GetProperty("extraEpochs").GetInt32())));

        string? Word(string method, string what) => methods[method].GetProperty(what).GetString();
    }
}
