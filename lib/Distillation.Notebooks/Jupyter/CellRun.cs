using System.Text.Json.Nodes;

namespace Distillation.Notebooks.Jupyter;

/// <summary>One execute_request on its way through the engine: what its cell gives becomes messages that name the request as their parent.</summary>
/// <param name="request">The request.</param>
/// <param name="session">The kernel's session: with the engine's number, a name for a displayed value that no other kernel gives.</param>
/// <param name="count">The number that the client shows beside the cell.</param>
/// <param name="isSilent">Whether nothing is to be published.</param>
/// <param name="publish">Takes the type and the content of what is published.</param>
internal sealed class CellRun(Message request, string session, int count, bool isSilent, Action<string, JsonObject> publish)
{
    private readonly CancellationTokenSource stop = new();
    private readonly PrintedText printed = new((name, text) => publish("stream", new() { ["name"] = name, ["text"] = text }));

    /// <summary>The request.</summary>
    public Message Request => request;

    /// <summary>Fires when the cell is interrupted.</summary>
    public CancellationToken Stopping => stop.Token;

    /// <summary>The value of the cell as text, once it has one.</summary>
    public string? Result { get; private set; }

    /// <summary>Ends the cell. Does not wait for it.</summary>
    public void Interrupt() => _ = stop.CancelAsync();

    /// <summary>Everything printed so far is on its way.</summary>
    public void Flush() => printed.Flush();

    /// <summary>Takes an output of the cell; of a background task also after the cell has ended.</summary>
    public void Take(Output output)
    {
        Result = output is Output.Returned(var value) ? value["text/plain"] : Result;
        if (isSilent)
        {
            return;
        }

        if (output is Output.Text(var name, var text))
        {
            printed.Add(name, text);
            return;
        }

        printed.Flush();
        switch (output)
        {
            case Output.Shown(var data, var id):
                publish("display_data", Shown(data, id));
                break;
            case Output.Updated(var data, var id):
                publish("update_display_data", Shown(data, id));
                break;
            case Output.Returned(var data):
                publish("execute_result", new() { ["execution_count"] = count, ["data"] = Replies.Data(data), ["metadata"] = new JsonObject() });
                break;
            case Output.Failed(var fault):
                var content = Replies.Error(fault);
                content.Remove("status");
                publish("error", content);
                break;
        }
    }

    private JsonObject Shown(MimeBundle data, string id) => new()
    {
        ["data"] = Replies.Data(data),
        ["metadata"] = new JsonObject(),
        ["transient"] = new JsonObject { ["display_id"] = $"{session}-{id}" },
    };
}
