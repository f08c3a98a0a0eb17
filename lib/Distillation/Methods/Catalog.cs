using System.Globalization;
using System.Reflection;

namespace Distillation;

/// <summary>The methods by name, for the command line. The factories of <see cref="Methods"/> are the only list there is; this finds them.</summary>
public static class MethodCatalog
{
    // A method without settings may be a property; a factory whose parameters all have defaults is one with settings.
    private static IReadOnlyList<(Method Method, Func<IReadOnlyDictionary<string, Schedule>, Method> Make, string[] Settings)> Entries { get; } =
    [
        .. typeof(Methods).GetMembers(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .SelectMany(member => member switch
            {
                PropertyInfo property when property.PropertyType == typeof(Method) => [Entry(_ => (Method)property.GetValue(null)!, [])],
                MethodInfo { IsSpecialName: false } factory when factory.ReturnType == typeof(Method) && factory.GetParameters() is var parameters && parameters.All(p => p.IsOptional) =>
                    [Entry(settings => (Method)factory.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [.. parameters.Select(p => Argument(p, settings))], null)!, parameters)],
                _ => Enumerable.Empty<(Method Method, Func<IReadOnlyDictionary<string, Schedule>, Method>, string[])>(),
            })
            .OrderBy(entry => entry.Method.Name, StringComparer.Ordinal),
    ];

    /// <summary>Every method with its default settings, in the order of their names.</summary>
    public static IReadOnlyList<Method> All { get; } = [.. Entries.Select(entry => entry.Method)];

    /// <summary>The method of a name, or the sum of several as in <c>kd+at</c>, with the given settings in place of its defaults.</summary>
    /// <param name="name">A name of <see cref="All"/>, or several with + between them.</param>
    /// <param name="settings">Values by setting; in a sum by method and setting, as in <c>at.weight</c>.</param>
    /// <exception cref="BadInput">There is no such method, it has no such setting, or it refuses the value.</exception>
    public static Method Named(string name, IReadOnlyDictionary<string, Schedule>? settings = null)
    {
        if (name.Split('+', StringSplitOptions.TrimEntries) is { Length: > 1 } parts)
        {
            return settings?.Keys.FirstOrDefault(key => !parts.Contains(key.Split('.')[0])) is { } stray
                ? throw new BadInput($"The setting '{stray}' of '{name}' belongs to none of its methods; write {string.Join(" or ", parts.Select(part => $"{part}.{stray.Split('.')[^1]}"))}.")
                : parts.Select(part => Single(part, settings?.Where(pair => pair.Key.StartsWith($"{part}.", StringComparison.Ordinal)).ToDictionary(pair => pair.Key[(part.Length + 1)..], pair => pair.Value)))
                    .Aggregate((sum, part) => sum + part);
        }

        return Single(name, settings);
    }

    /// <summary>The method of a name with the given numbers in place of its defaults.</summary>
    public static Method Named(string name, IReadOnlyDictionary<string, double> settings) => Named(name, settings.ToDictionary(pair => pair.Key, pair => (Schedule)pair.Value));

    private static Method Single(string name, IReadOnlyDictionary<string, Schedule>? settings)
    {
        var entry = Entries.FirstOrDefault(e => e.Method.Name == name);
        if (entry.Method is null)
        {
            throw new BadInput($"There is no method '{name}'{Nearest.Hint(name, All.Select(m => m.Name))}: choose one of {string.Join(", ", All.Select(m => m.Name))}.");
        }

        return settings?.Keys.FirstOrDefault(key => !entry.Settings.Contains(key)) is { } unknown
            ? throw new BadInput($"The method '{name}' has no setting '{unknown}'{Nearest.Hint(unknown, entry.Settings)}: it has {(entry.Settings.Length == 0 ? "none" : string.Join(", ", entry.Settings))}.")
            : settings?.FirstOrDefault(pair => !double.IsFinite(pair.Value.At(0)) || !double.IsFinite(pair.Value.At(1))) is { Key: not null } odd
            ? throw new BadInput($"The setting '{odd.Key}' of the method '{name}' must be a finite number, not {odd.Value.At(0)}.")
            : entry.Make(settings ?? new Dictionary<string, Schedule>());
    }

    private static (Method Method, Func<IReadOnlyDictionary<string, Schedule>, Method> Make, string[] Settings) Entry(
        Func<IReadOnlyDictionary<string, Schedule>, Method> make, ParameterInfo[] parameters) =>
        (make(new Dictionary<string, Schedule>()), make, [.. parameters.Where(IsNumeric).Select(p => p.Name!)]);

    private static object? Argument(ParameterInfo parameter, IReadOnlyDictionary<string, Schedule> settings) =>
        !settings.TryGetValue(parameter.Name!, out var value) ? parameter.DefaultValue
        : parameter.ParameterType == typeof(Schedule) ? value
        : value is not Schedule.Constant number ? throw new BadInput($"The setting '{parameter.Name}' is one number for the whole run, not {value}.")
        : Converted(parameter.Name!, number.Value, Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType);

    // A count that is no whole number, or larger than its type, would be rounded or thrown by the conversion.
    private static object Converted(string name, double value, Type type) =>
        type == typeof(bool) ? value is 0 or 1 ? value == 1 : throw new BadInput($"The setting '{name}' is 0 for no or 1 for yes, not {value}.")
        : type == typeof(int) || type == typeof(long) ? value == Math.Floor(value) && Math.Abs(value) <= int.MaxValue
            ? Convert.ChangeType(value, type, CultureInfo.InvariantCulture)
            : throw new BadInput($"The setting '{name}' is a whole number of at most {int.MaxValue}, not {value}.")
        : type.IsEnum ? value == Math.Floor(value) && Enum.IsDefined(type, (int)Math.Clamp(value, int.MinValue, int.MaxValue))
            ? Enum.ToObject(type, (int)value)
            : throw new BadInput($"The setting '{name}' is {string.Join(", ", Enum.GetValues(type).Cast<object>().Select(one => $"{(int)one} for {one.ToString()!.ToLowerInvariant()}"))}, not {value}.")
        : Convert.ChangeType(value, type, CultureInfo.InvariantCulture);

    // What a number on a command line can say; anything else keeps its default there.
    private static bool IsNumeric(ParameterInfo parameter) =>
        parameter.ParameterType == typeof(Schedule) || (Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType) is var type
        && (type.IsEnum || type == typeof(bool) || type == typeof(int) || type == typeof(long) || type == typeof(float) || type == typeof(double));
}
