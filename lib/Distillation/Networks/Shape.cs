namespace Distillation;

/// <summary>The shape of one sample without its batch dimension: channels, height, width. A vector of n values is (n, 1, 1) with <see cref="Flat"/> set.</summary>
/// <param name="Channels">Channels of a map, or the length of a vector.</param>
/// <param name="Height">Rows; 1 for a vector.</param>
/// <param name="Width">Columns; 1 for a vector.</param>
/// <param name="Flat">True when the tensor is [batch, Channels] rather than [batch, Channels, Height, Width].</param>
public readonly record struct Shape(long Channels, long Height = 1, long Width = 1, bool Flat = false)
{
    /// <summary>A vector of <paramref name="length"/> values.</summary>
    public static Shape Vector(long length) => new(length, Flat: true);

    /// <summary>How many values one sample has.</summary>
    public long Count => Channels * Height * Width;

    /// <summary>The dimensions after the batch dimension.</summary>
    public long[] Dimensions => Flat ? [Channels] : [Channels, Height, Width];

    /// <inheritdoc/>
    public override string ToString() => Flat ? $"{Channels}" : $"{Channels}x{Height}x{Width}";
}
