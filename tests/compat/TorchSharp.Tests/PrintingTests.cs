using System.Globalization;

namespace TorchSharp.Tests;

public sealed class PrintingTests
{
    private static readonly CultureInfo Plain = CultureInfo.InvariantCulture;

    private static Tensor Mixed => tensor(new[,] { { 0f, 3.141f, 6.2834f, 3.14152f }, { 6.28e-06f, -13.141529f, 0.01f, 4713.14f } });

    [Fact]
    public void A_tensor_names_its_shape_type_and_device()
    {
        using var scope = NewDisposeScope();
        Assert.Equal("[2x3], type = Float32, device = cpu", zeros(2, 3).ToString());
        Assert.Equal("[], type = Int64, device = cpu", tensor(1L).ToString());
    }

    [Fact]
    public void Julias_form_lines_up_the_columns()
    {
        using var scope = NewDisposeScope();
        Assert.Equal("[], type = Float32, device = cpu, value = 3.14", tensor(3.14f).jlstr(cultureInfo: Plain));
        Assert.Equal("[4], type = Float32, device = cpu\n 0 0 0 0\n", zeros(4).jlstr(newLine: "\n", cultureInfo: Plain));
        Assert.Equal("[2x4], type = Float32, device = cpu\n        0   3.141 6.2834 3.1415\n 6.28e-06 -13.142   0.01 4713.1\n", Mixed.str(newLine: "\n", cultureInfo: Plain));
        Assert.Equal("[2x1x2], type = Int64, device = cpu\n[0,..,..] =\n 0 1\n\n[1,..,..] =\n 2 3\n", arange(4).reshape(2, 1, 2).jlstr(newLine: "\n"));
    }

    [Fact]
    public void Julias_form_stops_at_the_width()
    {
        using var scope = NewDisposeScope();
        var text = arange(100).jlstr(width: 20, newLine: "\n");
        Assert.Equal("[100], type = Int64, device = cpu\n 0 1 2 3 4 5 6 7 ...\n", text);
    }

    [Fact]
    public void NumPys_form_has_brackets_and_a_gap()
    {
        using var scope = NewDisposeScope();
        Assert.Equal("[0, 0, 0, 0]", zeros(4).npstr());
        Assert.Equal("[1, 1, 1, ... 1, 1, 1]", ones(100, dtype: int32).ToString(TensorStringStyle.Numpy));
        Assert.Equal("[[0, 3.141, 6.2834, 3.1415]\n [6.28e-06, -13.142, 0.01, 4713.1]]", Mixed.npstr(newLine: "\n", cultureInfo: Plain));
        Assert.Equal("[[[0, 1]\n  [2, 3]]\n\n [[4, 5]\n  [6, 7]]]", arange(8).reshape(2, 2, 2).npstr(newLine: "\n"));
        Assert.Equal("[[0]\n [1]\n [2]\n ...\n [7]\n [8]\n [9]]", arange(10).reshape(10, 1).npstr(newLine: "\n"));
    }

    [Fact]
    public void CSharps_form_is_an_initialiser()
    {
        using var scope = NewDisposeScope();
        Assert.Equal("[4], type = Float32, device = cpu, value = float [] {0f, 0f, 0f, 0f}", zeros(4).cstr(cultureInfo: Plain));
        Assert.Equal("[2x2], type = Int32, device = cpu, value = \nint [,] {\n {0, 1},\n {2, 3}\n}", arange(4, dtype: int32).reshape(2, 2).cstr(newLine: "\n"));
        Assert.Equal("[2x2x1], type = Int64, device = cpu, value = \nlong [,,] {\n {{0L},\n  {1L}},\n {{2L},\n  {3L}}\n}", arange(4).reshape(2, 2, 1).cstr(newLine: "\n"));
        Assert.Equal("[8x1], type = Int64, device = cpu, value = \nlong [,] {\n {0L},\n {1L},\n {2L},\n ...\n {5L},\n {6L},\n {7L}\n}", arange(8).reshape(8, 1).cstr(newLine: "\n"));
    }

    [Fact]
    public void Printing_writes_the_default_form_and_gives_the_tensor_back()
    {
        using var scope = NewDisposeScope();
        var (before, writer, t) = (Console.Out, new StringWriter(), zeros(2));
        try
        {
            Console.SetOut(writer);
            Assert.Same(t, t.print());
        }
        finally { Console.SetOut(before); }
        Assert.Equal(t.ToString(TensorStringStyle.Default) + Environment.NewLine, writer.ToString());
    }

    [Fact]
    public void The_default_form_can_be_chosen()
    {
        using var scope = NewDisposeScope();
        try
        {
            set_printoptions(TensorStringStyle.Numpy, "f2");
            Assert.Equal("[0.50, 1.50]", tensor(new[] { 0.5f, 1.5f }).str(cultureInfo: Plain));
        }
        finally { set_printoptions(TensorStringStyle.Julia, "g5"); }
    }

    // The package leaves them to the collector.
    [StandInFact]
    public void Printing_leaves_no_tensor_behind()
    {
        using var t = randn(3, 4, 5).DetachFromDisposeScope();
        var before = Tensor.TotalCount;
        _ = t.jlstr() + t.npstr() + t.cstr();
        Assert.Equal(before, Tensor.TotalCount);
    }
}
