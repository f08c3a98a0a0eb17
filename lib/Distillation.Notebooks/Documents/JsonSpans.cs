using System.Text;
using System.Text.Json;

namespace Distillation.Notebooks;

/// <summary>A piece of a JSON file: from a byte up to, not including, another.</summary>
internal readonly record struct ByteSpan(int Start, int End)
{
    /// <summary>The bytes of it.</summary>
    public ReadOnlySpan<byte> Of(byte[] file) => file.AsSpan(Start..End);
}

/// <summary>A replacement of some bytes of a file by text.</summary>
internal sealed record Edit(ByteSpan Where, string Text);

/// <summary>Where things stand in a JSON file, so that one of them can be replaced and every other byte stays.</summary>
internal static class JsonSpans
{
    /// <summary>The members of the object at a place: name and place of the value.</summary>
    public static IReadOnlyList<(string Name, ByteSpan Value)> Members(byte[] file, ByteSpan place)
    {
        var reader = At(file, place, JsonTokenType.StartObject);
        var found = new List<(string, ByteSpan)>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            found.Add((name, Value(ref reader, place.Start)));
        }

        return found;
    }

    /// <summary>The places of the elements of the array at a place.</summary>
    public static IReadOnlyList<ByteSpan> Elements(byte[] file, ByteSpan place)
    {
        var reader = At(file, place, JsonTokenType.StartArray);
        var found = new List<ByteSpan>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            found.Add(Value(ref reader, place.Start));
        }

        return found;
    }

    /// <summary>The file after all the edits, which may not overlap.</summary>
    public static byte[] Apply(byte[] file, IEnumerable<Edit> edits)
    {
        using var result = new MemoryStream(file.Length + 4096);
        var done = 0;
        foreach (var edit in edits.OrderBy(edit => edit.Where.Start))
        {
            result.Write(file.AsSpan(done..edit.Where.Start));
            result.Write(Encoding.UTF8.GetBytes(edit.Text));
            done = edit.Where.End;
        }

        result.Write(file.AsSpan(done..));
        return result.ToArray();
    }

    private static Utf8JsonReader At(byte[] file, ByteSpan place, JsonTokenType expected)
    {
        var reader = new Utf8JsonReader(place.Of(file));
        return reader.Read() && reader.TokenType == expected
            ? reader
            : throw new JsonException($"there is {reader.TokenType} where {expected} belongs");
    }

    private static ByteSpan Value(ref Utf8JsonReader reader, int offset)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return new(offset + start, offset + (int)reader.BytesConsumed);
    }
}
