using System.Text;

namespace Distillation.Notebooks;

/// <summary>Notebooks on the disk, by the ending of their names.</summary>
public static class NotebookFile
{
    /// <summary>Whether a name is that of a plain-text notebook.</summary>
    public static bool IsDib(string path) => Path.GetExtension(path).Equals(".dib", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a name is that of a Jupyter notebook.</summary>
    public static bool IsIpynb(string path) => Path.GetExtension(path).Equals(".ipynb", StringComparison.OrdinalIgnoreCase);

    /// <summary>The bytes of a file.</summary>
    /// <exception cref="BadInput">It is not there or cannot be read.</exception>
    public static byte[] Bytes(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInput(File.Exists(path) ? $"{path} cannot be read: {e.Message.TrimEnd('.')}." : Directory.Exists(path) ? $"{path} is a folder; name a notebook in it." : $"There is no notebook {path}.", e);
        }
    }

    /// <summary>The cells of a notebook or of a C# script, which is one cell.</summary>
    /// <exception cref="BadInput">It cannot be read, or is of another kind.</exception>
    public static IReadOnlyList<NotebookCell> Cells(string path) =>
        IsIpynb(path) ? Ipynb.Parse(Bytes(path), path).Cells
        : IsDib(path) ? Dib.Parse(Encoding.UTF8.GetString(Bytes(path))).Cells
        : Path.GetExtension(path).ToLowerInvariant() is ".cs" or ".csx" ? [NotebookCell.Code(Encoding.UTF8.GetString(Bytes(path)).TrimStart('\uFEFF').ReplaceLineEndings("\n"))]
        : throw new BadInput($"{path} is neither a notebook (.ipynb, .dib) nor a C# script (.cs, .csx).");

    /// <summary>Writes a file whole or not at all: beside the old one, then renamed over it.</summary>
    /// <exception cref="BadInput">It cannot be written there.</exception>
    public static void Write(string path, byte[] bytes)
    {
        var target = Path.GetFullPath(path);
        var beside = $"{target}.{Environment.ProcessId}.new";
        try
        {
            // Through a link to the file it names, and with the old file's permissions.
            target = File.Exists(target) && File.ResolveLinkTarget(target, returnFinalTarget: true) is { } named ? named.FullName : target;
            beside = $"{target}.{Environment.ProcessId}.new";
            using (var stream = new FileStream(beside, FileMode.Create))
            {
                stream.Write(bytes);
                stream.Flush(flushToDisk: true);
            }

            if (!OperatingSystem.IsWindows() && File.Exists(target))
            {
                File.SetUnixFileMode(beside, File.GetUnixFileMode(target));
            }

            File.Move(beside, target, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (File.Exists(beside))
            {
                File.Delete(beside);
            }

            throw new BadInput($"{path} cannot be written: {e.Message.TrimEnd('.')}. Choose another place with --output.", e);
        }
    }
}
