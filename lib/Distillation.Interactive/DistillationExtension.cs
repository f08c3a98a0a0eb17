using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Directives;
using Microsoft.DotNet.Interactive.Formatting;
using Plotly.NET;
using static TorchSharp.torch;

namespace Distillation.Interactive;

/// <summary>
/// What this library adds to .NET Interactive's C# kernel. The library's own types show themselves there without it, by their formatter source; tensors, charts and lists of rows
/// are other libraries' types, which carry none.
/// </summary>
public sealed class DistillationExtension : IKernelExtension
{
    private const string Help =
        """
        Tensors, charts, rows of results, networks, experiments, methods, formulas and confusion matrices show themselves at the end of a cell, or by `value.Display()`.
        `Budget.Current` is what KD_BUDGET says; `DataFolder.Resolve(null)` is where data sets are, `ResultStore.Resolve(null, "..")` where results go.
        Charts carry a picture where Chromium is installed (KD_CHROMIUM names another one) and plotly.js was fetched (`./kd setup`).
        """;

    /// <summary>Adds the formatters, the command <c>#!distillation</c>, and stops training between two steps when a cell is interrupted.</summary>
    /// <param name="kernel">The C# kernel.</param>
    public Task OnLoadAsync(Kernel kernel)
    {
        Show<Tensor>("text/html", "text/plain");
        Show<GenericChart>(Browser.Find() is null || PlotlyScript.Find() is null ? ["text/html", "text/plain"] : ["text/html", "image/png", "text/plain"]);
        Show<IEnumerable<RunRow>>("text/html", "text/plain");
        Show<IEnumerable<SummaryRow>>("text/html", "text/plain");
        Show<IEnumerable<PairedDifference>>("text/html", "text/plain");
        Show<IEnumerable<MethodCost>>("text/html", "text/plain");
        kernel.AddDirective(new KernelActionDirective("#!distillation") { Description = "What Distillation shows in a notebook, and where it looks for data and results." }, (_, context) =>
        {
            context.DisplayAs(Help, "text/markdown");
            return Task.CompletedTask;
        });
        kernel.AddMiddleware((command, context, next) =>
        {
            new Stopping(context.CancellationToken).Begin();
            return next(command, context);
        });
        return Task.CompletedTask;
    }

    // The best form first; what has none like it is left to the kernel's own formatters.
    private static void Show<T>(params string[] mimeTypes)
        where T : class
    {
        foreach (var mimeType in mimeTypes)
        {
            Formatter.Register(new FormatDelegate<T>((value, context) => Write(Showing.Form(value, mimeType), context.Writer)), mimeType);
        }

        Formatter.SetPreferredMimeTypesFor(typeof(T), mimeTypes);
    }

    private static bool Write(string? form, TextWriter writer)
    {
        writer.Write(form);
        return form is not null;
    }
}
