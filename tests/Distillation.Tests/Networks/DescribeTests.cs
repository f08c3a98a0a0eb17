namespace Distillation.Tests;

public sealed class DescribeTests
{
    [Fact]
    public void A_description_ends_with_the_sums_and_the_taps()
    {
        var lines = Networks.ResNet(20).Describe().ReplaceLineEndings("\n").Split('\n');
        Assert.Equal("resnet-20 for images of 3x32x32", lines[0]);
        Assert.Matches(@"^layer +kind +output +parameters +multiply-adds$", lines[1]);
        Assert.Matches(@"^sum +resnet-20 +100 +278,324 +40,818,944$", lines[^2]);
        Assert.Equal("taps: f0 16x32x32, f1.preact 16x32x32, f1 16x32x32, f2.preact 32x16x16, f2 32x16x16, f3.preact 64x8x8, f3 64x8x8, f4 64", lines[^1]);
    }

    [Fact]
    public void Every_layer_has_a_line_with_what_it_puts_out_and_costs()
    {
        var text = Networks.ResNet(8, classes: 10).Describe();
        Assert.Matches(@"(?m)^conv1 +conv 3x3 +16x32x32 +432 +442,368\r?$", text);
        Assert.Matches(@"(?m)^layer2\.0\.downsample\.0 +conv 1x1 /2 +32x16x16 +512 +131,072\r?$", text);
        Assert.Matches(@"(?m)^layer2\.0\.bn2 +batch norm +32x16x16 +64\r?$", text);
        Assert.Matches(@"(?m)^fc +linear +10 +650 +640\r?$", text);
    }

    [Fact]
    public void The_lines_of_a_description_add_up()
    {
        foreach (var network in new[] { Networks.ResNet(56), Networks.WideResNet(16, 2), Networks.Vgg(19), Networks.LeNet5() })
        {
            Assert.Equal(network.ParameterCount, network.Layers.Sum(row => row.Parameters));
            Assert.Equal(network.ParameterCount, network.Parameters.Sum(p => p.Count));
            Assert.Contains($"{network.MultiplyAdds:N0}", network.Describe());
        }
    }

    [Fact]
    public void Networks_of_different_make_have_different_identities()
    {
        var networks = new[]
        {
            Networks.ResNet(8), Networks.ResNet(14), Networks.ResNet(8, classes: 10), Networks.ResNet(8, width: 4), Networks.ResNet(8, channels: 1), Networks.ResNet(8, size: 64),
            Networks.WideResNet(10, 1), Networks.WideResNet(10, 2), Networks.Vgg(8), Networks.LeNet5(), Networks.LeNet5(half: true),
        };
        Assert.Equal(networks.Length, networks.Select(network => network.Identity).Distinct().Count());
        Assert.Equal(Networks.ResNet(8).Identity, Networks.ResNet(8).Identity);
    }
}
