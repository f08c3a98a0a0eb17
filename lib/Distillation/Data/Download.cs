using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;

namespace Distillation;

/// <summary>How far a download is.</summary>
/// <param name="File">The name of what is being fetched.</param>
/// <param name="Host">From where.</param>
/// <param name="Bytes">Arrived so far, those of an earlier attempt included.</param>
/// <param name="Total">Bytes in all; null where the server does not say.</param>
public sealed record DownloadProgress(string File, string Host, long Bytes, long? Total);

/// <summary>Fetches what the catalog lists: mirror after mirror, going on where an earlier attempt stopped.</summary>
internal static class Download
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly HttpClient Client =
        new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(15) }) { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Brings every missing file of the data set into its folder.</summary>
    /// <exception cref="BadInput">No mirror could; the message, which has no full stop yet, says what each of them answered.</exception>
    public static async Task Fetch(CatalogEntry entry, string home, IProgress<DownloadProgress>? progress, CancellationToken stop)
    {
        Directory.CreateDirectory(home);
        foreach (var download in entry.Downloads.Where(d => entry.Ending is not null || entry.Inside(d).Any(file => DataFolder.Fault(home, file) is not null)))
        {
            var failures = await FetchOne(entry, download, home, progress, stop);
            if (failures.Count > 0)
            {
                throw new BadInput($"{entry.Title} could not be downloaded ({download.Name}: {string.Join("; ", failures)})");
            }
        }
    }

    // What each mirror answered; empty once one of them delivered.
    private static async Task<IReadOnlyList<string>> FetchOne(
        CatalogEntry entry, CatalogDownload download, string home, IProgress<DownloadProgress>? progress, CancellationToken stop)
    {
        var partial = Path.Combine(home, download.Name + ".part");
        var failures = new List<string>();
        foreach (var address in entry.Mirrors.Select(mirror => new Uri(mirror + download.Name)))
        {
            var failure = await From(address, entry, download, partial, progress, stop);
            if (failure is null)
            {
                return [];
            }

            failures.Add($"{address.Authority} {failure}");
        }

        return failures;
    }

    // One mirror. As long as bytes arrive a cut connection is taken up again; wrong content is thrown away, and asked for once more only if
    // part of it came from an earlier attempt.
    private static async Task<string?> From(
        Uri address, CatalogEntry entry, CatalogDownload download, string partial, IProgress<DownloadProgress>? progress, CancellationToken stop)
    {
        string? failure = null;
        for (var attempt = 0; attempt < 4; attempt++)
        {
            using (var file = Claim(partial))
            {
                var before = file.Length;
                failure = await Receive(address, download, file, progress, stop);
                if (failure is null && (failure = Unpacking.Install(entry, download, file)) is not null)
                {
                    file.SetLength(0);
                }
                else if (failure is null)
                {
                    break;
                }

                if (file.Length == before)
                {
                    break;
                }
            }
        }

        if (failure is null || new FileInfo(partial) is { Exists: true, Length: 0 })
        {
            File.Delete(partial);
        }

        return failure;
    }

    private static FileStream Claim(string partial)
    {
        try
        {
            return new FileStream(partial, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1 << 16);
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or PathTooLongException) && File.Exists(partial))
        {
            throw new BadInput($"'{partial}' is being downloaded by another process (wait for it, or delete the file if there is none)", e);
        }
    }

    // Null once the whole of it is in the file; otherwise why it is not.
    private static async Task<string?> Receive(
        Uri address, CatalogDownload download, FileStream file, IProgress<DownloadProgress>? progress, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        try
        {
            patience.CancelAfter(Patience);
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.Range = file.Length > 0 ? new RangeHeaderValue(file.Length, null) : null;
            using var response = await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            {
                // Either nothing is left to send, or what is here is not a part of what the server has.
                if (response.Content.Headers.ContentRange?.Length != file.Length)
                {
                    file.SetLength(0);
                    return "has a shorter file";
                }

                return null;
            }

            if (!response.IsSuccessStatusCode)
            {
                return $"says {(int)response.StatusCode} {response.ReasonPhrase}";
            }

            var range = response.Content.Headers.ContentRange;
            var goesOn = response.StatusCode == HttpStatusCode.PartialContent && range?.From == file.Length;
            file.SetLength(goesOn ? file.Length : 0);
            file.Seek(0, SeekOrigin.End);
            var total = goesOn ? range!.Length : response.Content.Headers.ContentLength;
            var most = download.Bytes ?? Unpacking.Largest;
            if (total > most)
            {
                file.SetLength(0);
                return $"has a file of {total} bytes where at most {most} are expected";
            }

            await using var body = await response.Content.ReadAsStreamAsync(patience.Token);
            return await Copy(body, file, most, bytes => progress?.Report(new(download.Name, address.Authority, bytes, total ?? download.Bytes)), patience)
                ?? (total is { } all && file.Length != all ? $"closed the connection after {file.Length} of {all} bytes" : null);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return $"sent nothing for {Patience.TotalSeconds:0} seconds";
        }
        catch (HttpRequestException e)
        {
            return e.HttpRequestError switch
            {
                HttpRequestError.NameResolutionError => "cannot be found: there is no network, or no such host",
                HttpRequestError.ConnectionError => "refuses the connection or cannot be reached",
                _ => $"failed: {e.Message.TrimEnd('.')}",
            };
        }
    }

    private static async Task<string?> Copy(Stream body, FileStream file, long most, Action<long> report, CancellationTokenSource patience)
    {
        var buffer = new byte[1 << 16];
        var sinceReport = Stopwatch.StartNew();
        while (true)
        {
            patience.CancelAfter(Patience);
            int count;
            try
            {
                count = await body.ReadAsync(buffer, patience.Token);
            }
            catch (IOException)
            {
                return $"closed the connection after {file.Length} bytes";
            }

            if (count == 0)
            {
                report(file.Length);
                return null;
            }

            if (file.Length + count > most)
            {
                // Nothing of it is a part of what is wanted.
                file.SetLength(0);
                return $"sent more than the {most} bytes that are expected";
            }

            file.Write(buffer, 0, count);
            if (sinceReport.ElapsedMilliseconds >= 200)
            {
                report(file.Length);
                sinceReport.Restart();
            }
        }
    }
}
