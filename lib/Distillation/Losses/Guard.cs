using static TorchSharp.torch;

namespace Distillation;

// Shapes are checked before libtorch sees them: broadcasting a mistake would give a number, and no error.
internal static class Guard
{
    public static void Logits(Tensor logits, string name)
    {
        if (logits.dim() != 2)
        {
            throw new ArgumentException($"{name} must be [batch, classes], not {Text(logits)}.", name);
        }
    }

    public static void SameShape(Tensor a, string nameA, Tensor b, string nameB)
    {
        if (!a.shape.AsSpan().SequenceEqual(b.shape))
        {
            throw new ArgumentException($"{nameA} {Text(a)} and {nameB} {Text(b)} must have the same shape.", nameB);
        }
    }

    public static void Map(Tensor map, string name)
    {
        if (map.dim() != 4)
        {
            throw new ArgumentException($"{name} must be a map [batch, channels, height, width], not {Text(map)}.", name);
        }
    }

    public static void SameBatch(Tensor a, string nameA, Tensor b, string nameB)
    {
        if (a.dim() == 0 || b.dim() == 0 || a.shape[0] != b.shape[0])
        {
            throw new ArgumentException($"{nameA} {Text(a)} and {nameB} {Text(b)} must have the same batch.", nameB);
        }
    }

    public static void Vectors(Tensor vectors, string name)
    {
        if (vectors.dim() != 2)
        {
            throw new ArgumentException($"{name} must be vectors [batch, length], not {Text(vectors)}.", name);
        }
    }

    public static void AtLeast(long count, long least, string what)
    {
        if (count < least)
        {
            throw new ArgumentException($"{what} needs a batch of at least {least}, not {count}.");
        }
    }

    public static void Labels(Tensor labels, Tensor logits)
    {
        if (labels.dim() != 1 || labels.shape[0] != logits.shape[0] || labels.dtype != ScalarType.Int64)
        {
            throw new ArgumentException($"labels must be Int64 class indices [{logits.shape[0]}], one per row of the logits, not {labels.dtype} {Text(labels)}.", nameof(labels));
        }
    }

    public static void Positive(double value, string name)
    {
        if (!(value > 0))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be above 0.");
        }
    }

    private static string Text(Tensor t) => $"[{string.Join(", ", t.shape)}]";
}
