using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace Distillation.Notebooks.Jupyter;

/// <summary>
/// A kernel of Jupyter's messaging protocol 5.3 around an <see cref="Engine"/>. Requests on the shell channel are answered one after the other, those
/// on the control channel (interrupt, shutdown) at once. No message ends it but a shutdown_request.
/// </summary>
internal sealed class Kernel : IDisposable
{
    private readonly string session = Guid.NewGuid().ToString("N");
    private readonly Channels channels;
    private readonly Engine engine;
    private readonly History history = new();
    private readonly Channel<(Message Message, long Number)> requests = System.Threading.Channels.Channel.CreateUnbounded<(Message, long)>();
    private readonly Channel<Message> typed = System.Threading.Channels.Channel.CreateUnbounded<Message>();
    private int executions;
    private long received;
    private long abortedUpTo;
    private volatile CellRun? running;

    private Kernel(Connection connection, string folder, Action<string> note)
    {
        channels = new(connection, note);
        engine = new(new(folder) { Input = ReadLine });
    }

    /// <summary>Where it listens.</summary>
    public Connection Connection => channels.Connection;

    /// <summary>Done when the kernel was shut down and has said so.</summary>
    public Task Ended => channels.Ended;

    /// <summary>Starts listening.</summary>
    /// <param name="connection">Where, and the key.</param>
    /// <param name="folder">What relative paths in cells start from.</param>
    /// <param name="note">Told about messages that were dropped.</param>
    /// <exception cref="BadInput">A port is taken, or libzmq is missing.</exception>
    public static Kernel Start(Connection connection, string folder, Action<string> note)
    {
        var kernel = new Kernel(connection, folder, note);
        kernel.channels.Start(kernel.Take);
        kernel.Publish("status", State("starting"), null);
        _ = Task.Run(kernel.Serve);
        return kernel;
    }

    /// <summary>Ends it without having been asked by a client. What a cell still computes ends with the process.</summary>
    public void Dispose()
    {
        Quit();
        channels.Dispose();
        engine.Dispose();
    }

    private static JsonObject State(string state) => new() { ["execution_state"] = state };

    // On the thread of the sockets.
    private void Take(Channel channel, Message message)
    {
        switch (channel)
        {
            case Channel.Shell:
                requests.Writer.TryWrite((message, ++received));
                break;
            case Channel.Stdin when message.Type == "input_reply":
                typed.Writer.TryWrite(message);
                break;
            case Channel.Control:
                var reply = Guarded(() => Task.FromResult(ReplyAtOnce(message))).GetAwaiter().GetResult();
                Answer(Channel.Control, message, reply);
                break;
        }
    }

    private async Task Serve()
    {
        await foreach (var (request, number) in requests.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            Publish("status", State("busy"), request);
            Answer(Channel.Shell, request, await Guarded(() => Reply(request, number)).ConfigureAwait(false), isBusy: true);
        }
    }

    private void Answer(Channel channel, Message request, JsonObject? reply, bool isBusy = false)
    {
        if (!isBusy)
        {
            Publish("status", State("busy"), request);
        }

        if (reply is not null)
        {
            channels.Send(channel, Message.New(request.ReplyType, reply, session, request, request.Identities));
        }

        Publish("status", State("idle"), request);
        if (request.Type == "shutdown_request" && (string?)reply?["status"] == "ok")
        {
            Publish("shutdown_reply", (JsonObject)reply.DeepClone(), request);
            Quit();
            channels.End();
        }
    }

    // A request that cannot be answered is told so, whatever it is.
    private static async Task<JsonObject?> Guarded(Func<Task<JsonObject?>> answer)
    {
        try
        {
            return await answer().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            return Replies.Error(new(e.GetType().Name, e.Message, [$"{e.GetType().Name}: {e.Message}"]));
        }
    }

    // What needs no engine.
    private JsonObject? ReplyAtOnce(Message request)
    {
        switch (request.Type)
        {
            case "kernel_info_request":
                return Replies.KernelInfo();
            case "interrupt_request":
                running?.Interrupt();
                return Replies.Ok();
            case "shutdown_request":
                return new() { ["status"] = "ok", ["restart"] = request.Content.Flag("restart", false) };
            case "connect_request":
                var here = Connection;
                return new() { ["status"] = "ok", ["shell_port"] = here.Shell, ["iopub_port"] = here.Iopub, ["stdin_port"] = here.Stdin, ["hb_port"] = here.Heartbeat, ["control_port"] = here.Control };
            case "comm_info_request":
                return new() { ["status"] = "ok", ["comms"] = new JsonObject() };
            default:
                return null;
        }
    }

    private async Task<JsonObject?> Reply(Message request, long number)
    {
        var content = request.Content;
        switch (request.Type)
        {
            case "execute_request":
                return number <= Interlocked.Read(ref abortedUpTo) ? new() { ["status"] = "aborted" } : await Execute(request).ConfigureAwait(false);
            case "is_complete_request":
                return Wholeness.Reply(content.Text("code"), engine.Model(content.Text("code")).SyntaxTree);
            case "complete_request":
                return Completion.Reply(engine, content.Text("code"), content.Number("cursor_pos", -1));
            case "inspect_request":
                return Inspection.Reply(engine, content.Text("code"), content.Number("cursor_pos", -1), content.Number("detail_level", 0) > 0);
            case "history_request":
                return history.Reply(content);
            case "comm_open":
                // There are no widgets here, and whoever opens one should know.
                Publish("comm_close", new() { ["comm_id"] = content.Text("comm_id"), ["data"] = new JsonObject() }, request);
                return null;
            default:
                return ReplyAtOnce(request);
        }
    }

    private async Task<JsonObject?> Execute(Message request)
    {
        var (code, content) = (request.Content.Text("code"), request.Content);
        var isSilent = content.Flag("silent", false);
        var isStored = !isSilent && content.Flag("store_history", true);
        var (stopsOthers, expressions) = (content.Flag("stop_on_error", true), content.Find("user_expressions"));
        executions += isStored ? 1 : 0;
        var count = executions;
        if (!isSilent)
        {
            Publish("execute_input", new() { ["code"] = code, ["execution_count"] = count }, request);
        }

        var run = running = new CellRun(request, session, count, isSilent, (type, what) => Publish(type, what, request));
        var end = await engine.Execute($"cell {count}", code, run.Take, run.Stopping).ConfigureAwait(false);
        running = null;
        run.Flush();
        if (isStored)
        {
            history.Add(count, code, run.Result);
        }

        if (end.Fault is not null && stopsOthers)
        {
            Interlocked.Exchange(ref abortedUpTo, Interlocked.Read(ref received));
        }

        var reply = end.Fault is { } fault ? Replies.Error(fault) : Replies.Ok();
        reply["execution_count"] = count;
        reply["user_expressions"] = end.Fault is null && expressions is { ValueKind: JsonValueKind.Object } asked ? await Values(asked).ConfigureAwait(false) : new JsonObject();
        reply["payload"] = new JsonArray();
        return reply;
    }

    private async Task<JsonObject> Values(JsonElement expressions)
    {
        var values = new JsonObject();
        foreach (var expression in expressions.EnumerateObject())
        {
            MimeBundle? value = null;
            var end = await engine.Execute("user expression", expression.Value.ToString(), output => value = output is Output.Returned(var data) ? data : value).ConfigureAwait(false);
            values[expression.Name] = end.Fault is { } fault ? Replies.Error(fault)
                : new JsonObject { ["status"] = "ok", ["data"] = value is null ? new JsonObject() : Replies.Data(value), ["metadata"] = new JsonObject() };
        }

        return values;
    }

    // On the cell's thread. A cell reads the console: whoever sent it is asked, as long as it is able to answer.
    private string? ReadLine()
    {
        if (running is not { } run || !run.Request.Content.Flag("allow_stdin", true))
        {
            return null;
        }

        run.Flush();
        while (typed.Reader.TryRead(out _))
        {
        }

        channels.Send(Channel.Stdin, Message.New("input_request", new() { ["prompt"] = "", ["password"] = false }, session, run.Request, run.Request.Identities));
        try
        {
            var answer = typed.Reader.ReadAsync(run.Stopping).AsTask().GetAwaiter().GetResult();
            return answer.Content.Find("value") is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;
        }
        catch (OperationCanceledException)
        {
            // The cell knows now, and need not be interrupted.
            Execution.Current?.ThrowIfStopped();
            throw;
        }
    }

    private void Publish(string type, JsonObject content, Message? parent) =>
        channels.Send(Channel.Iopub, Message.New(type, content, session, parent, Encoding.ASCII.GetBytes($"kernel.{session}.{type}")));

    private void Quit()
    {
        requests.Writer.TryComplete();
        running?.Interrupt();
    }
}
