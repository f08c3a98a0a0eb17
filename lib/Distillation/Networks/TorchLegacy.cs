using System.Buffers.Binary;

namespace Distillation;

/// <summary>
/// What <c>torch.save</c> wrote before PyTorch 1.6: five pickles (a magic number, the protocol 1001, what the machine was like, the object, the keys of its storages), then for each
/// key the number of values (int64) and the values.
/// </summary>
internal static class TorchLegacy
{
    private const long Protocol = 1001;

    /// <summary>The first pickle, byte for byte: protocol 2 and the number 0x1950a86a20f9469cfc6c.</summary>
    public static ReadOnlySpan<byte> Magic => [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.'];

    /// <summary>Reads everything but the values.</summary>
    public static WeightFile Open(Stream stream, string path)
    {
        stream.Position = Magic.Length;
        var input = new ByteReader(stream);
        var protocol = Pickle.Load(input, path, Pickle.NothingOutside);
        if (protocol is not Protocol)
        {
            throw new BadInput($"{path} was written with protocol {protocol} of torch.save, which is not read here; load it in PyTorch and save its state_dict() again.");
        }

        if ((Pickle.Load(input, path, Pickle.NothingOutside) as PickleDict)?["little_endian"] is not true)
        {
            throw new BadInput($"{path} was written on a machine with the other byte order; load it in PyTorch and save its state_dict() again.");
        }

        var storages = new Dictionary<string, Storage>();
        var root = Pickle.Load(input, path, id => Named(id, storages, path));
        var keys = Pickle.Load(input, path, Pickle.NothingOutside) as PickleList ?? throw new InvalidDataException();
        var places = new Dictionary<string, long>();
        foreach (var key in keys.Items)
        {
            var storage = key is string name && storages.TryGetValue(name, out var known) ? known : throw new InvalidDataException();
            if (BinaryPrimitives.ReadInt64LittleEndian(input.Take(8)) != storage.Count || !places.TryAdd(storage.Key, input.Position))
            {
                throw new InvalidDataException();
            }

            input.Skip(checked(storage.Count * storage.Type.Bytes));
        }

        var (wrapper, tensors) = StateDict.Of(root, path);
        return new WeightFile(
            path, "a PyTorch file of before 1.6", wrapper,
            tensors.All(tensor => places.ContainsKey(tensor.Storage.Key)) ? tensors : throw new InvalidDataException(),
            stream, (storage, from, count) => ByteRange.Read(stream, places[storage.Key] + (from * storage.Type.Bytes), count * storage.Type.Bytes));
    }

    /// <summary>The storage that a persistent id names: ('storage', class, key, device, count[, view]).</summary>
    public static Storage Named(PickleTuple id, Dictionary<string, Storage> storages, string path)
    {
        var storage = id.Items switch
        {
            ["storage", var type, string key, string, long count, .. var view] when PickleGlobals.StorageType(type) is { } numbers && count >= 0 =>
                view is [] or [null] ? new Storage(key, numbers, count) : throw new BadInput($"{path}: the storage '{key}' is a view of another one, as very old versions of PyTorch wrote it; load it in PyTorch and save its state_dict() again."),
            [string kind, ..] when kind != "storage" => throw new BadInput($"{path} keeps a '{kind}' outside its pickle, which no state_dict does; save the network's state_dict() instead."),
            _ => throw new InvalidDataException(),
        };
        return storages.TryAdd(storage.Key, storage) || storages[storage.Key] == storage ? storage : throw new InvalidDataException();
    }
}

/// <summary>A part of a stream.</summary>
internal static class ByteRange
{
    /// <summary>Reads it; whoever asks has held it to the stream's length.</summary>
    public static byte[] Read(Stream stream, long from, int count)
    {
        var bytes = new byte[count];
        stream.Position = from;
        stream.ReadExactly(bytes);
        return bytes;
    }
}
