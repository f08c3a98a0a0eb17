namespace Plotly.NET.CSharp;

/// <summary>Charts of many kinds.</summary>
public static partial class Chart
{
    private static GenericChart Make(string type, Optional<bool> useDefaults, Action<Trace> style)
    {
        var trace = new Trace(type);
        style(trace);
        return GenericChart.Of(trace, useDefaults.Or(true));
    }
}

/// <summary>How arguments become members.</summary>
internal static class Building
{
    public static TObject Put<TObject, T>(this TObject target, string name, Optional<T> value)
        where TObject : DynamicObj.DynamicObj
    {
        if (value.IsSome)
        {
            target[name] = value.Value;
        }

        return target;
    }

    public static TObject Put<TObject>(this TObject target, string name, object value)
        where TObject : DynamicObj.DynamicObj
    {
        target[name] = value;
        return target;
    }

    public static T Or<T>(this Optional<T> value, T otherwise) => value.IsSome ? value.Value : otherwise;

    public static T Or<T>(this T present, Optional<T> given)
        where T : DynamicObj.DynamicObj, new() => given.IsSome ? given.Value : present ?? new T();

    /// <summary>The part that was given, or a new one.</summary>
    public static T Part<T>(this Optional<T> given)
        where T : new() => given.IsSome ? given.Value : new T();

    public static DynamicObj.DynamicObj Axis(this GenericChart chart, string name)
    {
        var axis = chart.Layout[name] as DynamicObj.DynamicObj ?? new Layout();
        chart.Layout[name] = axis;
        return axis;
    }
}

/// <summary>What is drawn of a scatter trace.</summary>
internal static class Modes
{
    public static string Text(string mode, bool withText) => withText ? mode + "+text" : mode;
}
