using System.Collections.Concurrent;
using System.Globalization;

namespace Distillation.Notebooks.Jupyter;

/// <summary>The five sockets of a kernel.</summary>
internal enum Channel
{
    Control,
    Shell,
    Stdin,
    Iopub,
    Heartbeat,
}

/// <summary>
/// The sockets and the one thread that touches them: it reads, hands on what is signed and whole, answers heartbeats, and sends what other threads
/// put into its outbox.
/// </summary>
internal sealed class Channels : IDisposable
{
    private readonly ZmqContext context = new();
    private readonly Dictionary<Channel, ZmqSocket> sockets;
    private readonly ZmqSocket bell;
    private readonly ZmqSocket button;
    private readonly Lock ringing = new();
    private readonly ConcurrentQueue<(Channel To, Message Message)?> outbox = new();
    private readonly WireFormat wire;
    private readonly Action<string> note;
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool isOpen = true;

    /// <summary>Listens on all ports of the connection.</summary>
    /// <param name="connection">Where, and the key.</param>
    /// <param name="note">Told about messages that were dropped.</param>
    /// <exception cref="BadInput">A port is taken, or libzmq is missing.</exception>
    public Channels(Connection connection, Action<string> note)
    {
        this.note = note;
        wire = new(connection.KeyBytes);
        sockets = Enum.GetValues<Channel>().ToDictionary(channel => channel, channel => new ZmqSocket(context, channel == Channel.Iopub ? SocketKind.Publish : SocketKind.Router));
        (bell, button) = (new(context, SocketKind.Pair), new(context, SocketKind.Pair));
        try
        {
            Connection = connection with
            {
                Shell = Listen(Channel.Shell, connection.Shell),
                Iopub = Listen(Channel.Iopub, connection.Iopub),
                Control = Listen(Channel.Control, connection.Control),
                Stdin = Listen(Channel.Stdin, connection.Stdin),
                Heartbeat = Listen(Channel.Heartbeat, connection.Heartbeat),
            };
            bell.Bind("inproc://bell");
            button.Connect("inproc://bell");
        }
        catch (BadInput)
        {
            Close();
            throw;
        }

        int Listen(Channel channel, int port) =>
            sockets[channel].Bind(connection.Endpoint(port)) is var endpoint && connection.Transport == "ipc" ? port : int.Parse(endpoint[(endpoint.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture);
    }

    /// <summary>Where this listens, with the real ports.</summary>
    public Connection Connection { get; }

    /// <summary>Done when everything that was to be sent is sent and the sockets are closed.</summary>
    public Task Ended => ended.Task;

    /// <summary>Starts reading.</summary>
    /// <param name="take">Called with every message on control, shell and stdin, on the sockets' own thread: it must not take long.</param>
    public void Start(Action<Channel, Message> take) => new Thread(() => Loop(take)) { IsBackground = true, Name = "Jupyter sockets" }.Start();

    /// <summary>Sends, in the order of the calls. From any thread; nothing happens once this has ended.</summary>
    public void Send(Channel to, Message message) => Post((to, message));

    /// <summary>Ends this after what has been put into the outbox so far.</summary>
    public void End() => Post(null);

    /// <inheritdoc/>
    public void Dispose()
    {
        End();
        ended.Task.Wait(TimeSpan.FromSeconds(5));
    }

    private void Post((Channel To, Message Message)? letter)
    {
        outbox.Enqueue(letter);
        lock (ringing)
        {
            if (isOpen)
            {
                button.Send(Array.Empty<byte>());
            }
        }
    }

    private void Loop(Action<Channel, Message> take)
    {
        Channel[] read = [Channel.Control, Channel.Heartbeat, Channel.Shell, Channel.Stdin];
        ZmqSocket[] watched = [bell, .. read.Select(channel => sockets[channel])];
        try
        {
            while (Deliver())
            {
                var ready = ZmqSocket.Wait(watched);
                while (ready[0] && bell.Receive() is not null)
                {
                }

                read.Where((_, i) => ready[i + 1]).ToList().ForEach(channel => Take(channel, take));
            }

            Close();
            ended.SetResult();
        }
        catch (Exception e)
        {
            ended.SetException(e);
        }
    }

    private void Take(Channel channel, Action<Channel, Message> take)
    {
        if (sockets[channel].Receive() is not { } frames)
        {
            return;
        }

        if (channel == Channel.Heartbeat)
        {
            sockets[channel].Send(frames);
        }
        else if (wire.Unpack(frames, out var reason) is { } message)
        {
            try
            {
                take(channel, message);
            }
            catch (Exception e)
            {
                note($"A message on the {channel.ToString().ToLowerInvariant()} channel was dropped: {e.Message}");
            }
        }
        else
        {
            note($"A message on the {channel.ToString().ToLowerInvariant()} channel was dropped: {reason}.");
        }
    }

    // False when the end was among the letters.
    private bool Deliver()
    {
        while (outbox.TryDequeue(out var letter))
        {
            if (letter is not var (to, message))
            {
                return false;
            }

            sockets[to].Send(wire.Pack(message));
        }

        return true;
    }

    private void Close()
    {
        lock (ringing)
        {
            isOpen = false;
            sockets.Values.Append(bell).Append(button).ToList().ForEach(socket => socket.Dispose());
        }

        context.Dispose();
    }
}
