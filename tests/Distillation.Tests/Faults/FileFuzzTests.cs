using System.Formats.Tar;
using System.Text;
using System.Text.Json.Nodes;
using Distillation.Tests.Data;
using static TorchSharp.torch;

namespace Distillation.Tests.Faults;

/// <summary>Valid files, damaged: data sets as they are and packed, archives, the catalog, checkpoints, result files. Each is read or refused with a sentence, and none makes a reader allocate much. (Files of weights: <see cref="DamagedWeightTests"/>.)</summary>
public sealed class FileFuzzTests : IDisposable
{
    private const long MostBytes = 8 << 20;
    private readonly TinyData data = new();
    private readonly Random random = new(20_251_121);

    public void Dispose() => data.Dispose();

    // Counts what was read; everything else must be a sentence.
    private static void Through(int count, Func<int, bool> read, Range expected)
    {
        var (whole, faults) = (0, new List<string>());
        for (var i = 0; i < count; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                whole += read(i) ? 1 : 0;
            }
            catch (BadInput e) when (e.Message.EndsWith('.') && e.Message.Contains(' '))
            {
                // Refused as it should be.
            }
            catch (Exception e)
            {
                faults.Add($"{i}: {e}");
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            faults.AddRange(allocated > MostBytes ? [$"{i}: allocates {allocated} bytes"] : []);
        }

        Assert.Equal([], faults);
        // Both happen: a reader that refuses everything, or nothing, would show nothing here.
        Assert.InRange(whole, expected.Start.Value, expected.End.Value);
    }

    [Theory]
    [InlineData("idx")]
    [InlineData("cifar-10")]
    [InlineData("cifar-100")]
    public void A_damaged_data_set_is_read_or_refused(string format)
    {
        var (dataset, catalog) = format switch
        {
            "idx" => (TinyData.Idx, TinyData.IdxCatalog),
            "cifar-10" => (TinyData.Cifar10, TinyData.Cifar10Catalog),
            _ => (TinyData.Cifar100, TinyData.Cifar100Catalog),
        };
        _ = format switch
        {
            "idx" => data.WithIdx(),
            "cifar-10" => Enumerable.Range(1, 5).Aggregate(data, (all, i) => all.With($"data_batch_{i}.bin", TinyData.Records(2, 2 * i, n => n % 3))).With("test_batch.bin", TinyData.Records(2, 0, n => n % 3)).With("batches.meta.txt", "a\nb\nc\n"),
            _ => data.With("train.bin", TinyData.Records(4, 0, n => n % 2, n => n % 3)).With("test.bin", TinyData.Records(2, 4, n => n % 2, n => n % 3)).With("fine_label_names.txt", "a\nb\nc\n").With("coarse_label_names.txt", "x\ny\n"),
        };
        var files = Directory.GetFiles(Path.Combine(data.Folder.Path, "tiny")).Order(StringComparer.Ordinal).Select(path => (Name: Path.GetFileName(path), Bytes: File.ReadAllBytes(path))).ToList();
        using (data.Folder.Load(dataset, CPU, catalog))
        {
            // Valid as they are.
        }

        Through(200, i =>
        {
            var (name, bytes) = files[i % files.Count];
            data.With(name, Damage.To(bytes, random));
            try
            {
                data.Folder.Load(dataset, CPU, catalog).Dispose();
                return true;
            }
            finally
            {
                data.With(name, bytes);
            }
        }, 10..150);
    }

    [Fact]
    public void A_packed_file_that_unpacks_to_any_size_is_refused_at_the_size_it_should_have()
    {
        data.WithIdx().With("t10k-images-idx3-ubyte.gz", TinyData.Packed([.. TinyData.IdxFile([4, 4, 3], i => i), .. new byte[100 << 20]]));
        var before = GC.GetAllocatedBytesForCurrentThread();

        var error = Assert.Throws<BadInput>(() => data.Folder.Load(TinyData.Idx, CPU, TinyData.IdxCatalog));

        Assert.Contains("is too long: it holds more than the 64 bytes that are expected", error.Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytes);
    }

    [Fact]
    public void A_damaged_archive_gives_its_files_or_a_reason_and_leaves_nothing_else_behind()
    {
        var files = new[] { ("train.bin", TinyData.Records(40, 0, n => n % 3)), ("test.bin", TinyData.Records(20, 4, n => n % 3)) };
        var (entry, home) = (Entry(files.Select(file => file.Item1)), Path.GetDirectoryName(data.PathOf("x"))!);
        var whole = new[] { TarEntryFormat.Ustar, TarEntryFormat.Gnu, TarEntryFormat.Pax, TarEntryFormat.V7 }.Select(format => Tar(format, [.. files.Select(file => ($"folder/{file.Item1}", file.Item2))])).ToList();

        Through(250, i =>
        {
            var tar = whole[i % whole.Count];
            // Damaged within the packing or outside of it.
            var packed = i % 4 == 3 ? Damage.To(TinyData.Packed(tar), random) : TinyData.Packed(i % 3 == 0 ? Headers(tar) : Damage.To(tar, random));
            var fault = Installed(entry, packed);
            var there = Directory.GetFiles(data.Folder.Path, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(home, path)).Order(StringComparer.Ordinal);
            Assert.Equal(fault is null ? ["test.bin", "train.bin"] : [], there);
            Assert.True(fault is null || fault.StartsWith("delivered ", StringComparison.Ordinal), fault);
            files.ToList().ForEach(file => File.Delete(data.PathOf(file.Item1)));
            return fault is null;
        }, 10..200);
    }

    [Theory]
    [InlineData("../train.bin")]
    [InlineData("../../../../../../tmp/train.bin")]
    [InlineData("/train.bin")]
    [InlineData("/tmp/../train.bin")]
    [InlineData("a/../../train.bin")]
    [InlineData("..\\train.bin")]
    public void An_archive_cannot_put_a_file_anywhere_but_beside_the_download(string name)
    {
        var outside = Directory.GetFiles(data.Folder.Path, "*", SearchOption.AllDirectories);
        var fault = Installed(Entry(["train.bin"]), TinyData.Packed(Tar(TarEntryFormat.Ustar, (name, [1, 2, 3]))));

        var put = Directory.GetFiles(data.Folder.Path, "*", SearchOption.AllDirectories).Except(outside).ToList();
        Assert.Equal(fault is null ? [data.PathOf("train.bin")] : [], put);
        Assert.False(File.Exists("/train.bin") || File.Exists("/tmp/train.bin") || File.Exists(Path.Combine(Path.GetTempPath(), "train.bin")));
    }

    [Theory]
    [InlineData('L', TarEntryFormat.Gnu)]
    [InlineData('K', TarEntryFormat.Gnu)]
    [InlineData('x', TarEntryFormat.Pax)]
    [InlineData('g', TarEntryFormat.Pax)]
    public void An_archive_whose_header_claims_a_name_of_a_gigabyte_is_refused_before_memory_is_taken(char type, TarEntryFormat format)
    {
        var tar = Tar(format, ("a/train.bin", [1, 2, 3]));
        var header = tar.AsSpan(0, 512);
        Encoding.ASCII.GetBytes("07777777777\0").CopyTo(header[124..]);
        header[156] = (byte)type;
        Summed(header);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.StartsWith("delivered ", Installed(Entry(["train.bin"]), TinyData.Packed(tar)));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytes);
    }

    [Theory]
    [InlineData(TarEntryType.SymbolicLink)]
    [InlineData(TarEntryType.HardLink)]
    [InlineData(TarEntryType.Directory)]
    [InlineData(TarEntryType.CharacterDevice)]
    [InlineData(TarEntryType.Fifo)]
    public void A_link_or_a_device_in_an_archive_is_no_file(TarEntryType type)
    {
        var target = Path.Combine(data.Folder.Path, "precious");
        File.WriteAllText(target, "kept");
        using var plain = new MemoryStream();
        using (var tar = new TarWriter(plain, TarEntryFormat.Pax, leaveOpen: true))
        {
            var link = new PaxTarEntry(type, "folder/train.bin");
            if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink)
            {
                link.LinkName = target;
            }

            tar.WriteEntry(link);
        }

        Assert.Equal("delivered an archive without train.bin", Installed(Entry(["train.bin"]), TinyData.Packed(plain.ToArray())));
        Assert.Equal("kept", File.ReadAllText(target));
        Assert.Empty(Directory.GetFileSystemEntries(Path.GetDirectoryName(data.PathOf("x"))!));
    }

    [Fact]
    public void A_link_that_lies_where_a_file_goes_is_replaced_and_not_followed()
    {
        var target = Path.Combine(data.Folder.Path, "precious");
        File.WriteAllText(target, "kept");
        File.CreateSymbolicLink(data.PathOf("train.bin"), target);
        File.CreateSymbolicLink(data.PathOf("train.bin.tmp"), target);

        Assert.Null(Installed(Entry(["train.bin"]), TinyData.Packed(Tar(TarEntryFormat.Ustar, ("a/train.bin", [1, 2, 3])))));

        Assert.Equal("kept", File.ReadAllText(target));
        Assert.Equal([1, 2, 3], File.ReadAllBytes(data.PathOf("train.bin")));
        Assert.Null(new FileInfo(data.PathOf("train.bin")).LinkTarget);
    }

    [Fact]
    public void A_damaged_catalog_is_refused_or_names_only_what_lies_below_the_data_folder()
    {
        using var stream = typeof(DataCatalog).Assembly.GetManifestResourceStream("catalog.json")!;
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        var whole = copy.ToArray();

        Through(300, i =>
        {
            var catalog = DataCatalog.Read(new MemoryStream(i % 3 == 0 ? Damage.To(whole, random) : Forged(whole)));
            foreach (var entry in catalog.DataSets)
            {
                var home = Path.GetFullPath(data.Folder.Home(entry));
                Assert.StartsWith(data.Folder.Path + "/", home);
                Assert.All(entry.Files.Select(file => file.Name).Concat(entry.Downloads.Select(download => download.Name)), name => Assert.Equal(home, Path.GetDirectoryName(Path.GetFullPath(Path.Combine(home, name)))));
                _ = data.Folder.Find(entry);
                _ = data.Folder.Faults(entry);
                Assert.NotEmpty(DataLoading.Missing(data.Folder, entry));
            }

            return true;
        }, 20..250);
    }

    [Theory]
    [InlineData("folder", "../elsewhere")]
    [InlineData("folder", "/etc")]
    [InlineData("folder", "")]
    [InlineData("folder", "a/../../b")]
    [InlineData("files", "../../.bashrc")]
    [InlineData("files", "/etc/passwd")]
    [InlineData("downloads", "../x.tar.gz")]
    [InlineData("downloads", "a/b.tar.gz")]
    [InlineData("mirrors", "file:///etc/")]
    public void A_catalog_that_names_a_place_outside_is_refused_with_that_name(string field, string value)
    {
        var json = JsonNode.Parse(typeof(DataCatalog).Assembly.GetManifestResourceStream("catalog.json")!)!;
        var entry = json["dataSets"]![0]!;
        if (field == "folder")
        {
            entry[field] = value;
        }
        else if (field == "mirrors")
        {
            entry[field]![0] = value;
        }
        else
        {
            entry[field]![0]!["name"] = value;
        }

        var error = Assert.Throws<BadInput>(() => DataCatalog.Read(new MemoryStream(Encoding.UTF8.GetBytes(json.ToJsonString()))));

        Assert.Contains("fashion-mnist", error.Message);
        Assert.EndsWith("); mend data/catalog.json and build again.", error.Message);
    }

    // One value of the catalog is another.
    private byte[] Forged(byte[] catalog)
    {
        var json = JsonNode.Parse(catalog)!;
        var places = Places(json).ToList();
        var (parent, key) = places[random.Next(places.Count)];
        string?[] values = ["null", "\"\"", "\"..\"", "\"../x\"", "\"/etc/passwd\"", "\"a/b\"", "\"a\\u0000b\"", "-1", "1e400", "[]", "{}", "true", "\"x.gz\"", "9223372036854775807", "\"cifar-100\"", "[null]", "\"train.bin\""];
        var value = JsonNode.Parse(values[random.Next(values.Length)]!);
        if (parent is JsonArray list)
        {
            list[(int)key] = value;
        }
        else
        {
            parent[(string)key] = value;
        }

        return Encoding.UTF8.GetBytes(json.ToJsonString());
    }

    private static IEnumerable<(JsonNode Parent, object Key)> Places(JsonNode node) => node switch
    {
        JsonObject members => members.SelectMany(pair => Below(node, pair.Key, pair.Value)),
        JsonArray items => items.SelectMany((item, i) => Below(node, i, item)),
        _ => [],
    };

    private static IEnumerable<(JsonNode Parent, object Key)> Below(JsonNode parent, object key, JsonNode? value) => (value is null ? [] : Places(value)).Prepend((parent, key));

    // One field of one header is another, and the header's sum is right again.
    private byte[] Headers(byte[] tar)
    {
        var copy = tar.ToArray();
        var at = 512 * random.Next(copy.Length / 512);
        var (from, length) = new[] { (0, 100), (100, 8), (108, 8), (124, 12), (136, 12), (156, 1), (157, 100), (257, 8), (345, 155) }[random.Next(9)];
        var text = new[] { "77777777777", "../../../x", "99999999999", "\0\0\0\0\0\0\0\0\0\0\0", "L", "x", "K", "S", "2", "-1", "/etc/passwd", "ééééé", "            " }[random.Next(13)];
        Encoding.UTF8.GetBytes(text).AsSpan(0, Math.Min(length, Encoding.UTF8.GetByteCount(text))).CopyTo(copy.AsSpan(at + from));
        Summed(copy.AsSpan(at, 512));
        return copy;
    }

    private static void Summed(Span<byte> header)
    {
        header.Slice(148, 8).Fill((byte)' ');
        var sum = header.ToArray().Sum(b => b);
        Encoding.ASCII.GetBytes($"{Convert.ToString(sum, 8).PadLeft(6, '0')}\0 ").CopyTo(header[148..]);
    }

    private string? Installed(CatalogEntry entry, byte[] packed)
    {
        var part = data.PathOf("tiny.tar.gz.part");
        try
        {
            using var file = new FileStream(part, FileMode.Create, FileAccess.ReadWrite);
            file.Write(packed);
            return Unpacking.Install(entry, entry.Downloads[0], file);
        }
        finally
        {
            File.Delete(part);
        }
    }

    private static CatalogEntry Entry(IEnumerable<string> names) => new(
        "tiny", "Tiny", "cifar-10", "tiny", [], "none", "nobody", ["http://localhost/"], [new("tiny.tar.gz")], [.. names.Select(name => new CatalogFile(name))]);

    private static byte[] Tar(TarEntryFormat format, params (string Name, byte[] Content)[] files)
    {
        using var plain = new MemoryStream();
        using (var tar = new TarWriter(plain, format, leaveOpen: true))
        {
            foreach (var (name, content) in files)
            {
                TarEntry entry = format switch
                {
                    TarEntryFormat.Gnu => new GnuTarEntry(TarEntryType.RegularFile, name),
                    TarEntryFormat.Pax => new PaxTarEntry(TarEntryType.RegularFile, name),
                    TarEntryFormat.V7 => new V7TarEntry(TarEntryType.V7RegularFile, name),
                    _ => new UstarTarEntry(TarEntryType.RegularFile, name),
                };
                entry.DataStream = new MemoryStream(content);
                tar.WriteEntry(entry);
            }
        }

        return plain.ToArray();
    }
}
