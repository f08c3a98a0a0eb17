using System.IO.Compression;
using System.Security.Cryptography;

namespace Distillation;

/// <summary>From a finished download to the files of a data set: checked first, then put in place by renaming.</summary>
internal static class Unpacking
{
    /// <summary>Bytes of a file whose length the catalog does not know, at most.</summary>
    public const long Largest = 1L << 32;

    // Of an archive whose files the catalog does not know by name, unpacked.
    private const long LargestFolder = 1L << 30;

    /// <summary>Checks a download and puts what it holds beside it.</summary>
    /// <returns>Null, or why the content is wrong; then nothing was put anywhere.</returns>
    public static string? Install(CatalogEntry entry, CatalogDownload download, FileStream file)
    {
        file.Seek(0, SeekOrigin.Begin);
        if (download.Sha256 is { } expected && Hex(SHA256.HashData(file)) is var found && found != expected)
        {
            return $"delivered other content than published (sha256 {Short(found)}, not {Short(expected)})";
        }

        file.Seek(0, SeekOrigin.Begin);
        var home = Path.GetDirectoryName(file.Name)!;
        try
        {
            return entry.Ending is not null ? InstallFolder(entry.Ending, Path.Combine(home, entry.Folders[0]), file) : download.IsArchive ? InstallArchive(entry, file, home) : InstallPacked(entry.Inside(download).Single(), file, home);
        }
        catch (InvalidDataException)
        {
            return "delivered something that cannot be unpacked";
        }
        catch (EndOfStreamException)
        {
            return "delivered an archive that ends too early";
        }
    }

    // All of them into a folder of another name, which is renamed once it is complete.
    private static string? InstallFolder(string ending, string folder, FileStream file)
    {
        var beside = folder + ".tmp";
        try
        {
            if (Directory.Exists(beside))
            {
                Directory.Delete(beside, recursive: true);
            }

            Directory.CreateDirectory(beside);
            using var archive = new GZipStream(file, CompressionMode.Decompress, leaveOpen: true);
            for (var bytes = 0L; Tar.Next(archive) is var (path, length);)
            {
                // With its header, so that files without content come to an end too.
                bytes += Tar.Block + length + Tar.Padding(length);
                if (bytes > LargestFolder)
                {
                    return $"delivered an archive of more than {LargestFolder} bytes";
                }

                // The last part of the path alone: whatever comes before cannot lead anywhere.
                var name = path[(path.LastIndexOfAny(['/', '\\']) + 1)..];
                if (name.EndsWith(ending, StringComparison.Ordinal) && CatalogEntry.IsPlain(name))
                {
                    using var target = Fresh(Path.Combine(beside, name));
                    if (Wrong(new CatalogFile(name), archive, target, length) is { } wrong)
                    {
                        return wrong;
                    }
                }
                else
                {
                    Tar.Skip(archive, length);
                }

                Tar.Skip(archive, Tar.Padding(length));
            }

            if (!Directory.EnumerateFiles(beside).Any())
            {
                return $"delivered an archive without any *{ending}";
            }

            Directory.Move(beside, folder);
            return null;
        }
        finally
        {
            if (Directory.Exists(beside))
            {
                Directory.Delete(beside, recursive: true);
            }
        }
    }

    // The .gz stays packed: readers open it as it is.
    private static string? InstallPacked(CatalogFile expected, FileStream file, string home)
    {
        using (var content = new GZipStream(file, CompressionMode.Decompress, leaveOpen: true))
        {
            if (Wrong(expected, content, Stream.Null, long.MaxValue) is { } wrong)
            {
                return wrong;
            }
        }

        // A copy under a name of its own, renamed: whoever looks sees all of it or none, and the download's own file stays claimed meanwhile.
        file.Seek(0, SeekOrigin.Begin);
        Put(file, Path.Combine(home, expected.Name + ".gz"));
        return null;
    }

    private static string? InstallArchive(CatalogEntry entry, FileStream file, string home)
    {
        var unpacked = entry.Files.ToDictionary(f => f.Name, f => Path.Combine(home, f.Name + ".tmp"));
        var missing = entry.Files.ToDictionary(f => f.Name);
        try
        {
            using var archive = new GZipStream(file, CompressionMode.Decompress, leaveOpen: true);
            while (Tar.Next(archive) is var (path, length))
            {
                // The last part of the path alone, and only where the catalog knows it: whatever comes before cannot lead anywhere.
                if (missing.Remove(path[(path.LastIndexOfAny(['/', '\\']) + 1)..], out var expected))
                {
                    using var target = Fresh(unpacked[expected.Name]);
                    if (Wrong(expected, archive, target, length) is { } wrong)
                    {
                        return wrong;
                    }
                }
                else
                {
                    Tar.Skip(archive, length);
                }

                Tar.Skip(archive, Tar.Padding(length));
            }

            if (missing.Count > 0)
            {
                return $"delivered an archive without {string.Join(", ", missing.Keys)}";
            }

            foreach (var (name, path) in unpacked)
            {
                File.Move(path, Path.Combine(home, name), overwrite: true);
            }

            return null;
        }
        finally
        {
            foreach (var path in unpacked.Values)
            {
                File.Delete(path);
            }
        }
    }

    // Never through a link that lies there.
    private static FileStream Fresh(string path)
    {
        File.Delete(path);
        return new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
    }

    private static void Put(Stream content, string path)
    {
        using (var target = Fresh(path + ".tmp"))
        {
            content.CopyTo(target);
        }

        File.Move(path + ".tmp", path, overwrite: true);
    }

    // Copies content to target, so many bytes or all there are, and says what is wrong with it.
    private static string? Wrong(CatalogFile expected, Stream content, Stream target, long most)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 16];
        var bytes = 0L;
        for (int count; (count = content.Read(buffer, 0, (int)Math.Min(buffer.Length, most - bytes))) > 0; bytes += count)
        {
            // What is packed may be of any length: the disk is not for finding out which.
            if (bytes + count > (expected.Bytes ?? Largest))
            {
                return $"delivered a {expected.Name} of more than {expected.Bytes ?? Largest} bytes";
            }

            hash.AppendData(buffer, 0, count);
            target.Write(buffer, 0, count);
        }

        if (most != long.MaxValue && bytes < most)
        {
            throw new EndOfStreamException();
        }

        if (expected.Bytes is { } length && bytes != length)
        {
            return $"delivered a {expected.Name} of {bytes} bytes, not {length}";
        }

        var found = Hex(hash.GetHashAndReset());
        return expected.Sha256 is null || found == expected.Sha256
            ? null
            : $"delivered another {expected.Name} than published (sha256 {Short(found)}, not {Short(expected.Sha256)})";
    }

    private static string Hex(byte[] hash) => Convert.ToHexStringLower(hash);

    private static string Short(string hash) => hash[..12] + "…";
}
