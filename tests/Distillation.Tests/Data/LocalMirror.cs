using System.Net;
using System.Net.Sockets;

namespace Distillation.Tests.Data;

/// <summary>A server on this machine that answers each request as a test says, and remembers what was asked.</summary>
internal sealed class LocalMirror : IDisposable
{
    private readonly HttpListener listener = new();
    private readonly Func<int, HttpListenerRequest, HttpListenerResponse, Task> answer;
    private readonly List<string> asked = [];

    /// <param name="answer">Given the number of the request, from 0.</param>
    public LocalMirror(Func<int, HttpListenerRequest, HttpListenerResponse, Task> answer)
    {
        this.answer = answer;
        Address = $"http://127.0.0.1:{FreePort()}/";
        listener.Prefixes.Add(Address);
        listener.Start();
        _ = Serve();
    }

    public string Address { get; }

    /// <summary>Path and range of each request so far: <c>/a.gz bytes=10-</c>.</summary>
    public IReadOnlyList<string> Asked
    {
        get
        {
            lock (asked)
            {
                return [.. asked];
            }
        }
    }

    /// <summary>An address where nobody listens.</summary>
    public static string Nobody() => $"http://127.0.0.1:{FreePort()}/";

    /// <summary>Sends what was asked for, or only a part of it before the connection breaks.</summary>
    public static async Task Send(byte[] content, HttpListenerRequest request, HttpListenerResponse response, int? cutAfter = null)
    {
        var from = request.Headers["Range"] is { } range ? int.Parse(range["bytes=".Length..].TrimEnd('-')) : 0;
        if (from > 0)
        {
            response.StatusCode = from < content.Length ? 206 : 416;
            response.Headers["Content-Range"] = from < content.Length ? $"bytes {from}-{content.Length - 1}/{content.Length}" : $"bytes */{content.Length}";
        }

        var rest = content.AsMemory(Math.Min(from, content.Length));
        response.ContentLength64 = rest.Length;
        await response.OutputStream.WriteAsync(cutAfter is { } n ? rest[..Math.Min(n, rest.Length)] : rest);
        await response.OutputStream.FlushAsync();
        if (cutAfter is not null)
        {
            // The bytes above must leave before the connection does.
            await Task.Delay(50);
            response.Abort();
        }
    }

    public void Dispose() => listener.Close();

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private async Task Serve()
    {
        for (var number = 0; listener.IsListening; number++)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            lock (asked)
            {
                asked.Add($"{context.Request.Url!.AbsolutePath} {context.Request.Headers["Range"]}".TrimEnd());
            }

            try
            {
                await answer(number, context.Request, context.Response);
                context.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or IOException or InvalidOperationException)
            {
                // The client has gone, or the connection was cut on purpose.
            }
        }
    }
}
