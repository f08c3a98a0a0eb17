using Distillation.Notebooks.Jupyter;

namespace Distillation.Cli.Diagnosis;

/// <summary>What notebooks and charts use when it is there; everything else works without.</summary>
/// <param name="PlotlyScript">plotly.js, and where it lies; or why there is none.</param>
/// <param name="Katex">KaTeX, and where it lies; or why there is none.</param>
/// <param name="Chromium">The browser that draws pictures of charts; null for none.</param>
/// <param name="Libzmq">Whether the library is here that Jupyter speaks through.</param>
/// <param name="Kernels">The files by which Jupyter knows this project's kernel.</param>
internal sealed record NotebookParts(string PlotlyScript, string Katex, string? Chromium, bool Libzmq, IReadOnlyList<string> Kernels)
{
    /// <summary>Of this machine.</summary>
    public static NotebookParts Here() => new(
        Said(() => Distillation.PlotlyScript.Text, Distillation.PlotlyScript.Version, Distillation.PlotlyScript.Find()),
        Said(() => Notebooks.Site.Katex.Files(), Notebooks.Site.Katex.Version, Notebooks.Site.Katex.Find()),
        Browser.Find(),
        KernelProcess.IsPossible,
        KernelSpecification.Registered());

    /// <summary>The lines of the doctor's report.</summary>
    public IReadOnlyList<string[]> Rows =>
    [
        ["plotly.js", PlotlyScript],
        ["KaTeX", Katex],
        ["Chromium", Chromium ?? "none: charts in notebooks have no picture; install chromium, or name a browser in KD_CHROMIUM"],
        ["libzmq", Libzmq ? "found" : "none: './kd notebook run' works, Jupyter needs libzmq5"],
        ["Jupyter kernel", Kernels.Count > 0 ? string.Join(", ", Kernels) : "not registered; './kd notebook jupyter' does it"],
    ];

    private static string Said(Func<object> load, string version, string? place)
    {
        try
        {
            _ = load();
            return $"{version} in {place}";
        }
        catch (BadInput e)
        {
            return e.Message;
        }
    }
}
