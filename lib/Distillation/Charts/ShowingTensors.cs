using System.Globalization;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Distillation;

/// <summary>What tensors and what is made of them look like.</summary>
internal static class ShowingTensors
{
    private const int Preview = 1000;

    /// <summary>Whether a tensor is shown as a picture, too.</summary>
    public static bool IsPicture(Tensor tensor) => !tensor.IsInvalid && tensor.IsPicture();

    /// <summary>One image, or a contact sheet of a batch.</summary>
    public static Picture Picture(Tensor tensor) => tensor.dim() == 4 ? Pictures.ContactSheet(tensor) : tensor.ToPicture();

    public static string Html(Tensor tensor)
    {
        if (tensor.IsInvalid)
        {
            return $"<div>{HtmlText.Escaped(Plain(tensor))}</div>";
        }

        var head = $"<div><code>{HtmlText.Escaped(Kind(tensor))}</code>{Range(tensor)}</div>";
        return IsPicture(tensor)
            ? head + Showing.Image(Picture(tensor), Kind(tensor)) + (tensor.dim() == 4 && tensor.shape[0] > 64 ? $"<div><small>the first 64 of {tensor.shape[0]}</small></div>" : "")
            : $"{head}<pre>{HtmlText.Escaped(Values(tensor))}</pre>";
    }

    public static string Plain(Tensor tensor) => tensor.IsInvalid ? "a tensor that has been disposed" : IsPicture(tensor) ? Kind(tensor) : $"{Kind(tensor)}\n{Values(tensor)}";

    /// <summary>Every map with its channels side by side, for the first image of the batch.</summary>
    public static string Html(Activations activations)
    {
        var html = new StringBuilder("<table>\n<thead><tr><th align=\"left\" style=\"text-align:left\">tap</th><th align=\"left\" style=\"text-align:left\">shape</th><th align=\"left\" style=\"text-align:left\">the first image</th></tr></thead>\n<tbody>\n");
        foreach (var (name, value) in activations.Taps.Append(("logits", activations.Logits)))
        {
            html.Append(CultureInfo.InvariantCulture, $"<tr><td style=\"text-align:left\">{HtmlText.Escaped(name)}</td><td nowrap style=\"text-align:left\"><code>{Shape(value)}</code></td><td style=\"text-align:left\">{Map(name, value)}</td></tr>\n");
        }

        return html.Append("</tbody>\n</table>").ToString();
    }

    public static string Plain(Activations activations) => string.Join('\n', activations.Taps.Append(("logits", activations.Logits)).Select(tap => $"{tap.Item1} {Shape(tap.Item2)}"));

    public static string Html(Weights weights) => $"<div>{HtmlText.Escaped(Plain(weights))}</div>{Showing.Html(Figures.Histograms(weights))}";

    public static string Plain(Weights weights) => string.Create(
        CultureInfo.InvariantCulture, $"{weights.Table.Count:N0} trained values in {weights.Table.Places.Count(place => place.Trained)} parameters, {weights.Table.BufferCount:N0} kept ones, on {weights.Device}");

    // Channels of a map as grey pictures, each from its own darkest to its own lightest; vectors as their numbers.
    private static string Map(string name, Tensor value)
    {
        using var scope = NewDisposeScope();
        return value.dim() == 4
            ? Showing.Image(Pictures.ContactSheet(value[0].unsqueeze(1).to_type(ScalarType.Float32), columns: 16, most: 32, each: true), name, 480)
            : $"<code>{HtmlText.Escaped(Values(value[0]))}</code>";
    }

    private static string Kind(Tensor tensor) => $"{tensor.dtype} {Shape(tensor)} on {tensor.device}{(tensor.requires_grad ? ", with gradient" : "")}";

    private static string Shape(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";

    private static string Range(Tensor tensor)
    {
        if (tensor.numel() < 2 || tensor.is_complex() || tensor.dtype == ScalarType.Bool)
        {
            return "";
        }

        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var values = tensor.detach().cpu().to_type(ScalarType.Float64);
        return string.Create(CultureInfo.InvariantCulture, $" from {values.min().item<double>():G4} to {values.max().item<double>():G4}, mean {values.mean().item<double>():G4}");
    }

    private static string Values(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var text = tensor.detach().cpu().str(style: TorchSharp.TensorStringStyle.Numpy, newLine: "\n");
        return text.Length <= Preview ? text : text[..Preview] + " …";
    }
}
