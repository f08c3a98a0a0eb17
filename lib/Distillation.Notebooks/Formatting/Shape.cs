using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Distillation.Notebooks;

/// <summary>What kind of thing a plain .NET value is, for showing it.</summary>
internal abstract record Shape
{
    private Shape()
    {
    }

    /// <summary>Text, a number, a date: one piece.</summary>
    public sealed record Scalar(string Text) : Shape;

    /// <summary>Values in a row.</summary>
    /// <param name="Items">The first of them.</param>
    /// <param name="HasMore">Whether there are more than were taken.</param>
    public sealed record Sequence(IReadOnlyList<object?> Items, bool HasMore) : Shape;

    /// <summary>Keys and values.</summary>
    public sealed record Pairs(IReadOnlyList<(object? Key, object? Value)> Items, bool HasMore) : Shape;

    /// <summary>A record or an object without words of its own: its properties.</summary>
    public sealed record Members(string Name, IReadOnlyList<(string Name, object? Value)> Items) : Shape;

    /// <summary>How many elements of a sequence are shown; the rest, which may be without end, is not even asked for.</summary>
    public const int Most = 100;

    /// <summary>
    /// The value, or, where it is a query that would run anew each time it is looked at, what one look at it gave: showing a value must not
    /// compute it twice.
    /// </summary>
    /// <param name="value">Anything.</param>
    /// <param name="depth">How many queries inside of one another are looked at; no more than are shown.</param>
    public static object? Settle(object? value, int depth = PlainText.Depth) =>
        value is IEnumerable<RunRow> runs and not ICollection ? runs.ToList()
        : value is IEnumerable<SummaryRow> rows and not ICollection ? rows.ToList()
        : depth > 0 && value is IEnumerable many and not (string or ICollection or Shape) && !IsCounted(value.GetType()) && !SpeaksForItself(value.GetType()) && !FormatterSource.IsOf(value.GetType())
            ? Taken(many.Cast<object?>(), (items, more) => new Sequence(items, more), depth)
            : value;

    /// <summary>The shape of a value.</summary>
    public static Shape Of(object? value) => value switch
    {
        Shape known => known,
        null => new Scalar("null"),
        string text => new Scalar(text),
        bool yes => new Scalar(yes ? "true" : "false"),
        Type type => new Scalar(NameOf(type)),
        Exception e => new Scalar(string.Join('\n', Faults.Of(e).Trace)),
        IFormattable number when !IsRecord(value.GetType()) => new Scalar(number.ToString(null, System.Globalization.CultureInfo.InvariantCulture)),
        ITuple tuple => new Scalar($"({string.Join(", ", Enumerable.Range(0, tuple.Length).Select(i => Formatter.Short(tuple[i])))})"),
        IDictionary table => Taken(table.Keys.Cast<object?>().Select(key => (key, table[key!])), (items, more) => new Pairs(items, more)),
        Array { Rank: > 1 } grid => Taken(Rows(grid, []), (items, more) => new Sequence(items, more)),
        IEnumerable many when PairType(value.GetType()) is { } pair => Taken(many.Cast<object>().Select(one => (pair.GetProperty("Key")!.GetValue(one), pair.GetProperty("Value")!.GetValue(one))), (items, more) => new Pairs(items, more)),
        IEnumerable many when !SpeaksForItself(value.GetType()) => Taken(many.Cast<object?>(), (items, more) => new Sequence(items, more)),
        _ when SpeaksForItself(value.GetType()) => new Scalar(value.ToString() ?? ""),
        _ => Properties(value) is { Count: > 0 } members ? new Members(NameOf(value.GetType()), members) : new Scalar(NameOf(value.GetType())),
    };

    /// <summary>The properties of a value that can be read, in the order of their declaration; a getter that throws gives its exception's name.</summary>
    public static IReadOnlyList<(string Name, object? Value)> Properties(object value) =>
    [
        .. value.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(property => property is { CanRead: true, GetMethod.IsPublic: true } && property.GetIndexParameters().Length == 0 && !property.PropertyType.IsByRefLike)
            .Select(property => (property.Name, Read(property, value))),
        .. value.GetType().GetFields(BindingFlags.Instance | BindingFlags.Public).Select(field => (field.Name, field.GetValue(value))),
    ];

    /// <summary>Whether values of this type are shown by their parts where several stand in a table.</summary>
    public static bool HasColumns(object? value) => value is not null && value is not Exception && !Formatter.IsKnown(value) && Of(value) is Members;

    /// <summary>A type's name as it is written in C#.</summary>
    public static string NameOf(Type type) =>
        type.Name.Contains("AnonymousType", StringComparison.Ordinal) ? ""
        : type.IsArray ? $"{NameOf(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]"
        : type.IsGenericType ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>"
        : type.Name;

    private static TShape Taken<T, TShape>(IEnumerable<T> items, Func<IReadOnlyList<T>, bool, TShape> make, int depth = PlainText.Depth)
    {
        var taken = items.Take(Most + 1).Select(item => item is null ? item : Settle(item, depth - 1) is T settled ? settled : item).ToList();
        return make([.. taken.Take(Most)], taken.Count > Most);
    }

    private static IEnumerable<object?> Rows(Array grid, int[] at) =>
        Enumerable.Range(0, grid.GetLength(at.Length)).Select(i => at.Length == grid.Rank - 1 ? grid.GetValue([.. at, i]) : Rows(grid, [.. at, i]).ToList());

    private static object? Read(PropertyInfo property, object value)
    {
        try
        {
            return property.GetValue(value);
        }
        catch (TargetInvocationException e)
        {
            return $"({e.InnerException?.GetType().Name})";
        }
    }

    private static bool IsCounted(Type type) => type.GetInterfaces().Any(face => face.IsGenericType && (face.GetGenericTypeDefinition() == typeof(IReadOnlyCollection<>) || face.GetGenericTypeDefinition() == typeof(ICollection<>)));

    private static Type? PairType(Type type) => type.GetInterfaces()
        .Where(face => face.IsGenericType && (face.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>) || face.GetGenericTypeDefinition() == typeof(IDictionary<,>)))
        .Select(face => typeof(KeyValuePair<,>).MakeGenericType(face.GetGenericArguments())).FirstOrDefault();

    // Somebody wrote a ToString: not object's, not the one that the compiler writes for records and anonymous types, not the collections' own.
    private static bool SpeaksForItself(Type type) =>
        !IsRecord(type) && type.GetMethod("ToString", []) is { DeclaringType: { } writer } && writer != typeof(object) && writer != typeof(ValueType) && !NamesOnly(writer);

    private static bool NamesOnly(Type writer) => writer.Namespace?.StartsWith("System.", StringComparison.Ordinal) == true && typeof(IEnumerable).IsAssignableFrom(writer);

    private static bool IsRecord(Type type) =>
        type.Name.Contains("AnonymousType", StringComparison.Ordinal)
        || (type.GetMethod("PrintMembers", BindingFlags.Instance | BindingFlags.NonPublic) is not null
            && type.GetMethod("ToString", [])!.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false));
}
