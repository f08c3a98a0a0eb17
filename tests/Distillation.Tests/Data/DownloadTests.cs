using System.Formats.Tar;
using static TorchSharp.torch;

namespace Distillation.Tests.Data;

/// <summary>Downloads from servers that cut, lie, or are not there.</summary>
public sealed class DownloadTests : IDisposable
{
    private static readonly byte[] labels = TinyData.IdxFile([4000], i => (int)(Key.Of(i).State % 251));
    private static readonly byte[] packed = TinyData.Packed(labels);

    private readonly TinyData tiny = new();

    public void Dispose() => tiny.Dispose();

    [Fact]
    public async Task A_file_arrives_checked_and_is_not_asked_for_again()
    {
        using var mirror = new LocalMirror((_, request, response) => LocalMirror.Send(packed, request, response));
        var seen = new Seen();
        await tiny.Folder.Ensure(Entry(mirror.Address), seen, default);
        await tiny.Folder.Ensure(Entry(mirror.Address), seen, default);
        Assert.Equal(["/labels.gz"], mirror.Asked);
        Assert.Equal(packed, File.ReadAllBytes(tiny.PathOf("labels.gz")));
        Assert.Equal(new("labels.gz", new Uri(mirror.Address).Authority, packed.Length, packed.Length), seen.Last);
        Assert.Equal(["labels.gz"], Names());
    }

    [Fact]
    public async Task A_cut_connection_goes_on_where_it_stopped()
    {
        using var mirror = new LocalMirror((number, request, response) => LocalMirror.Send(packed, request, response, number < 2 ? 1000 : null));
        await tiny.Folder.Ensure(Entry(mirror.Address), null, default);
        Assert.Equal(["/labels.gz", "/labels.gz bytes=1000-", "/labels.gz bytes=2000-"], mirror.Asked);
        Assert.Equal(packed, File.ReadAllBytes(tiny.PathOf("labels.gz")));
    }

    [Fact]
    public async Task A_later_start_goes_on_where_an_earlier_one_gave_up()
    {
        using (var broken = new LocalMirror((number, request, response) => number == 0 ? LocalMirror.Send(packed, request, response, 1500) : Refuse(response, 503)))
        {
            Assert.Contains("says 503", (await Fails(Entry(broken.Address))).Message);
        }

        Assert.Equal(["labels.gz.part"], Names());
        using var mirror = new LocalMirror((_, request, response) => LocalMirror.Send(packed, request, response));
        await tiny.Folder.Ensure(Entry(mirror.Address), null, default);
        Assert.Equal(["/labels.gz bytes=1500-"], mirror.Asked);
        Assert.Equal(["labels.gz"], Names());
    }

    [Fact]
    public async Task Stopping_keeps_what_has_arrived_and_puts_nothing_in_place()
    {
        using var stop = new CancellationTokenSource();
        using var mirror = new LocalMirror(async (_, request, response) =>
        {
            response.ContentLength64 = packed.Length;
            await response.OutputStream.WriteAsync(packed.AsMemory(0, 1200));
            await response.OutputStream.FlushAsync();
            await Task.Delay(200);
            await stop.CancelAsync();
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => tiny.Folder.Ensure(Entry(mirror.Address), null, stop.Token));
        Assert.Equal(["labels.gz.part"], Names());
        Assert.Equal(1200, new FileInfo(tiny.PathOf("labels.gz.part")).Length);
    }

    [Fact]
    public async Task A_server_that_cannot_resume_is_asked_for_everything()
    {
        tiny.With("labels.gz.part", packed[..700]);
        using var mirror = new LocalMirror(async (_, _, response) =>
        {
            response.ContentLength64 = packed.Length;
            await response.OutputStream.WriteAsync(packed);
        });
        await tiny.Folder.Ensure(Entry(mirror.Address), null, default);
        Assert.Equal(packed, File.ReadAllBytes(tiny.PathOf("labels.gz")));
    }

    [Fact]
    public async Task A_part_that_belongs_to_something_else_is_thrown_away()
    {
        tiny.With("labels.gz.part", new byte[packed.Length + 10]);
        using var mirror = new LocalMirror((_, request, response) => LocalMirror.Send(packed, request, response));
        await tiny.Folder.Ensure(Entry(mirror.Address), null, default);
        Assert.Equal(packed, File.ReadAllBytes(tiny.PathOf("labels.gz")));

        File.Delete(tiny.PathOf("labels.gz"));
        tiny.With("labels.gz.part", new byte[500]);
        await tiny.Folder.Ensure(Entry(mirror.Address), null, default);
        Assert.Equal(packed, File.ReadAllBytes(tiny.PathOf("labels.gz")));
    }

    [Fact]
    public async Task A_finished_part_needs_no_byte_more()
    {
        tiny.With("labels.gz.part", packed);
        using var mirror = new LocalMirror((_, request, response) => LocalMirror.Send(packed, request, response));
        await tiny.Folder.Ensure(Entry(mirror.Address), null, default);
        Assert.Equal([$"/labels.gz bytes={packed.Length}-"], mirror.Asked);
        Assert.Equal(["labels.gz"], Names());
    }

    [Fact]
    public async Task Wrong_content_keeps_nothing_and_is_shown_with_both_hashes()
    {
        var other = TinyData.Packed(TinyData.IdxFile([4000], i => i % 10));
        using var mirror = new LocalMirror((_, request, response) => LocalMirror.Send(other, request, response));
        var failure = await Fails(Entry(mirror.Address));
        Assert.Contains($"another labels than published (sha256 {TinyData.Sha256(TinyData.IdxFile([4000], i => i % 10))[..12]}…, not {TinyData.Sha256(labels)[..12]}…)", failure.Message);
        Assert.Empty(Names());
        Assert.Single(mirror.Asked);
    }

    [Theory]
    [InlineData("<html>please sign in</html>", "cannot be unpacked")]
    [InlineData("", "delivered a labels of 0 bytes")]
    public async Task A_page_instead_of_a_file_keeps_nothing(string page, string said)
    {
        using var mirror = new LocalMirror((_, request, response) => LocalMirror.Send(System.Text.Encoding.UTF8.GetBytes(page), request, response));
        Assert.Contains(said, (await Fails(Entry(mirror.Address))).Message);
        Assert.Empty(Names());
    }

    [Fact]
    public async Task The_next_mirror_is_asked_when_one_fails()
    {
        using var gone = new LocalMirror((_, _, response) => Refuse(response, 404));
        using var wrong = new LocalMirror((_, request, response) => LocalMirror.Send([1, 2, 3], request, response));
        using var good = new LocalMirror((_, request, response) => LocalMirror.Send(packed, request, response));
        await tiny.Folder.Ensure(Entry(LocalMirror.Nobody(), gone.Address, wrong.Address, good.Address), null, default);
        Assert.Equal(packed, File.ReadAllBytes(tiny.PathOf("labels.gz")));
        Assert.Equal(["labels.gz"], Names());
    }

    [Fact]
    public async Task With_every_mirror_down_one_sentence_names_them_all_and_says_what_to_do()
    {
        using var gone = new LocalMirror((_, _, response) => Refuse(response, 404));
        var nobody = LocalMirror.Nobody();
        var message = (await Fails(Entry(nobody, gone.Address, "http://no-such-host.invalid/"))).Message;
        Assert.StartsWith("Tiny could not be downloaded (labels.gz: ", message);
        Assert.Contains($"{new Uri(nobody).Authority} refuses the connection", message);
        Assert.Contains($"{new Uri(gone.Address).Authority} says 404", message);
        Assert.Contains("no-such-host.invalid ", message);
        Assert.Contains($"without one, put labels.gz from {nobody} into '{Path.Combine(tiny.Folder.Path, "tiny")}'", message);
        Assert.EndsWith(".", message);
        Assert.DoesNotContain('\n', message);
        Assert.Empty(Names());
    }

    [Fact]
    public async Task An_archive_is_unpacked_whole_or_not_at_all()
    {
        var (train, test) = (TinyData.Records(4, 0, n => n % 2, n => n % 3), TinyData.Records(2, 9, n => 0, n => 1));
        var archive = Archive(("train.bin", train), ("test.bin", test), ("fine_label_names.txt", "a\nb\nc\n"u8.ToArray()), ("coarse_label_names.txt", "x\ny\n"u8.ToArray()), ("readme.html", [1]));
        using var mirror = new LocalMirror((_, request, response) => LocalMirror.Send(archive, request, response));
        var entry = TinyData.Cifar100Catalog.DataSets[0] with
        {
            Mirrors = [mirror.Address],
            Downloads = [new("tiny.tar.gz", archive.Length, TinyData.Sha256(archive))],
            Files = [new("train.bin", train.Length, TinyData.Sha256(train)), new("test.bin", test.Length, TinyData.Sha256(test)), new("fine_label_names.txt"), new("coarse_label_names.txt")],
        };

        var other = entry with { Downloads = [new("tiny.tar.gz")], Files = [entry.Files[0], new("test.bin", test.Length, TinyData.Sha256(train)), .. entry.Files.Skip(2)] };
        Assert.Contains("another test.bin than published", (await Fails(other)).Message);
        Assert.Empty(Names());

        var incomplete = entry with { Files = [.. entry.Files, new("lost.bin")] };
        Assert.Contains("without lost.bin", (await Fails(incomplete)).Message);
        Assert.Empty(Names());

        var repacked = entry with { Downloads = [new("tiny.tar.gz", archive.Length, TinyData.Sha256(train))] };
        Assert.Contains("other content than published", (await Fails(repacked)).Message);
        Assert.Empty(Names());

        await tiny.Folder.Ensure(entry, null, default);
        Assert.Equal(["coarse_label_names.txt", "fine_label_names.txt", "test.bin", "train.bin"], Names());
        using var loaded = tiny.Folder.Load(TinyData.Cifar100, CPU, new([entry]));
        Assert.Equal(4, loaded.Train.Count);
    }

    [Fact]
    public async Task An_archive_that_ends_too_early_keeps_nothing()
    {
        var archive = Archive(("train.bin", TinyData.Records(400, 0, n => n % 2, n => n % 3)));
        using var mirror = new LocalMirror((_, request, response) => LocalMirror.Send(archive[..(archive.Length / 2)], request, response));
        var entry = TinyData.Cifar100Catalog.DataSets[0] with { Mirrors = [mirror.Address], Files = [new("train.bin")] };
        await Fails(entry);
        Assert.Empty(Names());
    }

    [Theory]
    [InlineData(true, "has a file of {0} bytes where at most 1000 are expected")]
    [InlineData(false, "sent more than the 1000 bytes that are expected")]
    public async Task More_than_is_expected_is_not_taken_whether_the_server_says_so_or_not(bool says, string expected)
    {
        var sent = 0L;
        using var mirror = new LocalMirror(async (_, _, response) =>
        {
            if (says)
            {
                response.ContentLength64 = 1L << 33;
            }
            else
            {
                response.SendChunked = true;
            }

            // Without an end: the client has to close the connection.
            for (var block = new byte[1 << 12]; sent < 1L << 28; sent += block.Length)
            {
                await response.OutputStream.WriteAsync(block);
            }
        });
        Assert.Contains(string.Format(expected, 1L << 33), (await Fails(Entry(mirror.Address) with { Downloads = [new("labels.gz", 1000)] })).Message);
        Assert.InRange(sent, 0, (1L << 28) - 1);
        Assert.Empty(Names());
    }

    [Fact]
    public async Task An_archive_of_files_that_no_hash_holds_is_unpacked_no_further_than_a_gibibyte()
    {
        // A header is believed only as far as its bytes could be kept: those of the second file would be too many, and are not waited for.
        using var plain = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(plain, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Header("x/a.wav", 3));
            gzip.Write(new byte[512]);
            gzip.Write(Header("x/b.wav", 1L << 30));
        }

        using var mirror = new LocalMirror((_, request, response) => LocalMirror.Send(plain.ToArray(), request, response));
        var entry = DataCatalog.BuiltIn[Datasets.SpokenDigits] with { Mirrors = [mirror.Address], Folder = "tiny" };
        Assert.Contains("delivered an archive of more than 1073741824 bytes", (await Fails(entry)).Message);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(tiny.Folder.Path, "tiny")));

        static byte[] Header(string name, long length)
        {
            var header = new byte[512];
            System.Text.Encoding.ASCII.GetBytes(name).CopyTo(header, 0);
            System.Text.Encoding.ASCII.GetBytes(Convert.ToString(length, 8).PadLeft(11, '0')).CopyTo(header, 124);
            header[156] = (byte)'0';
            header.AsSpan(148, 8).Fill((byte)' ');
            System.Text.Encoding.ASCII.GetBytes($"{Convert.ToString(header.Sum(b => b), 8).PadLeft(6, '0')}\0 ").CopyTo(header, 148);
            return header;
        }
    }

    [Fact]
    public async Task A_damaged_file_is_replaced()
    {
        tiny.With("labels.gz", packed[..^9]);
        using var mirror = new LocalMirror((_, request, response) => LocalMirror.Send(packed, request, response));
        await tiny.Folder.Ensure(Entry(mirror.Address), null, default);
        Assert.Equal(packed, File.ReadAllBytes(tiny.PathOf("labels.gz")));
    }

    [Fact]
    public async Task A_copy_in_another_known_folder_is_enough()
    {
        using var elsewhere = new TinyData();
        elsewhere.With("labels", labels);
        await tiny.Folder.Ensure(Entry(LocalMirror.Nobody()) with { AlsoIn = [Path.GetDirectoryName(elsewhere.PathOf("labels"))!] }, null, default);
        Assert.Empty(Names());
    }

    [Fact]
    public async Task Another_process_s_download_is_left_alone()
    {
        using var other = new FileStream(tiny.PathOf("labels.gz.part"), FileMode.Create, FileAccess.Write, FileShare.None);
        using var mirror = new LocalMirror((_, request, response) => LocalMirror.Send(packed, request, response));
        Assert.Contains("labels.gz.part' is being downloaded by another process", (await Fails(Entry(mirror.Address))).Message);
        Assert.Empty(mirror.Asked);
    }

    private static CatalogEntry Entry(params string[] mirrors) => new(
        "tiny", "Tiny", "idx", "tiny", [], "none", "nobody", mirrors, [new("labels.gz")], [new("labels", labels.Length, TinyData.Sha256(labels))]);

    private static Task Refuse(System.Net.HttpListenerResponse response, int status)
    {
        response.StatusCode = status;
        return Task.CompletedTask;
    }

    private static byte[] Archive(params (string Name, byte[] Content)[] files)
    {
        using var plain = new MemoryStream();
        using (var tar = new TarWriter(plain, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach (var (name, content) in files)
            {
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, $"cifar-100-binary/{name}") { DataStream = new MemoryStream(content) });
            }
        }

        return TinyData.Packed(plain.ToArray());
    }

    private Task<BadInput> Fails(CatalogEntry entry) => Assert.ThrowsAsync<BadInput>(() => tiny.Folder.Ensure(entry, null, default));

    private IEnumerable<string> Names() => Directory.Exists(Path.Combine(tiny.Folder.Path, "tiny"))
        ? Directory.GetFiles(Path.Combine(tiny.Folder.Path, "tiny")).Select(path => Path.GetFileName(path)).Order()
        : [];

    private sealed class Seen : IProgress<DownloadProgress>
    {
        public DownloadProgress? Last { get; private set; }

        public void Report(DownloadProgress value) => Last = value;
    }
}
