using System.Reflection;

namespace Distillation;

/// <summary>The methods by name, for the command line. The factories of <see cref="Methods"/> are the only list there is; this finds them.</summary>
public static class MethodCatalog
{
    /// <summary>Every method with its default settings, in the order of their names.</summary>
    public static IReadOnlyList<Method> All { get; } =
    [
        .. typeof(Methods).GetMembers(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .Select(member => member switch
            {
                PropertyInfo property when property.PropertyType == typeof(Method) => (Method)property.GetValue(null)!,
                MethodInfo { IsSpecialName: false } factory when factory.ReturnType == typeof(Method) && factory.GetParameters().All(p => p.IsOptional) =>
                    (Method)factory.Invoke(null, [.. factory.GetParameters().Select(p => p.DefaultValue)])!,
                _ => null,
            })
            .OfType<Method>()
            .OrderBy(method => method.Name, StringComparer.Ordinal),
    ];

    /// <summary>The method of a name with the given settings in place of its defaults.</summary>
    /// <exception cref="BadInput">There is no such method, or it has no such setting.</exception>
    public static Method Named(string name, IReadOnlyDictionary<string, double>? settings = null)
    {
        var method = All.FirstOrDefault(m => m.Name == name)
            ?? throw new BadInput($"There is no method '{name}'; choose one of {string.Join(", ", All.Select(m => m.Name))}.");
        if (settings is null || settings.Count == 0)
        {
            return method;
        }

        var factory = typeof(Methods).GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)
            .FirstOrDefault(f => f.ReturnType == typeof(Method) && !f.IsSpecialName && ((Method)f.Invoke(null, [.. f.GetParameters().Select(p => p.DefaultValue)])!).Name == name);
        var parameters = factory?.GetParameters() ?? [];
        var unknown = settings.Keys.FirstOrDefault(key => parameters.All(p => p.Name != key));
        return unknown is null
            ? (Method)factory!.Invoke(null, [.. parameters.Select(p => settings.TryGetValue(p.Name!, out var value) ? Converted(value, p.ParameterType) : p.DefaultValue)])!
            : throw new BadInput($"The method '{name}' has no setting '{unknown}'; it has {(parameters.Length == 0 ? "none" : string.Join(", ", parameters.Select(p => p.Name)))}.");
    }

    private static object Converted(double value, Type type) =>
        type == typeof(Schedule) ? new Schedule.Constant(value) : Convert.ChangeType(value, Nullable.GetUnderlyingType(type) ?? type, System.Globalization.CultureInfo.InvariantCulture);
}
