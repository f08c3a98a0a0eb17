using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Distillation.Notebooks.Jupyter;

/// <summary>
/// Messages as frames: identities, a delimiter, a signature over the four JSON frames that follow it (header, parent header, metadata, content),
/// and whatever binary frames come behind them.
/// </summary>
/// <param name="key">What is signed with; nothing is signed, and no signature looked at, when it is empty.</param>
internal sealed class WireFormat(byte[] key)
{
    private const int JsonFrames = 4;

    private static readonly byte[] delimiter = "<IDS|MSG>"u8.ToArray();

    /// <summary>The frames of a message.</summary>
    public IReadOnlyList<byte[]> Pack(Message message)
    {
        byte[][] frames = [.. new[] { message.Header, message.Parent, message.Metadata, message.Content }.Select(one => Encoding.UTF8.GetBytes(one.GetRawText()))];
        return [.. message.Identities, delimiter, Sign(frames), .. frames];
    }

    /// <summary>The message of the frames; null, with the reason, when they are none or nobody who knows the key signed them.</summary>
    public Message? Unpack(IReadOnlyList<byte[]> frames, out string reason)
    {
        var start = frames.TakeWhile(frame => !frame.AsSpan().SequenceEqual(delimiter)).Count();
        if (frames.Count < start + 2 + JsonFrames)
        {
            reason = start == frames.Count ? "it has no delimiter" : "it has too few frames";
            return null;
        }

        byte[][] parts = [.. frames.Skip(start + 2).Take(JsonFrames)];
        if (key.Length > 0 && !CryptographicOperations.FixedTimeEquals(Sign(parts), frames[start + 1]))
        {
            reason = "its signature is wrong";
            return null;
        }

        try
        {
            JsonElement[] elements = [.. parts.Select(part => JsonSerializer.Deserialize<JsonElement>(part))];
            reason = elements.All(element => element.ValueKind == JsonValueKind.Object) ? "" : "a part of it is no JSON object";
            var message = new Message([.. frames.Take(start)], elements[0], elements[1], elements[2], elements[3]);
            return reason.Length == 0 && message is { Type.Length: > 0, Id: not null } ? message : null;
        }
        catch (Exception e) when (e is JsonException or MalformedMessage)
        {
            reason = e is MalformedMessage ? "its header lacks a type or an id" : "a part of it is no JSON";
            return null;
        }
    }

    // In hexadecimal digits, as text.
    private byte[] Sign(byte[][] frames)
    {
        if (key.Length == 0)
        {
            return [];
        }

        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        frames.ToList().ForEach(hash.AppendData);
        return Encoding.ASCII.GetBytes(Convert.ToHexStringLower(hash.GetHashAndReset()));
    }
}
