using System.Reflection;
using System.Runtime.CompilerServices;

namespace Distillation.Notebooks;

/// <summary>
/// .NET Interactive's convention by which a type says how it is shown without a reference to any kernel: an attribute <em>named</em>
/// TypeFormatterSourceAttribute, in whatever namespace, whose constructor takes a type; that type's <c>CreateTypeFormatters()</c> gives objects with a
/// <c>MimeType</c> and a method <c>bool Format(object instance, TextWriter writer)</c>, which says false for what it does not know.
/// </summary>
internal static class FormatterSource
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>Whether a type brings formatters.</summary>
    public static bool IsOf(Type type) => Sources(type).Any();

    /// <summary>The forms that a value's own formatters give; none where its type has no source.</summary>
    public static IReadOnlyList<(string Mime, string Text)> Forms(object? value) =>
        value is null ? [] : [.. Offered(value).Select(formatter => (formatter.Mime, Text: formatter.Text(value))).Where(form => form.Text is not null).DistinctBy(form => form.Mime).Select(form => (form.Mime, form.Text!))];

    /// <summary>One of them, without making the others: a picture of a chart takes a browser. Null where there is none.</summary>
    public static string? Form(object? value, string mime) =>
        value is null ? null : Offered(value).Where(formatter => formatter.Mime == mime).Select(formatter => formatter.Text(value)).FirstOrDefault(text => text is not null);

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
            ? ((System.Collections.IEnumerable)create.Invoke(create.IsStatic ? null : Instance(source), null)!).Cast<object>()
            : [];

    // F# makes classes without any constructor; such a source has nothing to set up.
    private static object Instance(Type source) =>
        source.GetConstructor(Any, []) is { } constructor ? constructor.Invoke(null) : RuntimeHelpers.GetUninitializedObject(source);

    private static IEnumerable<Offer> Offered(object value) =>
        from formatter in Sources(value.GetType()).SelectMany(Formatters)
        let mime = formatter.GetType().GetProperty("MimeType", Any)?.GetValue(formatter) as string
        let format = formatter.GetType().GetMethods(Any).FirstOrDefault(method =>
            method.Name == "Format" && method.GetParameters() is [var instance, var writer] && instance.ParameterType.IsInstanceOfType(value) && writer.ParameterType.IsAssignableFrom(typeof(StringWriter)))
        where mime is not null && format is not null
        select new Offer(mime, formatter, format);

    private sealed record Offer(string Mime, object Formatter, MethodInfo Format)
    {
        public string? Text(object value)
        {
            using var text = new StringWriter { NewLine = "\n" };
            return Format.Invoke(Formatter, [value, text]) is false ? null : text.ToString();
        }
    }
}
