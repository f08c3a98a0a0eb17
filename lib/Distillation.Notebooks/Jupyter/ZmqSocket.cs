using System.Runtime.InteropServices;
using System.Text;

namespace Distillation.Notebooks.Jupyter;

/// <summary>The kinds of sockets in use, with libzmq's numbers.</summary>
internal enum SocketKind
{
    Pair = 0,
    Publish = 1,
    Subscribe = 2,
    Request = 3,
    Dealer = 5,
    Router = 6,
}

/// <summary>What sockets belong to. It ends when all of them are closed and what they had to send is sent, or has lingered long enough.</summary>
internal sealed class ZmqContext : IDisposable
{
    /// <exception cref="BadInput">libzmq is not installed.</exception>
    public ZmqContext()
    {
        ZeroMq.Require();
        Handle = ZeroMq.zmq_ctx_new();
    }

    /// <summary>libzmq's own.</summary>
    public nint Handle { get; }

    /// <inheritdoc/>
    public void Dispose() => ZeroMq.zmq_ctx_term(Handle);
}

/// <summary>A socket of libzmq. One thread at a time.</summary>
internal sealed class ZmqSocket : IDisposable
{
    private const int DontWait = 1, SendMore = 2;
    private const int RoutingId = 5, SubscribeTo = 6, Linger = 17, SendLimit = 23, ReceiveLimit = 24, LastEndpoint = 32, Handover = 56;
    private const int Interrupted = 4;
    private const int BytesOfMessage = 64;

    private readonly nint handle;
    private readonly nint message = Marshal.AllocHGlobal(BytesOfMessage);

    /// <summary>An open socket without limits on what waits in it, which keeps what is still to be sent for a second after it was closed.</summary>
    public ZmqSocket(ZmqContext context, SocketKind kind)
    {
        handle = ZeroMq.zmq_socket(context.Handle, (int)kind);
        if (handle == 0)
        {
            throw Fault("open a socket");
        }

        Set(Linger, kind == SocketKind.Pair ? 0 : 1000);
        Set(SendLimit, 0);
        Set(ReceiveLimit, 0);
        if (kind == SocketKind.Router)
        {
            // A client that comes back under its old name is served, the dead connection is not.
            Set(Handover, 1);
        }
    }

    /// <summary>The entry for <c>zmq_poll</c>.</summary>
    public ZeroMq.Poll Poll => new(handle);

    /// <summary>Under which name a router knows this socket.</summary>
    public void Name(byte[] identity) => Set(RoutingId, identity);

    /// <summary>Takes everything that is published.</summary>
    public void SubscribeToAll() => Set(SubscribeTo, []);

    /// <summary>Listens; gives the endpoint with its real port where any port was asked for.</summary>
    /// <exception cref="BadInput">The port is taken or the address is not here.</exception>
    public string Bind(string endpoint)
    {
        if (ZeroMq.zmq_bind(handle, Text(endpoint)) != 0)
        {
            throw new BadInput($"Cannot listen on {endpoint}: {Error()}. Ports in a connection file must be free; let Jupyter choose new ones.");
        }

        var (bytes, size) = (new byte[512], (nuint)512);
        return ZeroMq.zmq_getsockopt(handle, LastEndpoint, bytes, ref size) == 0 ? Encoding.ASCII.GetString(bytes, 0, (int)size - 1) : throw Fault("read an endpoint");
    }

    /// <summary>Connects, now or as soon as somebody listens there.</summary>
    public void Connect(string endpoint) => Check(ZeroMq.zmq_connect(handle, Text(endpoint)), $"connect to {endpoint}");

    /// <summary>Sends a message of one or more frames. A receiver that has gone is no failure, the message is dropped.</summary>
    public void Send(params IReadOnlyList<byte[]> frames)
    {
        for (var i = 0; i < frames.Count; i++)
        {
            while (ZeroMq.zmq_send(handle, frames[i], (nuint)frames[i].Length, DontWait | (i < frames.Count - 1 ? SendMore : 0)) < 0)
            {
                if (ZeroMq.zmq_errno() != Interrupted)
                {
                    return;
                }
            }
        }
    }

    /// <summary>The frames of the next message, or null when there is none at the moment.</summary>
    public IReadOnlyList<byte[]>? Receive()
    {
        var frames = new List<byte[]>();
        while (true)
        {
            _ = ZeroMq.zmq_msg_init(message);
            if (ZeroMq.zmq_msg_recv(message, handle, DontWait) < 0)
            {
                var error = ZeroMq.zmq_errno();
                _ = ZeroMq.zmq_msg_close(message);
                if (error != Interrupted)
                {
                    return null;
                }

                continue;
            }

            var frame = new byte[(int)ZeroMq.zmq_msg_size(message)];
            Marshal.Copy(ZeroMq.zmq_msg_data(message), frame, 0, frame.Length);
            frames.Add(frame);
            var more = ZeroMq.zmq_msg_more(message) != 0;
            _ = ZeroMq.zmq_msg_close(message);
            if (!more)
            {
                return frames;
            }
        }
    }

    /// <summary>Waits until at least one of the sockets has something to read, and says which.</summary>
    /// <param name="sockets">One or more.</param>
    /// <param name="milliseconds">How long at most; -1 without end.</param>
    public static IReadOnlyList<bool> Wait(IReadOnlyList<ZmqSocket> sockets, int milliseconds = -1)
    {
        var items = sockets.Select(socket => socket.Poll).ToArray();
        return ZeroMq.zmq_poll(items, items.Length, new CLong(milliseconds)) < 0 && ZeroMq.zmq_errno() is not Interrupted and not ZeroMq.ContextEnded
            ? throw Fault("wait")
            : [.. items.Select(item => item.Returned != 0)];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ = ZeroMq.zmq_close(handle);
        Marshal.FreeHGlobal(message);
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text + '\0');

    private static string Error() => Marshal.PtrToStringUTF8(ZeroMq.zmq_strerror(ZeroMq.zmq_errno())) ?? "unknown";

    private static InvalidOperationException Fault(string what) => new($"libzmq cannot {what}: {Error()}.");

    private void Set(int option, int value) => Set(option, BitConverter.GetBytes(value));

    private void Set(int option, byte[] value) => Check(ZeroMq.zmq_setsockopt(handle, option, value, (nuint)value.Length), $"set option {option}");

    private static void Check(int code, string what)
    {
        if (code != 0)
        {
            throw Fault(what);
        }
    }
}
