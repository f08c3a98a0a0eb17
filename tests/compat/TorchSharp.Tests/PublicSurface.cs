using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace TorchSharp.Tests;

/// <summary>
/// Writes an assembly's public surface, one line per type (T) and member (M), in the form of the lists kept in tests/surface.
/// Annotations of nullable references are left out: they are no part of a signature.
/// </summary>
internal static class PublicSurface
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    internal static IEnumerable<string> Of(Assembly assembly) => assembly.GetTypes().Where(Visible).SelectMany(Lines);

    private static IEnumerable<string> Lines(Type type)
    {
        var name = Full(type);
        if (type.IsEnum)
            return [$"T {name} : enum", $"M {name} enum {{ {string.Join(", ", Enum.GetNames(type).Select(n => $"{n} = {Convert.ToInt64(Enum.Parse(type, n), CultureInfo.InvariantCulture)}"))} }}"];
        var members = type.GetConstructors(Declared).Where(c => !c.IsStatic && Visible(c)).Select(c => $"{Modifiers(c)}{Bare(type)}({Parameters(c)})")
            .Concat(type.GetFields(Declared).Where(f => f.IsPublic || f.IsFamily).Select(Field))
            .Concat(type.GetProperties(Declared).Where(p => p.GetAccessors(true).Any(Visible)).Select(Property))
            .Concat(type.GetMethods(Declared).Where(m => Visible(m) && (!m.IsSpecialName || m.Name.StartsWith("op_", StringComparison.Ordinal))).Select(m => Modifiers(m) + Method(m)));
        return members.Select(m => $"M {name} {m}").Prepend($"T {name} : {Kind(type)}{Bases(type)}{Constraints(type.GetGenericArguments())}");
    }

    private static bool Visible(Type type) => type.IsNested ? type.IsNestedPublic && Visible(type.DeclaringType!) : type.IsPublic;

    private static bool Visible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Kind(Type type) => type switch
    {
        { IsInterface: true } => "interface",
        { IsValueType: true } => "struct",
        { IsAbstract: true, IsSealed: true } => "static class",
        { IsAbstract: true } => "abstract class",
        { IsSealed: true } => "sealed class",
        _ => "class"
    };

    private static string Bases(Type type)
    {
        var inherited = type.BaseType is { } b && b != typeof(object) && !type.IsValueType ? new[] { b } : [];
        var own = type.GetInterfaces().Except(type.BaseType?.GetInterfaces() ?? []);
        var names = inherited.Concat(own).Select(t => Name(t)).ToArray();
        return names.Length == 0 ? "" : " : " + string.Join(", ", names);
    }

    private static string Modifiers(MethodBase method)
    {
        var obsolete = method.IsDefined(typeof(ObsoleteAttribute)) ? "[Obsolete] " : "";
        var access = method.IsPublic ? "public " : "protected ";
        var how = method is not MethodInfo m ? "" : method.IsStatic ? "static " : m.GetBaseDefinition() != m ? "override " : m.IsAbstract ? "abstract " : m is { IsVirtual: true, IsFinal: false } ? "virtual " : "";
        return obsolete + access + how;
    }

    private static string Field(FieldInfo f) =>
        $"{(f.IsPublic ? "public " : "protected ")}{(f.IsLiteral ? "const " : f.IsStatic ? "static " : "")}{(f.IsInitOnly ? "readonly " : "")}{Name(f.FieldType, f)} {f.Name};{(f.IsLiteral ? $" // = {f.GetRawConstantValue()}" : "")}";

    private static string Property(PropertyInfo p)
    {
        var getter = p.GetGetMethod(true) is { } g && Visible(g) ? g : null;
        var setter = p.GetSetMethod(true) is { } s && Visible(s) ? s : null;
        var index = p.GetIndexParameters();
        var name = index.Length > 0 ? $"this[{string.Join(", ", index.Select(Parameter))}]" : p.Name;
        return $"{Modifiers((getter ?? setter)!)}{Name(p.PropertyType, p)} {name} {{ {(getter is null ? "" : "get; ")}{(setter is null ? "" : setter.IsPublic ? "set; " : "protected set; ")}}}";
    }

    private static string Method(MethodInfo m)
    {
        var generic = m.IsGenericMethodDefinition ? $"<{string.Join(", ", m.GetGenericArguments().Select(a => a.Name))}>" : "";
        var extension = m.IsDefined(typeof(ExtensionAttribute), false) ? "this " : "";
        return $"{Name(m.ReturnType, m.ReturnParameter)} {Called(m.Name)}{generic}({extension}{Parameters(m)}){(m.IsGenericMethodDefinition ? Constraints(m.GetGenericArguments()) : "")}";
    }

    private static string Called(string method) => method switch
    {
        "op_Implicit" => "implicit operator",
        "op_Explicit" => "explicit operator",
        "op_Addition" => "operator +",
        "op_Subtraction" => "operator -",
        "op_Multiply" => "operator *",
        "op_Division" => "operator /",
        "op_Modulus" => "operator %",
        "op_UnaryNegation" => "operator -(unary)",
        "op_OnesComplement" => "operator ~",
        "op_BitwiseAnd" => "operator &",
        "op_BitwiseOr" => "operator |",
        "op_ExclusiveOr" => "operator ^",
        "op_Equality" => "operator ==",
        "op_Inequality" => "operator !=",
        "op_LessThan" => "operator <",
        "op_LessThanOrEqual" => "operator <=",
        "op_GreaterThan" => "operator >",
        "op_GreaterThanOrEqual" => "operator >=",
        _ => method
    };

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo p)
    {
        var passed = !p.ParameterType.IsByRef ? "" : p.IsOut ? "out " : p.IsIn ? "in " : "ref ";
        var type = p.ParameterType.IsByRef ? p.ParameterType.GetElementType()! : p.ParameterType;
        return $"{passed}{(p.IsDefined(typeof(ParamArrayAttribute), false) ? "params " : "")}{Name(type, p)} {p.Name}{(p.HasDefaultValue ? " = " + Default(p.RawDefaultValue, type) : "")}";
    }

    private static string Default(object? value, Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        if (value is null) return type.IsValueType && plain == type ? "default" : "null";
        if (plain.IsEnum) return $"{plain.Name}.{Enum.GetName(plain, Enum.ToObject(plain, value))}";
        return value switch
        {
            bool b => b ? "true" : "false",
            string s => $"\"{s}\"",
            char c => $"'{c}'",
            float f => f.ToString("R", CultureInfo.InvariantCulture) + "f",
            double d => d.ToString("R", CultureInfo.InvariantCulture),
            _ => Convert.ToString(value, CultureInfo.InvariantCulture)!
        };
    }

    private static string Constraints(Type[] arguments) => string.Concat(arguments.Where(a => a.IsGenericParameter).Select(a =>
    {
        var flags = a.GenericParameterAttributes;
        var isStruct = flags.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint);
        var unmanaged = a.CustomAttributes.Any(c => c.AttributeType.Name == "IsUnmanagedAttribute");
        string[] all = [.. isStruct ? [unmanaged ? "unmanaged" : "struct"] : Array.Empty<string>(), .. a.GetGenericParameterConstraints().Where(c => c != typeof(ValueType)).Select(c => Name(c))];
        return all.Length == 0 ? "" : $" where {a.Name} : {string.Join(", ", all)}";
    }));

    // ---- names of types

    private static string Bare(Type type) => type.Name.Split('`')[0];

    private static string Full(Type type)
    {
        var outer = type.IsNested ? Full(type.DeclaringType!) + "." : type.Namespace is { } n && n.StartsWith("TorchSharp.", StringComparison.Ordinal) ? n["TorchSharp.".Length..] + "." : "";
        var own = type.GetGenericArguments().Skip(type.DeclaringType?.GetGenericArguments().Length ?? 0).Select(a => a.Name).ToArray();
        return outer + Bare(type) + (own.Length == 0 ? "" : $"<{string.Join(",", own)}>");
    }

    private static string Name(Type type, ICustomAttributeProvider? where = null)
    {
        var names = where?.GetCustomAttributes(typeof(TupleElementNamesAttribute), false).OfType<TupleElementNamesAttribute>().FirstOrDefault()?.TransformNames;
        var at = 0;
        return Name(type, names, ref at);
    }

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void", [typeof(object)] = "object", [typeof(string)] = "string", [typeof(bool)] = "bool", [typeof(char)] = "char",
        [typeof(byte)] = "byte", [typeof(sbyte)] = "sbyte", [typeof(short)] = "short", [typeof(ushort)] = "ushort", [typeof(int)] = "int", [typeof(uint)] = "uint",
        [typeof(long)] = "long", [typeof(ulong)] = "ulong", [typeof(float)] = "float", [typeof(double)] = "double"
    };

    // The names of a tuple's parts come flattened, an outer tuple's before those inside it.
    private static string Name(Type type, IList<string?>? names, ref int at)
    {
        if (type.IsArray) return $"{Name(type.GetElementType()!, names, ref at)}[{new string(',', type.GetArrayRank() - 1)}]";
        if (Nullable.GetUnderlyingType(type) is { } inner) return Name(inner, names, ref at) + "?";
        if (Keywords.TryGetValue(type, out var keyword)) return keyword;
        if (type.IsGenericParameter) return type.Name;
        if (type.IsGenericType && type.Name.StartsWith("ValueTuple`", StringComparison.Ordinal))
        {
            var items = type.GetGenericArguments();
            var first = at;
            at += items.Length;
            List<string> parts = [];
            for (var i = 0; i < items.Length; i++)
                parts.Add(Name(items[i], names, ref at) + (names is not null && first + i < names.Count && names[first + i] is { } n ? " " + n : ""));
            return $"({string.Join(", ", parts)})";
        }
        var outer = type.DeclaringType is { } d && d.Name is not ("torch" or "nn") ? Name(d) + "." : "";
        if (!type.IsGenericType) return outer + type.Name;
        List<string> arguments = [];
        foreach (var argument in type.GetGenericArguments()) arguments.Add(Name(argument, names, ref at));
        return $"{outer}{Bare(type)}<{string.Join(", ", arguments)}>";
    }
}
