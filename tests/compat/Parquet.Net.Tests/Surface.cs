using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace ParquetTests;

/// <summary>
/// The public surface of an assembly, a line for each type (T) and member (M), in the notation of tests/surface: C# with the modifiers that a caller
/// notices, parameter names and defaults included. Nullable marks appear where the declaration itself carries one.
/// </summary>
internal static class Surface
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void", [typeof(object)] = "object", [typeof(string)] = "string", [typeof(bool)] = "bool", [typeof(char)] = "char",
        [typeof(int)] = "int", [typeof(long)] = "long", [typeof(float)] = "float", [typeof(double)] = "double", [typeof(byte)] = "byte",
    };

    private static readonly Dictionary<string, string> Operators = new() { ["op_Equality"] = "operator ==", ["op_Inequality"] = "operator !=" };

    public static IEnumerable<string> Of(Assembly assembly) => assembly.GetTypes().Where(t => t.IsPublic).SelectMany(Lines);

    private static IEnumerable<string> Lines(Type type)
    {
        var owner = $"{type.Namespace}.{Short(type)}"
            + (type.IsGenericType ? $"<{string.Join(",", type.GetGenericArguments().Select(a => a.Name))}>" : "");
        var bases = type.IsEnum ? [] : new[] { type.BaseType }.Where(b => b is not null && b != typeof(object) && b != typeof(ValueType))
            .Concat(type.GetInterfaces().Except(type.BaseType?.GetInterfaces() ?? [])).Select(b => Name(b!)).ToArray();
        return new[] { $"T {owner} : {KindOf(type)}{(bases.Length > 0 ? " : " + string.Join(", ", bases) : "")}{Constraints(type.GetGenericArguments())}" }
            .Concat(Members(type).Select(member => $"M {owner} {member}"));
    }

    private static IEnumerable<string> Members(Type type) => type.IsEnum
        ? ["enum { " + string.Join(", ", Enum.GetNames(type).Select(n => $"{n} = {Convert.ToInt64(Enum.Parse(type, n))}")) + " }"]
        : type.GetConstructors(Declared).Where(c => !c.IsStatic && IsVisible(c)).Select(c => $"{Modifiers(c)}{Short(type)}({Parameters(c)})")
            .Concat(type.GetFields(Declared).Where(f => f.IsPublic || f.IsFamily).Select(Field))
            .Concat(type.GetProperties(Declared).Where(p => p.GetAccessors(true).Any(IsVisible)).Select(Property))
            .Concat(type.GetMethods(Declared).Where(m => IsVisible(m) && (!m.IsSpecialName || Operators.ContainsKey(m.Name))).Select(Method));

    private static string KindOf(Type type) => type.IsEnum ? "enum" : type.IsValueType ? "struct" : type.IsInterface ? "interface"
        : type.IsAbstract && type.IsSealed ? "static class" : type.IsAbstract ? "abstract class" : type.IsSealed ? "sealed class" : "class";

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Modifiers(MethodBase method) => (method.IsPublic ? "public " : "protected ") + (method switch
    {
        { IsStatic: true } => "static ",
        MethodInfo m when m.GetBaseDefinition() != m => m.IsFinal ? "sealed override " : "override ",
        { IsAbstract: true } => "abstract ",
        { IsVirtual: true, IsFinal: false } => "virtual ",
        _ => "",
    });

    private static string Field(FieldInfo field) =>
        $"{(field.IsPublic ? "public" : "protected")} {(field.IsLiteral ? "const " : field.IsStatic ? "static " : "")}{(field.IsInitOnly ? "readonly " : "")}"
        + $"{Name(field.FieldType, field.CustomAttributes)} {field.Name};{(field.IsLiteral ? $" // = {field.GetRawConstantValue()}" : "")}";

    private static string Property(PropertyInfo property)
    {
        var (get, set) = (property.GetMethod is { } g && IsVisible(g) ? g : null, property.SetMethod is { } s && IsVisible(s) ? s : null);
        var name = property.GetIndexParameters() is { Length: > 0 } index ? $"this[{string.Join(", ", index.Select(Parameter))}]" : property.Name;
        return $"{Modifiers(get ?? set!)}{Name(property.PropertyType, property.CustomAttributes)} {name} "
            + $"{{ {(get is null ? "" : "get; ")}{(set is null ? "" : set.IsPublic ? "set; " : "protected set; ")}}}";
    }

    private static string Method(MethodInfo method) =>
        $"{Modifiers(method)}{Name(method.ReturnType, method.ReturnParameter.CustomAttributes)} {Operators.GetValueOrDefault(method.Name, method.Name)}"
        + $"{(method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(a => a.Name))}>" : "")}({Parameters(method)})"
        + Constraints(method.IsGenericMethod ? method.GetGenericArguments() : []);

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        var (prefix, type) = parameter.ParameterType is { IsByRef: true } reference
            ? (parameter.IsOut ? "out " : "ref ", reference.GetElementType()!) : ("", parameter.ParameterType);
        var many = parameter.IsDefined(typeof(ParamArrayAttribute)) ? "params " : "";
        return prefix + many + Name(type, parameter.CustomAttributes) + " " + parameter.Name
            + (parameter.HasDefaultValue ? " = " + Default(parameter.RawDefaultValue, type) : "");
    }

    private static string Default(object? value, Type type) => value switch
    {
        null => type.IsValueType && Nullable.GetUnderlyingType(type) is null ? "default" : "null",
        bool b => b ? "true" : "false",
        _ when type.IsEnum => $"{type.Name}.{Enum.ToObject(type, value)}",
        string s => $"\"{s}\"",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Constraints(Type[] arguments) => string.Concat(arguments.Where(a => a.IsGenericParameter).Select(a =>
    {
        var flags = a.GenericParameterAttributes;
        var parts = (flags.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint) ? new[] { "class" } : [])
            .Concat(a.GetGenericParameterConstraints().Select(c => Name(c)))
            .Concat(flags.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint) ? ["new()"] : []).ToArray();
        return parts.Length > 0 ? $" where {a.Name} : {string.Join(", ", parts)}" : "";
    }));

    private static string Name(Type type, IEnumerable<CustomAttributeData> attributes) => Name(type) + (!type.IsValueType && IsMarkedNullable(attributes) ? "?" : "");

    private static bool IsMarkedNullable(IEnumerable<CustomAttributeData> attributes) =>
        attributes.FirstOrDefault(a => a.AttributeType.FullName == typeof(NullableAttribute).FullName)?.ConstructorArguments[0].Value switch
        {
            byte mark => mark == 2,
            IReadOnlyCollection<CustomAttributeTypedArgument> marks => marks.Count > 0 && marks.First().Value is (byte)2,
            _ => false,
        };

    private static string Name(Type type) => Keywords.TryGetValue(type, out var keyword) ? keyword
        : type.IsArray ? Name(type.GetElementType()!) + "[]"
        : Nullable.GetUnderlyingType(type) is { } inner ? Name(inner) + "?"
        : type.IsGenericType ? $"{Short(type)}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
        : type.Name;

    private static string Short(Type type) => type.Name.Split('`')[0];
}
