using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Distillation.Notebooks.Jupyter;

namespace Distillation.Notebooks.Tests.Jupyter;

public class KernelTests
{
    [NeedsZeroMqFact]
    public void The_kernel_says_what_it_is_on_both_channels()
    {
        using var client = new Client();
        foreach (var channel in new[] { Channel.Shell, Channel.Control })
        {
            var info = client.Ask("kernel_info_request", [], channel);
            Assert.Equal("5.3", info.Text("protocol_version"));
            Assert.Equal("C#", info.GetProperty("language_info").Text("name"));
            Assert.Equal(".cs", info.GetProperty("language_info").Text("file_extension"));
        }
    }

    [NeedsZeroMqFact]
    public void A_heartbeat_comes_back_as_it_went_also_while_a_cell_runs()
    {
        using var client = new Client();
        var running = client.Send("execute_request", Client.Cell("System.Threading.Thread.Sleep(1000);"));
        client.SendFrames(["ping"u8.ToArray()], Channel.Heartbeat);
        Assert.Equal("ping"u8.ToArray(), Assert.Single(client.NextFrames(Channel.Heartbeat, 900)!));
        client.Reply(running);
    }

    [NeedsZeroMqFact]
    public void A_cell_is_busy_echoed_printed_shown_returned_and_idle_in_this_order()
    {
        using var client = new Client();
        var (reply, published) = client.Execute("Console.Write(1); Console.WriteLine(\"é😀\"); display(\"shown\"); 6 * 7");
        Assert.Equal(["status", "execute_input", "stream", "display_data", "execute_result", "status"], published.Types());
        Assert.Equal(("ok", 1), (reply.Text("status"), reply.Number("execution_count", -1)));
        Assert.Equal("busy", published[0].Content.Text("execution_state"));
        Assert.Equal(1, published.Only("execute_input").Number("execution_count", -1));
        Assert.Equal("1é😀\n", published.Printed());
        Assert.Equal("shown", published.Only("display_data").GetProperty("data").Text("text/plain"));
        Assert.Equal("42", published.Only("execute_result").GetProperty("data").Text("text/plain"));
        Assert.Equal(1, published.Only("execute_result").Number("execution_count", -1));
    }

    [NeedsZeroMqFact]
    public void Cells_sent_at_once_run_one_after_the_other_on_the_ground_of_those_before()
    {
        using var client = new Client();
        var first = client.Send("execute_request", Client.Cell("var n = 20; System.Threading.Thread.Sleep(200);"));
        var second = client.Send("execute_request", Client.Cell("n + 1"));
        Assert.Equal(1, client.Reply(first).Content.Number("execution_count", -1));
        Assert.Equal(2, client.Reply(second).Content.Number("execution_count", -1));
        Assert.Equal("21", client.Published(second).Only("execute_result").GetProperty("data").Text("text/plain"));
    }

    [NeedsZeroMqFact]
    public void A_display_can_be_updated_under_an_id_that_no_other_cell_uses()
    {
        using var client = new Client();
        var (_, first) = client.Execute("var shown = display(\"0 %\"); shown.Update(\"100 %\");");
        var (_, second) = client.Execute("var other = display(\"a\");");
        var id = Id(first.Only("display_data"));
        Assert.Equal(id, Id(first.Only("update_display_data")));
        Assert.Equal("100 %", first.Only("update_display_data").GetProperty("data").Text("text/plain"));
        Assert.NotEqual(id, Id(second.Only("display_data")));

        static string Id(JsonElement content) => content.GetProperty("transient").Text("display_id");
    }

    [NeedsZeroMqFact]
    public void A_later_cell_updates_what_an_earlier_one_displayed()
    {
        using var client = new Client();
        var (_, shown) = client.Execute("var first = display(\"a\"); var second = display(\"b\");");
        var (_, updated) = client.Execute("display(\"c\"); second.Update(\"b, at last\");");
        var ids = shown.Where(one => one.Type == "display_data").Select(one => Id(one.Content)).ToList();
        Assert.Equal(ids[1], Id(updated.Only("update_display_data")));
        Assert.Equal("b, at last", updated.Only("update_display_data").GetProperty("data").Text("text/plain"));
        Assert.DoesNotContain(Id(updated.Only("display_data")), ids);
        // Nor does another kernel, which a page may have talked to before, give the same name.
        using var other = new Client();
        Assert.DoesNotContain(Id(other.Execute("display(\"a\");").Published.Only("display_data")), ids);

        static string Id(JsonElement content) => content.GetProperty("transient").Text("display_id");
    }

    [NeedsZeroMqTheory]
    [InlineData("#region one\nvar a = 1;\n#endregion", "complete")]
    [InlineData("#if true\nvar a = 1;", "incomplete")]
    [InlineData("#!time\nvar a = 1;", "complete")]
    public void Only_commands_are_left_out_when_a_text_is_judged_for_being_whole(string code, string status)
    {
        using var client = new Client();
        Assert.Equal(status, client.Ask("is_complete_request", new() { ["code"] = code }).Text("status"));
    }

    [NeedsZeroMqFact]
    public void An_exception_is_an_error_on_both_sides_and_the_cells_waiting_behind_it_are_aborted()
    {
        using var client = new Client();
        var bad = client.Send("execute_request", Client.Cell("System.Threading.Thread.Sleep(300);\nthrow new InvalidOperationException(\"so it goes\");"));
        var waiting = client.Send("execute_request", Client.Cell("1"));
        var question = client.Send("kernel_info_request", []);
        var reply = client.Reply(bad).Content;
        Assert.Equal(("error", "InvalidOperationException", "so it goes"), (reply.Text("status"), reply.Text("ename"), reply.Text("evalue")));
        var error = client.Published(bad).Only("error");
        Assert.Equal("so it goes", error.Text("evalue"));
        Assert.Contains(error.GetProperty("traceback").EnumerateArray(), line => line.GetString()!.Contains("line 2", StringComparison.Ordinal));
        Assert.Equal("aborted", client.Reply(waiting).Content.Text("status"));
        Assert.Equal("ok", client.Reply(question).Content.Text("status"));
        Assert.Equal("ok", client.Execute("1").Reply.Text("status"));
    }

    [NeedsZeroMqFact]
    public void Without_stop_on_error_the_cells_behind_a_failure_run()
    {
        using var client = new Client();
        var bad = client.Send("execute_request", Client.Cell("nonsense", new() { ["stop_on_error"] = false }));
        var next = client.Send("execute_request", Client.Cell("1"));
        Assert.Equal("CompilationError", client.Reply(bad).Content.Text("ename"));
        Assert.Equal("ok", client.Reply(next).Content.Text("status"));
    }

    [NeedsZeroMqFact]
    public void A_silent_cell_publishes_nothing_but_its_state_and_counts_nothing()
    {
        using var client = new Client();
        var (reply, published) = client.Execute("Console.WriteLine(1); 2", new() { ["silent"] = true });
        Assert.Equal(["status", "status"], published.Types());
        Assert.Equal(0, reply.Number("execution_count", -1));
        Assert.Equal(0, client.Execute("3", new() { ["store_history"] = false }).Reply.Number("execution_count", -1));
        Assert.Equal(1, client.Execute("4").Reply.Number("execution_count", -1));
    }

    [NeedsZeroMqFact]
    public void User_expressions_are_evaluated_behind_the_cell()
    {
        using var client = new Client();
        var (reply, _) = client.Execute("var n = 3;", new() { ["user_expressions"] = new JsonObject { ["square"] = "n * n", ["wrong"] = "m" } });
        var values = reply.GetProperty("user_expressions");
        Assert.Equal("9", values.GetProperty("square").GetProperty("data").Text("text/plain"));
        Assert.Equal("error", values.GetProperty("wrong").Text("status"));
    }

    [NeedsZeroMqFact]
    public void A_cell_that_prints_letter_by_letter_sends_few_messages_and_loses_nothing()
    {
        using var client = new Client();
        var (_, published) = client.Execute("for (var i = 0; i < 200_000; i++) Console.Write((char)('a' + i % 26));");
        Assert.Equal(200_000, published.Printed().Length);
        Assert.InRange(published.Count, 3, 400);
    }

    [NeedsZeroMqFact]
    public void Half_a_character_is_replaced_and_not_lost_with_its_line()
    {
        using var client = new Client();
        Assert.Equal("a\ufffdb\n", client.Execute("Console.WriteLine(\"a\\ud800b\");").Published.Printed());
    }

    [NeedsZeroMqTheory]
    [InlineData("while (true) { }")]
    [InlineData("await Task.Delay(-1);")]
    [InlineData("System.Threading.Thread.Sleep(-1);")]
    [InlineData("Console.ReadLine();")]
    public void An_interrupt_ends_a_cell_that_never_would_within_two_seconds_and_the_next_one_runs(string code)
    {
        using var client = new Client();
        client.Execute("1");
        var endless = client.Send("execute_request", Client.Cell(code, new() { ["allow_stdin"] = true }));
        while (client.Next(Channel.Iopub, 1000) is not { Type: "execute_input" })
        {
        }

        Thread.Sleep(500);
        var clock = Stopwatch.StartNew();
        Assert.Equal("ok", client.Ask("interrupt_request", [], Channel.Control).Text("status"));
        var reply = client.Reply(endless).Content;
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 2);
        Assert.Equal(("error", "Interrupted"), (reply.Text("status"), reply.Text("ename")));
        Assert.Equal("ok", client.Execute("2").Reply.Text("status"));
    }

    [NeedsZeroMqFact]
    public void A_cell_that_reads_the_console_asks_the_client()
    {
        using var client = new Client();
        var asking = client.Send("execute_request", Client.Cell("Console.Write(\"Name? \"); \"<\" + Console.ReadLine() + \">\"", new() { ["allow_stdin"] = true }));
        var request = client.Next(Channel.Stdin, 20_000)!;
        Assert.Equal(("input_request", asking.Id), (request.Type, request.Parent.Text("msg_id")));
        client.Send("input_reply", new() { ["value"] = "Ada" }, Channel.Stdin);
        Assert.Equal("<Ada>", client.Published(asking).Only("execute_result").GetProperty("data").Text("text/plain"));
    }

    [NeedsZeroMqFact]
    public void A_client_that_cannot_type_is_not_asked()
    {
        using var client = new Client();
        Assert.Equal("null", client.Execute("Console.ReadLine()").Published.Only("execute_result").GetProperty("data").Text("text/plain"));
    }

    [NeedsZeroMqFact]
    public void History_gives_the_last_cells_those_of_a_range_and_those_that_match()
    {
        using var client = new Client();
        client.Execute("1 + 1");
        client.Execute("2 + 2");
        client.Execute("1 + 1");
        Assert.Equal("""[[1,2,"2 \u002B 2"],[1,3,"1 \u002B 1"]]""", Ask(new() { ["hist_access_type"] = "tail", ["n"] = 2 }));
        Assert.Equal("""[[1,1,["1 \u002B 1","2"]]]""", Ask(new() { ["hist_access_type"] = "range", ["session"] = 0, ["start"] = 1, ["stop"] = 2, ["output"] = true }));
        Assert.Equal("""[[1,3,"1 \u002B 1"]]""", Ask(new() { ["hist_access_type"] = "search", ["pattern"] = "1*", ["unique"] = true }));

        string Ask(JsonObject content) => JsonSerializer.Serialize(client.Ask("history_request", content).GetProperty("history"));
    }

    [NeedsZeroMqFact]
    public void There_are_no_comms_and_one_that_is_opened_is_closed()
    {
        using var client = new Client();
        Assert.Empty(client.Ask("comm_info_request", []).GetProperty("comms").EnumerateObject());
        var opened = client.Send("comm_open", new() { ["comm_id"] = "c1", ["target_name"] = "widget", ["data"] = new JsonObject() });
        Assert.Equal("c1", client.Published(opened).Only("comm_close").Text("comm_id"));
    }

    [NeedsZeroMqTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_shutdown_is_answered_and_then_nobody_is_there(bool restart)
    {
        using var client = new Client();
        var request = client.Send("shutdown_request", new() { ["restart"] = restart }, Channel.Control);
        Assert.Equal(restart, client.Reply(request, Channel.Control).Content.Flag("restart", !restart));
        await client.Ended.WaitAsync(TimeSpan.FromSeconds(5));
    }
}

/// <summary>A test over sockets: skipped, saying why, where libzmq is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsZeroMqFactAttribute : FactAttribute
{
    public NeedsZeroMqFactAttribute() => Skip = ZeroMq.IsHere ? null : NeedsZeroMqTheoryAttribute.Missing;
}

/// <summary>The same for theories.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsZeroMqTheoryAttribute : TheoryAttribute
{
    public const string Missing = "libzmq is not installed here: 'apt-get install libzmq5'.";

    public NeedsZeroMqTheoryAttribute() => Skip = ZeroMq.IsHere ? null : Missing;
}
