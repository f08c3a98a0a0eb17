using System.Reflection;

namespace Distillation.Notebooks;

/// <summary>
/// .NET Interactive's convention by which a type says how it is shown without a reference to any kernel: an attribute <em>named</em>
/// TypeFormatterSourceAttribute, in whatever namespace, whose constructor takes a type; that type's <c>CreateTypeFormatters()</c> gives objects with a
/// <c>MimeType</c> and a method <c>bool Format(object instance, TextWriter writer)</c>, which says false for what it does not know.
/// </summary>
internal static class FormatterSource
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>The forms that a value's own formatters give; none where its type has no source.</summary>
    public static IReadOnlyList<(string Mime, string Text)> Forms(object? value) =>
        value is null
            ? []
            : [.. Sources(value.GetType()).SelectMany(Formatters).Select(formatter => Form(formatter, value)).Where(form => form.Text is not null).DistinctBy(form => form.Mime).Select(form => (form.Mime, form.Text!))];

    // The type itself before those it derives from, then its interfaces.
    private static IEnumerable<Type> Sources(Type type) =>
        from candidate in Ancestors(type).Concat(type.GetInterfaces())
        from attribute in candidate.GetCustomAttributesData()
        where attribute.AttributeType.Name == "TypeFormatterSourceAttribute" && attribute.ConstructorArguments is [{ Value: Type }, ..]
        select (Type)attribute.ConstructorArguments[0].Value!;

    private static IEnumerable<Type> Ancestors(Type type)
    {
        for (var one = type; one is not null; one = one.BaseType)
        {
            yield return one;
        }
    }

    private static IEnumerable<object> Formatters(Type source) =>
        source.GetMethod("CreateTypeFormatters", Any | BindingFlags.Static, []) is { } create
            ? ((System.Collections.IEnumerable)create.Invoke(create.IsStatic ? null : Activator.CreateInstance(source, nonPublic: true), null)!).Cast<object>()
            : [];

    private static (string Mime, string? Text) Form(object formatter, object value)
    {
        var mime = formatter.GetType().GetProperty("MimeType", Any)?.GetValue(formatter) as string;
        var format = formatter.GetType().GetMethods(Any).FirstOrDefault(method =>
            method.Name == "Format" && method.GetParameters() is [var instance, var writer] && instance.ParameterType.IsInstanceOfType(value) && writer.ParameterType.IsAssignableFrom(typeof(StringWriter)));
        if (mime is null || format is null)
        {
            return ("", null);
        }

        using var text = new StringWriter { NewLine = "\n" };
        return format.Invoke(formatter, [value, text]) is false ? (mime, null) : (mime, text.ToString());
    }
}
