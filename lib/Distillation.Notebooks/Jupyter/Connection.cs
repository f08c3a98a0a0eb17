using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Distillation.Notebooks.Jupyter;

/// <summary>Where a kernel listens and what its messages are signed with: a connection file.</summary>
/// <param name="Transport">tcp or ipc.</param>
/// <param name="Ip">An address, or the common beginning of file names for ipc.</param>
/// <param name="Shell">Ports; 0 takes any that is free.</param>
/// <param name="Key">What messages are signed with; nothing is signed when it is empty.</param>
public sealed record Connection(string Transport, string Ip, int Shell, int Iopub, int Control, int Stdin, int Heartbeat, string Key)
{
    private const string Scheme = "hmac-sha256";

    /// <summary>This machine only, on ports that are free.</summary>
    public static Connection Loopback(string key) => new("tcp", "127.0.0.1", 0, 0, 0, 0, 0, key);

    /// <summary>Reads the file that Jupyter writes for a kernel before it starts it.</summary>
    /// <exception cref="BadInput">It is not there or no connection file, or asks for another way to sign.</exception>
    public static Connection Read(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = document.RootElement;
            var scheme = Text("signature_scheme", Scheme);
            return scheme == Scheme
                ? new(Text("transport", "tcp"), Text("ip", "127.0.0.1"), Port("shell_port"), Port("iopub_port"), Port("control_port"), Port("stdin_port"), Port("hb_port"), Text("key", ""))
                : throw new BadInput($"{path}: messages are to be signed with {scheme}; this kernel knows {Scheme}.");

            string Text(string name, string otherwise) => root.TryGetProperty(name, out var value) ? value.GetString() ?? otherwise : otherwise;

            int Port(string name) => root.GetProperty(name).GetInt32() is >= 0 and <= 65535 and var port ? port : throw new BadInput($"{path}: {name} is no port.");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new BadInput($"{path} is no connection file of Jupyter: {e.Message.TrimEnd('.')}. Jupyter writes one when it starts a kernel; './kd notebook jupyter' tells it how.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new BadInput($"Cannot read the connection file {path}: {e.Message}");
        }
    }

    /// <summary>As libzmq writes it.</summary>
    internal string Endpoint(int port) => (Transport, port) switch
    {
        ("ipc", _) => $"ipc://{Ip}-{port}",
        (_, 0) => $"{Transport}://{Ip}:*",
        _ => string.Create(CultureInfo.InvariantCulture, $"{Transport}://{Ip}:{port}"),
    };

    /// <summary>The key as bytes.</summary>
    internal byte[] KeyBytes => Encoding.UTF8.GetBytes(Key);
}
