using System.Collections;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>The lengths of a tensor's dimensions.</summary>
    public struct Size : IEnumerable<long>, IEnumerable
    {
        public static Size Empty = new(Array.Empty<long>());

        private readonly long[]? lengths;

        public Size(long[] shape) => lengths = [.. shape];
        public Size(IEnumerable<long> shape) => lengths = [.. shape];
        public Size(int[] shape) => lengths = [.. shape];
        public Size(long size) => lengths = [size];
        public Size((long, long) size) => lengths = [size.Item1, size.Item2];
        public Size((long, long, long) size) => lengths = [size.Item1, size.Item2, size.Item3];
        public Size((long, long, long, long) size) => lengths = [size.Item1, size.Item2, size.Item3, size.Item4];

        public readonly long[] Shape => lengths ?? [];
        public readonly int Length => Shape.Length;
        public readonly bool IsEmpty => Length == 0;
        public readonly bool IsScalar => Length == 0;
        public readonly long this[int idx] => Shape[idx < 0 ? Length + idx : idx];
        public readonly long this[long idx] => this[(int)idx];

        public readonly long numel() => Shape.Aggregate(1L, (product, length) => product * length);
        public readonly Size Slice(int first, int next) => new(Shape[first..next]);
        public readonly IEnumerable<long> Take(int i) => Shape.Take(i);

        public readonly IEnumerator<long> GetEnumerator() => ((IEnumerable<long>)Shape).GetEnumerator();
        readonly IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public readonly override bool Equals(object? obj) => obj is Size other && Shape.AsSpan().SequenceEqual(other.Shape);
        public readonly override int GetHashCode() => Shape.Aggregate(0, HashCode.Combine);

        public static bool operator ==(Size left, Size right) => left.Equals(right);
        public static bool operator !=(Size left, Size right) => !left.Equals(right);
        public static Size operator +(Size left, Size right) => new(left.Shape.Concat(right.Shape));
        public static Size operator +(Size left, IEnumerable<long> right) => new(left.Shape.Concat(right));

        public static implicit operator Size(long size) => new(size);
        public static implicit operator Size((long, long) size) => new(size);
        public static implicit operator Size((long, long, long) size) => new(size);
        public static implicit operator Size((long, long, long, long) size) => new(size);
        public static implicit operator Size(long[] size) => new(size);
    }
}
