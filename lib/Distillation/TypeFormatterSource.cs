namespace Distillation;

/// <summary>
/// Says which class shows a type in a notebook. Kernels of .NET Interactive find this attribute by its name, in whatever namespace, so that a library needs no reference to them.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct)]
public sealed class TypeFormatterSourceAttribute(Type formatterSourceType) : Attribute
{
    /// <summary>A class with a method <c>CreateTypeFormatters</c>.</summary>
    public Type FormatterSourceType { get; } = formatterSourceType;
}

/// <summary>What shows this library's values in a notebook: one object per form, with a MimeType and a method Format(instance, writer).</summary>
public sealed class ShowingSource
{
    /// <summary>The formatters. They stand at the end of the order of folders and their types at its beginning: hence by name.</summary>
    public IEnumerable<object> CreateTypeFormatters() =>
        (IEnumerable<object>)typeof(ShowingSource).Assembly.GetType("Distillation.ShowingFormatter", throwOnError: true)!.GetProperty("All")!.GetValue(null)!;
}
