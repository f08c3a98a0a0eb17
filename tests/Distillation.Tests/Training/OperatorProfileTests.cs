using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Distillation.Tests.Training;

/// <summary>The library behind the profile is optional: where it is not built, its absence must be a sentence that says what to do.</summary>
public sealed class OperatorProfileTests
{
    [Fact]
    public void The_operators_of_a_forward_and_a_backward_are_counted_and_timed_or_their_absence_is_said()
    {
        using var scope = NewDisposeScope();
        // Large enough that what an operator does outweighs what calling it costs, and called once before, so that nothing is set up while it is timed.
        var (images, weight) = (ones(8, 16, 64, 64), ones(32, 16, 3, 3).requires_grad_(true));
        if (OperatorProfile.Absence is { } absence)
        {
            Assert.EndsWith(".", absence);
            Assert.Contains("./kd setup", absence);
            Assert.Equal(absence, Assert.Throws<BadInput>(OperatorProfile.Start).Message);
            Assert.Empty(OperatorProfile.Stop());
            return;
        }

        F.conv2d(images, weight, padding: [1, 1]).sum().backward();
        OperatorProfile.Start();
        for (var i = 0; i < 3; i++)
        {
            F.conv2d(images, weight, padding: [1, 1]).sum().backward();
        }

        var times = OperatorProfile.Stop();

        Assert.Equal(3, times.Single(time => time.Name == "aten::conv2d").Calls);
        Assert.Equal(3, times.Single(time => time.Name == "ConvolutionBackward0").Calls);
        Assert.All(times, time => Assert.True(time.Calls > 0 && time.Total > TimeSpan.Zero && time.Self >= TimeSpan.Zero && time.Self <= time.Total, time.ToString()));
        Assert.Equal(times.OrderByDescending(time => time.Self).Select(time => time.Self), times.Select(time => time.Self));
        // conv2d does its work in operators that it calls; what remains for itself is little.
        Assert.True(times.Single(time => time.Name == "aten::conv2d") is var convolution && convolution.Self < convolution.Total / 2);
    }

    [Fact]
    public void Each_profile_begins_at_zero_and_nothing_is_counted_outside_of_one()
    {
        if (OperatorProfile.Absence is not null)
        {
            Assert.Empty(OperatorProfile.Stop());
            return;
        }

        using var scope = NewDisposeScope();
        var x = ones(4);
        OperatorProfile.Start();
        Assert.Contains("already", Assert.Throws<BadInput>(OperatorProfile.Start).Message);
        x.exp();
        Assert.Equal(1, OperatorProfile.Stop().Single(time => time.Name == "aten::exp").Calls);
        x.exp();
        Assert.Empty(OperatorProfile.Stop());
        OperatorProfile.Start();
        x.relu();
        Assert.DoesNotContain(OperatorProfile.Stop(), time => time.Name == "aten::exp");
    }
}
