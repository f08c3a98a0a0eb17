using System.Runtime.InteropServices;

namespace TorchSharp.Tests;

public sealed class AutogradTests
{
    private static (Tensor[] Weights, Tensor Loss) Network()
    {
        Tensor[] weights = [Golden.Fill(4, 3, 3, 3).requires_grad_(), Golden.Fill(5, 256).mul(0.1).requires_grad_()];
        var hidden = F.relu(F.conv2d(Golden.Fill(2, 3, 8, 8), weights[0], padding: [1, 1])).flatten(1);
        return (weights, F.cross_entropy(F.linear(hidden, weights[1]), tensor(new long[] { 1, 4 })));
    }

    [Fact]
    public void Gradients_of_a_small_network_are_PyTorchs()
    {
        using var scope = NewDisposeScope();
        var (weights, loss) = Network();
        Assert.Null(weights[0].grad);
        loss.backward();
        Golden.Close(Golden.Gradient("convolution"), Golden.Flat(weights[0].grad!), 1e-4);
        Golden.Close(Golden.Gradient("linear"), Golden.Flat(weights[1].grad!), 1e-4);
    }

    [Fact]
    public void Backward_with_inputs_reaches_only_those()
    {
        using var scope = NewDisposeScope();
        var (weights, loss) = Network();
        loss.backward(inputs: [weights[0]]);
        Golden.Close(Golden.Gradient("convolution"), Golden.Flat(weights[0].grad!), 1e-4);
        Assert.Null(weights[1].grad);
    }

    [Fact]
    public void Gradients_add_up_until_they_are_set_to_null()
    {
        using var scope = NewDisposeScope();
        var w = ones(3, requires_grad: true);
        for (var i = 0; i < 2; i++) (w * 2).sum().backward();
        Assert.Equal([4f, 4f, 4f], w.grad!.data<float>().ToArray());
        w.grad = null;
        Assert.Null(w.grad);
        (w * 2).sum().backward();
        Assert.Equal([2f, 2f, 2f], w.grad!.data<float>().ToArray());
    }

    [Fact]
    public void A_gradient_may_be_given_and_the_graph_kept()
    {
        using var scope = NewDisposeScope();
        var w = tensor(new[] { 1f, 2f }, requires_grad: true);
        var y = w * w;
        y.backward([tensor(new[] { 1f, 10f })], retain_graph: true);
        Assert.Equal([2f, 40f], w.grad!.data<float>().ToArray());
        autograd.backward(y, tensor(new[] { 1f, 0f }));
        Assert.Equal([4f, 40f], w.grad!.data<float>().ToArray());
    }

    [Fact]
    public void A_second_derivative_needs_create_graph()
    {
        using var scope = NewDisposeScope();
        var x = tensor(3.0, requires_grad: true);
        x.pow(3).backward(create_graph: true, inputs: [x]);
        var first = x.grad!;
        x.grad = null;
        first.backward(inputs: [x]);
        Assert.Equal(18, x.grad!.ToDouble(), 9);
    }

    [Fact]
    public void Backward_through_a_freed_graph_is_an_exception()
    {
        using var scope = NewDisposeScope();
        var w = ones(2, requires_grad: true);
        var y = w.exp().sum();
        y.backward();
        Assert.Contains("second time", Assert.Throws<ExternalException>(() => y.backward()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Backward_of_a_vector_is_an_exception()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ExternalException>(() => (ones(3, requires_grad: true) * 2).backward());
    }

    [Fact]
    public void No_grad_records_nothing_and_comes_back()
    {
        using var scope = NewDisposeScope();
        var w = ones(2, requires_grad: true);
        using (no_grad())
        {
            Assert.False(is_grad_enabled());
            Assert.False((w * 2).requires_grad);
            using (enable_grad()) Assert.True((w * 2).requires_grad);
            Assert.False(is_grad_enabled());
        }
        Assert.True(is_grad_enabled());
        Assert.True((w * 2).requires_grad);
    }

    [Fact]
    public void The_gradient_mode_belongs_to_a_thread()
    {
        using var _ = no_grad();
        var elsewhere = false;
        var thread = new Thread(() => elsewhere = is_grad_enabled());
        thread.Start();
        thread.Join();
        Assert.True(elsewhere);
        Assert.False(is_grad_enabled());
    }

    [Fact]
    public void A_tensor_of_inference_mode_cannot_enter_a_loss()
    {
        using var scope = NewDisposeScope();
        Tensor teacher;
        using (inference_mode())
        {
            Assert.True(is_inference_mode_enabled());
            teacher = ones(2) * 2;
        }
        Assert.False(is_inference_mode_enabled());
        Assert.Throws<ExternalException>(() => (ones(2, requires_grad: true) * teacher).sum().backward());
    }

    [Fact]
    public void Detach_cuts_the_graph_and_shares_the_memory()
    {
        using var scope = NewDisposeScope();
        var w = zeros(2, requires_grad: true);
        var cut = w.detach();
        Assert.False(cut.requires_grad);
        cut.fill_(5);
        Assert.Equal([5f, 5f], w.detach().data<float>().ToArray());
    }

    [Fact]
    public void Writing_into_a_flat_tensor_between_forward_and_backward_is_an_error()
    {
        using var scope = NewDisposeScope();
        var flat = ones(6, requires_grad: true);
        var parts = flat.split(new long[] { 2, 4 });
        var loss = (parts[0].exp().sum() + (parts[1] * parts[1]).sum());
        using (no_grad()) flat.add_(1);
        Assert.Contains("inplace", Assert.Throws<ExternalException>(() => loss.backward(inputs: [flat])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Views_of_a_flat_buffer_see_what_a_training_forward_writes()
    {
        using var scope = NewDisposeScope();
        var buffers = cat(new[] { zeros(3), ones(3) });
        var views = buffers.split(new long[] { 3, 3 });
        using (no_grad()) F.batch_norm(Golden.Fill(2, 3, 8, 8) + 1, views[0], views[1], training: true, momentum: 1.0).Dispose();
        var expected = (Golden.Fill(2, 3, 8, 8) + 1).mean([0, 2, 3]);
        Golden.Close(Golden.Flat(expected), Golden.Flat(buffers[..3]));
    }

    [Fact]
    public void One_split_gives_one_flat_gradient()
    {
        using var scope = NewDisposeScope();
        var flat = arange(6, dtype: float32).requires_grad_();
        var parts = flat.split(new long[] { 2, 4 });
        (parts[0].sum() * 2 + parts[1].pow(2).sum()).backward(inputs: [flat]);
        Assert.Equal([2f, 2f, 4f, 6f, 8f, 10f], flat.grad!.data<float>().ToArray());
    }

    [Fact]
    public void A_step_in_place_moves_a_leaf_under_no_grad()
    {
        using var scope = NewDisposeScope();
        var w = ones(2, requires_grad: true);
        (w * 3).sum().backward();
        Assert.Throws<ExternalException>(() => w.sub_(1));
        using (no_grad()) w.sub_(w.grad! * 0.5);
        Assert.Equal([-0.5f, -0.5f], w.detach().data<float>().ToArray());
        Assert.True(w.is_leaf);
    }
}
