using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;

namespace Plotly.NET.Writing;

/// <summary>Values as the JSON that the package writes: numbers with a point stay numbers with a point, dates are ISO 8601, null is written.</summary>
internal static class Json
{
    public static string Of(object value)
    {
        var text = new StringBuilder();
        Write(text, value);
        return text.ToString();
    }

    private static void Write(StringBuilder text, object value)
    {
        switch (value)
        {
            case null: text.Append("null"); break;
            case bool b: text.Append(b ? "true" : "false"); break;
            case double d: text.Append(Real(d, d.ToString("R", CultureInfo.InvariantCulture))); break;
            case float f: text.Append(Real(f, f.ToString("R", CultureInfo.InvariantCulture))); break;
            case decimal m: text.Append(Real(0, m.ToString(CultureInfo.InvariantCulture))); break;
            case byte or sbyte or short or ushort or int or uint or long or ulong: text.Append(((IFormattable)value).ToString(null, CultureInfo.InvariantCulture)); break;
            case DateTime time: Quote(text, time.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture)); break;
            case string or char or Enum or Guid: Quote(text, value.ToString()); break;
            case IWord word: Write(text, word.Word); break;
            case Trace trace: Members(text, trace.Members.Prepend(new("type", trace.type))); break;
            case DynamicObj.DynamicObj obj: Members(text, obj.Members); break;
            case IDictionary map: Members(text, map.Keys.Cast<object>().Select(key => new KeyValuePair<string, object>(key.ToString(), map[key]))); break;
            case IEnumerable items: Items(text, items); break;
            default:
                Members(text, value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(p => new KeyValuePair<string, object>(p.Name, p.GetValue(value))));
                break;
        }
    }

    // JSON has no word for these; plotly.js takes such a string for a gap.
    private static string Real(double value, string text) =>
        double.IsNaN(value) ? "\"NaN\"" : double.IsInfinity(value) ? value > 0 ? "\"Infinity\"" : "\"-Infinity\"" : text.AsSpan().ContainsAny('.', 'E') ? text : text + ".0";

    // '<' is escaped, so that no text can end the script element that the JSON is put into.
    private static void Quote(StringBuilder text, string value) => text.Append(JsonSerializer.Serialize(value));

    private static void Members(StringBuilder text, IEnumerable<KeyValuePair<string, object>> members)
    {
        var separator = '{';
        foreach (var (name, value) in members)
        {
            text.Append(separator);
            Quote(text, name);
            text.Append(':');
            Write(text, value);
            separator = ',';
        }

        text.Append(separator == '{' ? "{}" : "}");
    }

    private static void Items(StringBuilder text, IEnumerable items)
    {
        var separator = '[';
        foreach (var item in items)
        {
            text.Append(separator);
            Write(text, item);
            separator = ',';
        }

        text.Append(separator == '[' ? "[]" : "]");
    }
}

/// <summary>A value of a closed set, or a colour: in the JSON it is what plotly.js calls it.</summary>
internal interface IWord
{
    object Word { get; }
}
