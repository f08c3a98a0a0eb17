namespace Parquet.Serialization.Attributes;

/// <summary>The property is neither written nor read.</summary>
[AttributeUsage(AttributeTargets.Property)]
public class ParquetIgnoreAttribute : Attribute
{
}

/// <summary>The column is written as required (a string is otherwise optional).</summary>
[AttributeUsage(AttributeTargets.Property)]
public class ParquetRequiredAttribute : Attribute
{
}

/// <summary>The unit in which a timestamp is stored; what is finer is cut off.</summary>
public enum ParquetTimestampResolution
{
    Milliseconds = 0,
    Microseconds = 1,
}

/// <summary>
/// A <see cref="DateTime"/> is written as a 64-bit timestamp of this resolution. Without the attribute it is written as INT96,
/// which keeps every tick; readers see a timestamp either way.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public class ParquetTimestampAttribute(
    ParquetTimestampResolution resolution = ParquetTimestampResolution.Milliseconds, bool useLogicalTimestamp = false, bool isAdjustedToUTC = true) : Attribute
{
    public ParquetTimestampResolution Resolution { get; } = resolution;

    /// <summary>Also write the newer logical type beside the older converted type.</summary>
    public bool UseLogicalTimestamp { get; } = useLogicalTimestamp;

    /// <summary>What the logical type says about the clock; the stored number is the same.</summary>
    public bool IsAdjustedToUTC { get; } = isAdjustedToUTC;
}
