using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Distillation.Notebooks.Jupyter;

namespace Distillation.Notebooks.Tests.Jupyter;

/// <summary>A kernel on this machine's loopback, and a client that is connected to all of its channels, as a notebook's page is.</summary>
internal sealed class Client : IDisposable
{
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(30);

    private readonly string session = Guid.NewGuid().ToString("N");
    private readonly string folder = Directory.CreateTempSubdirectory("kernel-").FullName;
    private readonly ZmqContext context = new();
    private readonly Dictionary<Channel, ZmqSocket> sockets;
    private readonly Kernel kernel;
    private readonly WireFormat wire;
    private readonly List<Message> published = [];
    private readonly List<string> notes = [];

    public Client(string key = "a key")
    {
        kernel = Kernel.Start(Connection.Loopback(key), folder, notes.Add);
        wire = new(Encoding.UTF8.GetBytes(key));
        var here = kernel.Connection;
        sockets = new()
        {
            [Channel.Shell] = Open(SocketKind.Dealer, here.Shell),
            [Channel.Control] = Open(SocketKind.Dealer, here.Control),
            [Channel.Stdin] = Open(SocketKind.Dealer, here.Stdin),
            [Channel.Iopub] = Open(SocketKind.Subscribe, here.Iopub),
            [Channel.Heartbeat] = Open(SocketKind.Request, here.Heartbeat),
        };

        // A subscription takes a moment to arrive: ask until an answer is heard.
        var clock = Stopwatch.StartNew();
        while (Next(Channel.Iopub, 100) is null)
        {
            Assert.True(clock.Elapsed < patience, "The kernel publishes nothing.");
            Reply(Send("kernel_info_request", []));
        }

        while (Next(Channel.Iopub, 200) is not null)
        {
        }

        ZmqSocket Open(SocketKind kind, int port)
        {
            var socket = new ZmqSocket(context, kind);
            if (kind == SocketKind.Dealer)
            {
                // The kernel asks for input under the name that the request came from.
                socket.Name(Encoding.ASCII.GetBytes(session));
            }
            else if (kind == SocketKind.Subscribe)
            {
                socket.SubscribeToAll();
            }

            socket.Connect($"tcp://127.0.0.1:{port}");
            return socket;
        }
    }

    /// <summary>Where the kernel listens.</summary>
    public Connection Connection => kernel.Connection;

    /// <summary>Done when the kernel has ended.</summary>
    public Task Ended => kernel.Ended;

    /// <summary>What the kernel noted about messages that it dropped.</summary>
    public IReadOnlyList<string> Notes => notes;

    /// <summary>Sends a request and gives the message as it went.</summary>
    public Message Send(string type, JsonObject content, Channel channel = Channel.Shell)
    {
        var message = Message.New(type, content, session);
        SendFrames(wire.Pack(message), channel);
        return message;
    }

    /// <summary>Sends frames as they are.</summary>
    public void SendFrames(IReadOnlyList<byte[]> frames, Channel channel = Channel.Shell) => sockets[channel].Send(frames);

    /// <summary>The frames that a message would be sent as.</summary>
    public IReadOnlyList<byte[]> Pack(Message message) => wire.Pack(message);

    /// <summary>The answer to a request.</summary>
    public Message Reply(Message request, Channel channel = Channel.Shell)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < patience)
        {
            if (Next(channel, 500) is { } reply && reply.Parent.Text("msg_id") == request.Id)
            {
                Assert.Equal(request.ReplyType, reply.Type);
                return reply;
            }
        }

        throw new TimeoutException($"No answer to {request.Type}; published so far: {string.Join(", ", published.Select(one => one.Type))}.");
    }

    /// <summary>Sends a request and waits for its answer's content.</summary>
    public JsonElement Ask(string type, JsonObject content, Channel channel = Channel.Shell) => Reply(Send(type, content, channel), channel).Content;

    /// <summary>Everything that is published about a request, from busy to idle.</summary>
    public IReadOnlyList<Message> Published(Message request)
    {
        var clock = Stopwatch.StartNew();
        while (!published.Any(one => IsAbout(one) && one.Type == "status" && one.Content.Text("execution_state") == "idle"))
        {
            Assert.True(clock.Elapsed < patience, $"Nothing says that {request.Type} is done.");
            Next(Channel.Iopub, 500);
        }

        return [.. published.Where(IsAbout)];

        bool IsAbout(Message one) => one.Parent.Find("msg_id")?.GetString() == request.Id;
    }

    /// <summary>Executes a cell; gives the content of the answer and what was published.</summary>
    public (JsonElement Reply, IReadOnlyList<Message> Published) Execute(string code, JsonObject? more = null)
    {
        var request = Send("execute_request", Cell(code, more));
        return (Reply(request).Content, Published(request));
    }

    /// <summary>The content of an execute_request.</summary>
    public static JsonObject Cell(string code, JsonObject? more = null)
    {
        var content = new JsonObject { ["code"] = code, ["silent"] = false, ["store_history"] = true, ["user_expressions"] = new JsonObject(), ["allow_stdin"] = false, ["stop_on_error"] = true };
        more?.ToList().ForEach(one => content[one.Key] = one.Value?.DeepClone());
        return content;
    }

    /// <summary>The frames of the next message, or null when none comes in time.</summary>
    public IReadOnlyList<byte[]>? NextFrames(Channel channel, int milliseconds) =>
        ZmqSocket.Wait([sockets[channel]], milliseconds)[0] ? sockets[channel].Receive() : null;

    /// <summary>The next message, whose signature must be right, or null when none comes in time.</summary>
    public Message? Next(Channel channel, int milliseconds)
    {
        if (NextFrames(channel, milliseconds) is not { } frames)
        {
            return null;
        }

        var message = wire.Unpack(frames, out var reason);
        Assert.True(message is not null, reason);
        if (channel == Channel.Iopub)
        {
            published.Add(message);
        }

        return message;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Sockets that outlive the kernel would wait a second for it to come back.
        sockets.Values.ToList().ForEach(socket => socket.Dispose());
        context.Dispose();
        kernel.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}

/// <summary>Reading what was published.</summary>
internal static class PublishedMessages
{
    /// <summary>The types in order.</summary>
    public static IEnumerable<string> Types(this IEnumerable<Message> published) => published.Select(one => one.Type);

    /// <summary>The content of the only message of a type.</summary>
    public static JsonElement Only(this IEnumerable<Message> published, string type) => published.Single(one => one.Type == type).Content;

    /// <summary>What was printed on a stream.</summary>
    public static string Printed(this IEnumerable<Message> published, string stream = "stdout") =>
        string.Concat(published.Where(one => one.Type == "stream" && one.Content.Text("name") == stream).Select(one => one.Content.Text("text")));
}
