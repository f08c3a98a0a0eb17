namespace Distillation;

/// <summary>
/// The right to run an experiment, held against other processes by a locked file, <c>claims/ID.lock</c>. The system lets go of the lock when a process ends, however it ends.
/// </summary>
public sealed class Claim : IDisposable
{
    private readonly FileStream file;

    private Claim(FileStream file) => this.file = file;

    /// <summary>Claims an experiment, or returns null where another process has.</summary>
    /// <param name="folder">Where the results are.</param>
    /// <param name="id">The experiment's id.</param>
    /// <exception cref="BadInput">The folder cannot be written.</exception>
    public static Claim? Try(string folder, string id)
    {
        var path = Path.Combine(folder, "claims", $"{id}.lock");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var claim = new Claim(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose));
            Sweep(folder, id);
            return claim;
        }
        // EWOULDBLOCK of Linux and macOS, ERROR_SHARING_VIOLATION of Windows: what the system says of a lock that somebody holds.
        catch (IOException e) when (e.HResult is 11 or 35 or unchecked((int)0x80070020))
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInput($"The results folder {folder} cannot be written ({e.Message.TrimEnd('.')}); make it writable, free some space, or choose another with --results.", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    // What a process that was killed while writing has left beside the places of this experiment's files.
    private static void Sweep(string folder, string id)
    {
        foreach (var left in new[] { "runs", "epochs", "weights", "checkpoints" }
            .Select(table => Path.Combine(folder, table)).Where(Directory.Exists)
            .SelectMany(table => Directory.EnumerateFiles(table, $"{id}.*.tmp")))
        {
            File.Delete(left);
        }
    }
}
