using Parquet.Format;
using Parquet.Schema;

namespace Parquet.Serialization;

/// <summary>
/// Flat records to Parquet files and back. A column is a public property: bool, int, long, float, double, string, byte[], DateTime or a nullable of these;
/// value types are written as required columns, nullables, strings and byte arrays as optional ones.
/// </summary>
public static class ParquetSerializer
{
    // Rows per page: small enough that a page stays in the processor's cache, large enough that headers do not count.
    private const int PageRows = 20_000;

    /// <summary>Writes all rows to a new file. A file that is already there is replaced.</summary>
    public static async Task<ParquetSchema> SerializeAsync<T>(
        IEnumerable<T> objectInstances, string filePath, ParquetOptions? options = null,
        IReadOnlyDictionary<string, string>? customMetadata = null, CancellationToken cancellationToken = default)
    {
        // What can be refused is refused before the old file is gone.
        _ = Writable<T>(options ?? new());
        await using var file = File.Create(filePath);
        return await SerializeAsync(objectInstances, file, options, customMetadata, cancellationToken);
    }

    /// <summary>Writes all rows to a stream, which need not be seekable and stays open.</summary>
    public static async Task<ParquetSchema> SerializeAsync<T>(
        IEnumerable<T> objectInstances, Stream destination, ParquetOptions? options = null,
        IReadOnlyDictionary<string, string>? customMetadata = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(objectInstances);
        ArgumentNullException.ThrowIfNull(destination);
        options ??= new();
        var columns = Writable<T>(options);
        await destination.WriteAsync(Footer.Magic.ToArray(), cancellationToken);
        long at = Footer.Magic.Length;
        var groups = new List<RowGroup>();
        foreach (var rows in objectInstances.Chunk(options.RowGroupSize ?? ParquetOptions.DefaultRowGroupSize))
        {
            var chunks = new List<Chunk>();
            foreach (var column in columns)
            {
                long start = at, uncompressed = 0;
                foreach (var page in rows.Chunk(PageRows).Select(part => column.WritePage(part, options)))
                {
                    await destination.WriteAsync(page.Bytes, cancellationToken);
                    (at, uncompressed) = (at + page.Bytes.Length, uncompressed + page.Uncompressed);
                }
                chunks.Add(new(column.Leaf.Name, column.Leaf.Type!.Value, options.CompressionMethod, rows.Length, start, at - start, uncompressed));
            }
            groups.Add(new(rows.Length, chunks));
        }
        var footer = Thrift.Write(new Footer([.. columns.Select(c => c.Leaf)], groups, customMetadata ?? new Dictionary<string, string>()).ToThrift());
        await destination.WriteAsync((byte[])[.. footer, .. BitConverter.GetBytes(footer.Length), .. Footer.Magic], cancellationToken);
        await destination.FlushAsync(cancellationToken);
        return new(columns.Select(c => c.Leaf));
    }

    /// <summary>Reads all rows, or those of one row group; see the overload for streams.</summary>
    public static async Task<DeserializationResult<T>> DeserializeAsync<T>(
        string filePath, ParquetOptions? options = null, int? rowGroupIndex = null, CancellationToken cancellationToken = default)
        where T : class, new()
    {
        await using var file = File.OpenRead(filePath);
        return await DeserializeAsync<T>(file, filePath, options ?? new(), rowGroupIndex, cancellationToken);
    }

    /// <summary>
    /// Reads all rows, or those of one row group. A column that the file lacks leaves its property as <c>new T()</c> made it;
    /// a column without a property is skipped.
    /// </summary>
    /// <exception cref="ParquetException">The file is no Parquet, is damaged, or holds what does not fit <typeparamref name="T"/>.</exception>
    public static async Task<DeserializationResult<T>> DeserializeAsync<T>(
        Stream source, ParquetOptions? options = null, int? rowGroupIndex = null, CancellationToken cancellationToken = default)
        where T : class, new()
    {
        ArgumentNullException.ThrowIfNull(source);
        var name = source is FileStream file ? file.Name : "The stream";
        if (source.CanSeek)
            return await DeserializeAsync<T>(source, name, options ?? new(), rowGroupIndex, cancellationToken);
        using var copy = new MemoryStream();
        await source.CopyToAsync(copy, cancellationToken);
        return await DeserializeAsync<T>(copy, name, options ?? new(), rowGroupIndex, cancellationToken);
    }

    private static IReadOnlyList<IColumn<T>> Writable<T>(ParquetOptions options)
    {
        Codecs.RequireWritable(options.CompressionMethod);
        if (options.RowGroupSize is < 1)
            throw new InvalidOperationException($"RowGroupSize is {options.RowGroupSize}; it must be at least 1.");
        return [.. Columns.Of<T>().Where(c => c.CanWrite)];
    }

    private static async Task<DeserializationResult<T>> DeserializeAsync<T>(
        Stream source, string name, ParquetOptions options, int? rowGroupIndex, CancellationToken cancel)
        where T : class, new()
    {
        var columns = Columns.Of<T>().Where(c => c.CanRead).ToArray();
        var footer = await Explained(name, "it", () => Footer.ReadAsync(source, cancel));
        if (rowGroupIndex < 0 || rowGroupIndex >= footer.RowGroups.Count)
            throw new ArgumentOutOfRangeException(
                nameof(rowGroupIndex), $"{name} has {footer.RowGroups.Count} row groups, so there is none with the index {rowGroupIndex}.");
        var names = options.PropertyNameCaseInsensitive ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;
        var bound = columns
            .Select(column => (column, stored: footer.Columns.FirstOrDefault(c => names.Equals(c.Name, column.Leaf.Name))!))
            .Where(pair => pair.stored is not null)
            .ToArray();
        var data = new List<T>();
        foreach (var group in rowGroupIndex is { } only ? [footer.RowGroups[only]] : footer.RowGroups)
        {
            var rows = await Explained(name, "it", () => Task.FromResult(NewRows<T>(group, bound.Select(pair => pair.stored))));
            foreach (var (column, stored) in bound)
                await Explained(name, $"column '{stored.Name}'", () => FillAsync(source, group, stored, rows, column.Filler(stored, options), cancel));
            data.AddRange(rows);
        }
        return new(new(footer.Columns), data, footer.Metadata);
    }

    private static T[] NewRows<T>(RowGroup group, IEnumerable<Leaf> columns)
        where T : new()
    {
        if (columns.Any(leaf => leaf.Type is not null && group.Chunks.Any(c => c.Name == leaf.Name && c.Values != group.Rows)))
            throw new InvalidDataException("a row group's columns differ in length");
        var rows = new T[group.Rows];
        for (var i = 0; i < rows.Length; i++)
            rows[i] = new();
        return rows;
    }

    private static async Task<bool> FillAsync<T>(Stream source, RowGroup group, Leaf stored, T[] rows, Action<T[], int, Page> fill, CancellationToken cancel)
    {
        var chunk = group.Chunks.FirstOrDefault(c => c.Name == stored.Name && c.Type == stored.Type)
            ?? throw new InvalidDataException("a row group lacks it");
        var start = 0;
        foreach (var page in Page.ReadAll(await Footer.ReadAtAsync(source, chunk.Offset, chunk.Length, cancel), chunk, stored))
        {
            fill(rows, start, page);
            start += page.Count;
        }
        return true;
    }

    // Whatever a damaged file provokes further down becomes one sentence that names the file and the column.
    private static async Task<R> Explained<R>(string name, string part, Func<Task<R>> read)
    {
        try
        {
            return await read();
        }
        catch (ParquetException reason)
        {
            throw new ParquetException($"{name} cannot be read: {(part == "it" ? "" : part + ": ")}{reason.Message}.", reason);
        }
        catch (Exception e) when (e is InvalidDataException or IndexOutOfRangeException or ArgumentException or OverflowException
            or InvalidCastException or EndOfStreamException or OutOfMemoryException)
        {
            var detail = e is InvalidDataException ? $" ({e.Message.TrimEnd('.')})" : "";
            throw new ParquetException($"{name} cannot be read: {part} is damaged{detail}; copy or write the file again.", e);
        }
    }
}
