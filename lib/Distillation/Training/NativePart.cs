using System.Runtime.InteropServices;
using TorchSharp;

namespace Distillation;

/// <summary>The optional library of this project (lib/Distillation.Native): what libtorch offers and TorchSharp does not. <c>./kd setup</c> builds it where a C++ compiler and libtorch's headers are.</summary>
internal static class NativePart
{
    private const string Library = "libDistillationNative";

    private static readonly Lazy<(nint Handle, string? Absence)> loaded = new(Load);

    /// <summary>Why it is not here, in a sentence; null when it is.</summary>
    public static string? Absence => loaded.Value.Absence;

    /// <summary>One of its functions.</summary>
    public static T Entry<T>(string name)
        where T : Delegate => Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(loaded.Value.Handle, name));

    // One built for another libtorch would bring that one into the process, so the file beside it is asked first.
    private static (nint, string?) Load()
    {
        var here = Plain(torch.__version__);
        var found = Places().Where(File.Exists).Select(path => (Path: path, For: Version(path))).ToList();
        var fitting = found.Where(library => library.For == here).Select(library => library.Path).FirstOrDefault();
        return fitting is not null
            ? NativeLibrary.TryLoad(fitting, out var handle) ? (handle, null) : (0, $"{fitting} does not load; './kd setup' builds it again.")
            : (0, found.Count > 0
                ? $"{found[0].Path} was built for libtorch {found[0].For} and this program runs {here}; './kd setup' with TORCH_HOME naming that libtorch builds another."
                : $"{Library}.so is not here; './kd setup' builds it where a C++ compiler and libtorch's headers are.");
    }

    // Beside the program, or where kd builds it: native/LIBTORCH/distillation of the artifacts folder that the program lies in.
    private static IEnumerable<string> Places()
    {
        yield return Path.Combine(AppContext.BaseDirectory, $"{Library}.so");
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var native = new DirectoryInfo(Path.Combine(folder.FullName, "native"));
            foreach (var library in native.Exists ? native.GetDirectories().Select(one => Path.Combine(one.FullName, "distillation", $"{Library}.so")) : [])
            {
                yield return library;
            }
        }
    }

    private static string Version(string path) => Path.ChangeExtension(path, ".version") is var file && File.Exists(file) ? Plain(File.ReadAllText(file)) : "an unknown version";

    // 1.13.0a0 and 2.10.0+cpu are 1.13.0 and 2.10.0.
    private static string Plain(string version) => string.Join('.', version.Trim().Split('+')[0].Split('.').Take(3).Select(part => string.Concat(part.TakeWhile(char.IsAsciiDigit))));
}
