using static TorchSharp.torch;

namespace Distillation;

/// <summary>
/// Drawing training images by their class, on the device and without waiting for it: images sorted by class, where each class begins there, and how many it has.
/// </summary>
/// <param name="Order">[n] Int64: indices of the images, class by class.</param>
/// <param name="First">[C] Int64.</param>
/// <param name="Count">[C] Int64.</param>
internal sealed record ClassDraw(Tensor Order, Tensor First, Tensor Count)
{
    /// <summary>From the labels of all training images.</summary>
    public static ClassDraw Of(Tensor labels, long classes)
    {
        var count = zeros(classes, ScalarType.Int64, labels.device).scatter_add_(0, labels, ones_like(labels));
        return new(labels.argsort(), count.cumsum(0) - count, count);
    }

    /// <summary>A memory with it in.</summary>
    public Memory Keep(Memory memory) => memory.With("order", Order).With("first", First).With("count", Count);

    /// <summary>For each label, images of other classes, uniformly and with replacement: [B, K].</summary>
    public Tensor Others(Tensor labels, int many, Key key)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var (first, count) = (First.index_select(0, labels).unsqueeze(1), Count.index_select(0, labels).unsqueeze(1));
        var place = Places(key, [labels.shape[0], many], Order.shape[0] - count);
        // What lies behind the own class moves up by its size.
        place.add_(place.ge(first).to_type(ScalarType.Int64).mul_(count));
        return Order.index_select(0, place.clamp_(0, Order.shape[0] - 1).flatten()).view(-1, many).MoveToOuterDisposeScope();
    }

    /// <summary>For each label an image of the same class: [B].</summary>
    public Tensor Same(Tensor labels, Key key)
    {
        using var quiet = no_grad();
        var count = Count.index_select(0, labels);
        return Order.index_select(0, First.index_select(0, labels) + Places(key, [labels.shape[0]], count));
    }

    /// <summary>For each anchor the images of other classes whose rows of the bank have the largest products with it: [B, K], or fewer where there are fewer images.</summary>
    public Tensor Nearest(Tensor labels, Tensor anchors, Tensor bank, int many)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var near = anchors.matmul(bank.t());
        // The own class' images stand together in the order, and so their columns can be struck out there.
        var place = arange(Order.shape[0], ScalarType.Int64, labels.device).unsqueeze(0);
        var first = First.index_select(0, labels).unsqueeze(1);
        var own = place.ge(first).logical_and(place.lt(first + Count.index_select(0, labels).unsqueeze(1)));
        var best = near.index_select(1, Order).masked_fill_(own, double.NegativeInfinity).topk((int)Math.Min(many, Order.shape[0]), 1).indexes;
        return Order.index_select(0, best.flatten()).view(labels.shape[0], -1).MoveToOuterDisposeScope();
    }

    // Whole numbers from 0 to below a limit of each row's own.
    private static Tensor Places(Key key, long[] shape, Tensor below) =>
        minimum(key.Uniform(shape, below.device).mul_(below).to_type(ScalarType.Int64), below - 1);
}
