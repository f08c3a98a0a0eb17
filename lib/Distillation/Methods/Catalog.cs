using System.Globalization;
using System.Reflection;

namespace Distillation;

/// <summary>The methods by name, for the command line. The factories of <see cref="Methods"/> are the only list there is; this finds them.</summary>
public static class MethodCatalog
{
    // A method without settings may be a property; a factory whose parameters all have defaults is one with settings.
    private static IReadOnlyList<(Method Method, Func<IReadOnlyDictionary<string, double>, Method> Make, string[] Settings)> Entries { get; } =
    [
        .. typeof(Methods).GetMembers(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .SelectMany(member => member switch
            {
                PropertyInfo property when property.PropertyType == typeof(Method) => [Entry(_ => (Method)property.GetValue(null)!, [])],
                MethodInfo { IsSpecialName: false } factory when factory.ReturnType == typeof(Method) && factory.GetParameters() is var parameters && parameters.All(p => p.IsOptional) =>
                    [Entry(settings => (Method)factory.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [.. parameters.Select(p => Argument(p, settings))], null)!, parameters)],
                _ => Enumerable.Empty<(Method Method, Func<IReadOnlyDictionary<string, double>, Method>, string[])>(),
            })
            .OrderBy(entry => entry.Method.Name, StringComparer.Ordinal),
    ];

    /// <summary>Every method with its default settings, in the order of their names.</summary>
    public static IReadOnlyList<Method> All { get; } = [.. Entries.Select(entry => entry.Method)];

    /// <summary>The method of a name with the given settings in place of its defaults.</summary>
    /// <exception cref="BadInput">There is no such method, it has no such setting, or it refuses the value.</exception>
    public static Method Named(string name, IReadOnlyDictionary<string, double>? settings = null)
    {
        var entry = Entries.FirstOrDefault(e => e.Method.Name == name);
        if (entry.Method is null)
        {
            throw new BadInput($"There is no method '{name}'; choose one of {string.Join(", ", All.Select(m => m.Name))}.");
        }

        return settings?.Keys.FirstOrDefault(key => !entry.Settings.Contains(key)) is { } unknown
            ? throw new BadInput($"The method '{name}' has no setting '{unknown}'; it has {(entry.Settings.Length == 0 ? "none" : string.Join(", ", entry.Settings))}.")
            : entry.Make(settings ?? new Dictionary<string, double>());
    }

    private static (Method Method, Func<IReadOnlyDictionary<string, double>, Method> Make, string[] Settings) Entry(
        Func<IReadOnlyDictionary<string, double>, Method> make, ParameterInfo[] parameters) =>
        (make(new Dictionary<string, double>()), make, [.. parameters.Select(p => p.Name!)]);

    private static object? Argument(ParameterInfo parameter, IReadOnlyDictionary<string, double> settings) =>
        !settings.TryGetValue(parameter.Name!, out var value) ? parameter.DefaultValue
        : parameter.ParameterType == typeof(Schedule) ? new Schedule.Constant(value)
        : Convert.ChangeType(value, Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType, CultureInfo.InvariantCulture);
}
