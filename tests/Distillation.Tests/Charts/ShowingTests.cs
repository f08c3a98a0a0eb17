using static TorchSharp.torch;

namespace Distillation.Tests;

public sealed class ShowingTests
{
    [Fact]
    public void A_tensor_says_its_dtype_shape_device_and_first_values()
    {
        using var scope = NewDisposeScope();
        var value = tensor(new[] { 1.5f, -2f }).reshape(1, 2);

        Assert.StartsWith("Float32 [1, 2] on cpu\n", Showing.Plain(value));
        Assert.Contains("-2", Showing.Plain(value));
        Assert.Contains("from -2 to 1.5, mean -0.25", Showing.Html(value));
    }

    [Fact]
    public void A_large_tensor_is_shown_in_part()
    {
        using var scope = NewDisposeScope();

        Assert.True(Showing.Html(zeros(100_000))!.Length < 2_000);
    }

    [Fact]
    public void Images_and_batches_of_images_are_shown_as_pictures()
    {
        using var scope = NewDisposeScope();

        Assert.Contains("<img alt=\"Byte [1, 28, 28] on cpu\"", Showing.Html(zeros(1, 28, 28, dtype: ScalarType.Byte)));
        Assert.Contains("the first 64 of 70", Showing.Html(rand(70, 3, 8, 8)));
        Assert.NotNull(Showing.Form(rand(3, 8, 8), "image/png"));
        Assert.Null(Showing.Form(rand(8, 8), "image/png"));
    }

    [Fact]
    public void A_disposed_tensor_says_so()
    {
        var value = zeros(2);
        value.Dispose();

        Assert.Equal("a tensor that has been disposed", Showing.Plain(value));
        Assert.Contains("disposed", Showing.Html(value));
    }

    [Fact]
    public void A_network_is_a_table_of_its_layers()
    {
        var html = Showing.Html(Toy.ResNet)!;

        Assert.All(Toy.ResNet.Layers, layer => Assert.Contains($"<td align=\"left\" style=\"text-align:left\">{layer.Name}</td>", html));
        Assert.Equal(Toy.ResNet.Describe(), Showing.Plain(Toy.ResNet));
    }

    [Fact]
    public void Results_show_mean_and_deviation_with_the_best_in_bold_and_sort_by_value()
    {
        var html = Showing.Html(Sample.Runs.Summarize())!;

        Assert.Contains("<td align=\"right\" nowrap style=\"white-space:nowrap\" data-v=\"0.731\"><b>73.10 ± 1.01</b></td>", html);
        Assert.Contains(">71.00 ± 1.00</td>", html);
        Assert.Contains("+2.10 ± 0.17", html);
        Assert.Contains("onclick=", html);
        Assert.DoesNotContain("http", html);
        // No run names its teacher.
        Assert.DoesNotContain(">teacher<", html);
    }

    [Fact]
    public void A_comparison_shows_both_numbers_and_the_difference_or_its_reason()
    {
        var (html, plain) = (Showing.Html(Sample.Comparison)!, Showing.Plain(Sample.Comparison)!);

        Assert.Contains("A &lt;table&gt;", html);
        Assert.Contains("<b>73.1 ± 0.2</b>", html);
        Assert.Contains("-0.50", plain);
        Assert.Contains("Ours ran 3 epochs, the paper&#39;s 240.", html);
        Assert.Contains("Somebody 2020, Table 1", plain);
    }

    [Fact]
    public void Feature_maps_show_every_tap_of_the_first_image()
    {
        using var scope = NewDisposeScope();
        var activations = Toy.ResNet.Apply(Toy.ResNet.Initialize(Key.Of(1), CPU), rand([2, .. Toy.ResNet.Input.Dimensions]), Pass.Evaluation);
        var html = Showing.Html(activations)!;

        Assert.All(activations.Taps, tap => Assert.Contains($"<td style=\"text-align:left\">{tap.Name}</td>", html));
        Assert.Contains("data:image/png;base64,", html);
        Assert.Contains("logits [2, ", Showing.Plain(activations));
    }

    [Fact]
    public void A_loss_is_shown_in_latex_and_every_formula_names_a_function_that_is_there()
    {
        Assert.Contains(@"\tau^2", Showing.Form(Formula.Of("Hinton"), "text/latex"));
        Assert.All(Formula.All, formula => Assert.Contains(typeof(Losses).GetMethods(), method => method.Name == formula.Name));
        Assert.Contains("there are CrossEntropy", Assert.Throws<BadInput>(() => Formula.Of("x")).Message);
    }

    [Fact]
    public void A_confusion_matrix_is_a_chart_in_a_page_and_a_table_in_text()
    {
        Assert.Contains("heatmap", Showing.Html(Sample.Matrix));
        Assert.Matches(@"cat +8 +2 +0", Showing.Plain(Sample.Matrix));
    }

    [Fact]
    public void What_is_none_of_this_librarys_values_has_no_form()
    {
        Assert.Empty(Showing.Forms("text"));
        Assert.Empty(Showing.Forms(null));
        Assert.Empty(Showing.Forms(new[] { 1, 2 }));
    }

    [Fact]
    public void Kernels_find_the_formatters_by_the_name_of_the_attribute()
    {
        // What .NET Interactive does, which knows none of these types.
        var attribute = typeof(ConfusionMatrix).GetCustomAttributes(false).Single(one => one.GetType().Name == "TypeFormatterSourceAttribute");
        var source = Activator.CreateInstance((Type)attribute.GetType().GetProperty("FormatterSourceType")!.GetValue(attribute)!)!;
        var formatters = ((IEnumerable<object>)source.GetType().GetMethod("CreateTypeFormatters")!.Invoke(source, null)!).ToDictionary(one => (string)one.GetType().GetProperty("MimeType")!.GetValue(one)!);

        Assert.Contains("text/html", formatters.Keys);
        Assert.Equal((true, Showing.Plain(Sample.Matrix)), Write("text/plain", Sample.Matrix));
        Assert.Equal((false, ""), Write("text/latex", Sample.Matrix));

        (bool, string) Write(string mime, object value)
        {
            using var text = new StringWriter();
            var done = (bool)formatters[mime].GetType().GetMethod("Format", [typeof(object), typeof(TextWriter)])!.Invoke(formatters[mime], [value, text])!;
            return (done, text.ToString());
        }
    }
}
