namespace Plotly.NET.CSharp;

/// <summary>A value that may not have been given; any value converts to one that has.</summary>
public readonly record struct Optional<T>(T Value, bool IsSome)
{
    /// <summary>A value that was given.</summary>
    public static implicit operator Optional<T>(T Value) => new(Value, true);
}
