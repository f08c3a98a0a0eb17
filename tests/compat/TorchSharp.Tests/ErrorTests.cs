using System.Runtime.InteropServices;

namespace TorchSharp.Tests;

public sealed class ErrorTests
{
    [Fact]
    public void A_disposed_tensor_says_so()
    {
        var t = ones(2);
        t.Dispose();
        Assert.True(t.IsInvalid);
        Assert.Throws<InvalidOperationException>(() => t.Handle);
        Assert.Throws<InvalidOperationException>(() => t + 1);
        Assert.Throws<InvalidOperationException>(() => t.shape);
        Assert.Throws<InvalidOperationException>(() => t.relu_());
        t.Dispose();
    }

    [StandInFact]
    public void The_message_names_disposal_and_what_to_do()
    {
        var t = ones(2);
        t.Dispose();
        var message = Assert.Throws<InvalidOperationException>(() => t.sum()).Message;
        Assert.Contains("disposed", message, StringComparison.Ordinal);
        Assert.Contains("MoveToOuterDisposeScope", message, StringComparison.Ordinal);
    }

    // In the package this very call ends the process, so it is made against the stand-in only.
    [StandInFact]
    public void Matmul_with_wrong_shapes_throws_rather_than_dying()
    {
        using var scope = NewDisposeScope();
        Assert.Contains("shapes cannot be multiplied", Assert.Throws<ExternalException>(() => ones(2, 3).matmul(ones(2, 3))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_libtorch_error_carries_its_own_first_line()
    {
        using var scope = NewDisposeScope();
        var message = Assert.Throws<ExternalException>(() => ones(2, 3).mm(ones(2, 3))).Message;
        Assert.StartsWith("mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)", message, StringComparison.Ordinal);
    }

    [StandInFact]
    public void The_message_has_no_backtrace()
    {
        using var scope = NewDisposeScope();
        Assert.DoesNotContain("frame #", Assert.Throws<ExternalException>(() => ones(3).reshape(2, 2)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Work_goes_on_after_an_error()
    {
        using var scope = NewDisposeScope();
        for (var i = 0; i < 3; i++) Assert.Throws<ExternalException>(() => cat(new[] { ones(2, 2), ones(3, 3) }));
        Assert.Equal(4, ones(2, 2).sum().ToInt32());
    }

    // Both are faults of the processor that the runtime turns into exceptions; a library that libtorch brings along may want them for itself.
    [Fact]
    public void A_null_reference_and_a_division_by_zero_are_still_exceptions_once_libtorch_is_loaded()
    {
        using var scope = NewDisposeScope();
        var zero = ones(1).sum().ToInt32() - 1;
        var nothing = zero == 0 ? null : new int[1];
        Assert.Throws<NullReferenceException>(() => nothing!.Length);
        Assert.Throws<DivideByZeroException>(() => 7 / zero);
    }

    [Fact]
    public void Int32_targets_are_refused_by_cross_entropy()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ExternalException>(() => F.cross_entropy(ones(2, 3), tensor(new[] { 0, 1 })));
    }

    [Fact]
    public void Reading_demands_the_exact_type()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => tensor(1f).item<double>());
        Assert.Throws<ArgumentException>(() => ones(2).item<float>());
        Assert.Throws<ArgumentException>(() => arange(5).data<int>());
        Assert.Equal(1, tensor(1f).ToInt64());
    }

    [Fact]
    public void A_device_without_its_libtorch_does_not_initialise()
    {
        if (cuda.is_available()) return;   // then there is nothing missing to complain about
        using var scope = NewDisposeScope();
        Assert.Throws<InvalidOperationException>(() => ones(2, device: CUDA));
        Assert.Throws<InvalidOperationException>(() => ones(2).cuda());
        Assert.Throws<InvalidOperationException>(() => ones(2).to("cuda:0"));
        Assert.False(TryInitializeDeviceType(DeviceType.CUDA));
        Assert.Equal(0, cuda.device_count());
    }

    [Theory]
    [InlineData("no such device")]
    [InlineData("cuda:x")]
    public void A_device_that_is_none_is_refused(string description) => Assert.True(Record.Exception(() => new Device(description)) is ArgumentException or FormatException);
}
