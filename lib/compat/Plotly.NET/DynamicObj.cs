using System.Dynamic;

namespace DynamicObj;

/// <summary>An object whose members are whatever is assigned to it, in the order of their first assignment: what becomes a JSON object.</summary>
public class DynamicObj : DynamicObject
{
    internal Dictionary<string, object> Members { get; } = [];

    internal object this[string name]
    {
        get => Members.GetValueOrDefault(name);
        set => Members[name] = value;
    }

    /// <inheritdoc/>
    public override bool TryGetMember(GetMemberBinder binder, out object result) => Members.TryGetValue(binder.Name, out result);

    /// <inheritdoc/>
    public override bool TrySetMember(SetMemberBinder binder, object value)
    {
        Members[binder.Name] = value;
        return true;
    }

    /// <inheritdoc/>
    public override IEnumerable<string> GetDynamicMemberNames() => Members.Keys;

    /// <summary>The members of the second over those of the first; where both have an object under a name, the two are combined.</summary>
    internal static void Combine(DynamicObj into, DynamicObj from)
    {
        foreach (var (name, value) in from.Members)
        {
            if (into[name] is DynamicObj inner && value is DynamicObj other)
            {
                Combine(inner, other);
            }
            else
            {
                into[name] = value;
            }
        }
    }
}
