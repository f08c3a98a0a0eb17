using System.Text;
using System.Text.Json.Nodes;
using Distillation.Notebooks.Jupyter;

namespace Distillation.Notebooks.Tests.Jupyter;

public class WireTests
{
    private static readonly byte[] key = "a key"u8.ToArray();

    [Fact]
    public void A_message_comes_back_from_its_frames()
    {
        var parent = Message.New("execute_request", new() { ["code"] = "1" }, "client");
        var sent = Message.New("execute_reply", new() { ["text"] = "é😀 <b>&amp;</b>" }, "kernel", parent, "someone"u8.ToArray());
        var read = new WireFormat(key).Unpack(new WireFormat(key).Pack(sent), out _)!;
        Assert.Equal(("execute_reply", sent.Id, "é😀 <b>&amp;</b>"), (read.Type, read.Id, read.Content.Text("text")));
        Assert.Equal(parent.Id, read.Parent.Text("msg_id"));
        Assert.Equal("someone"u8.ToArray(), Assert.Single(read.Identities));
    }

    [Fact]
    public void The_signature_is_the_HMAC_of_the_four_parts_in_hexadecimal()
    {
        // Made by Python: hmac.new(b"a key", b"{}{}{}{}", hashlib.sha256).hexdigest()
        byte[][] frames = ["<IDS|MSG>"u8.ToArray(), "e2c27855d41353957c8555d30463a97e6a6ea497e6ebb3f7824503c3b64f2c0b"u8.ToArray(), "{}"u8.ToArray(), "{}"u8.ToArray(), "{}"u8.ToArray(), "{}"u8.ToArray()];
        Assert.Null(new WireFormat(key).Unpack(frames, out var reason));
        Assert.Equal("its header lacks a type or an id", reason);
        frames[1][0]++;
        Assert.Null(new WireFormat(key).Unpack(frames, out reason));
        Assert.Equal("its signature is wrong", reason);
    }

    [Fact]
    public void Without_a_key_nothing_is_signed_and_no_signature_looked_at()
    {
        var frames = new WireFormat([]).Pack(Message.New("x", [], "s")).ToArray();
        Assert.Empty(frames[1]);
        frames[1] = "anything"u8.ToArray();
        Assert.NotNull(new WireFormat([]).Unpack(frames, out _));
    }

    [NeedsZeroMqTheory]
    [InlineData("")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("of another key")]
    public void A_message_with_a_wrong_signature_is_dropped(string signature)
    {
        using var client = new Client();
        var frames = client.Pack(Message.New("execute_request", Client.Cell("1"), "stranger")).ToArray();
        frames[1] = signature == "of another key" ? new WireFormat("another"u8.ToArray()).Pack(Message.New("execute_request", Client.Cell("1"), "stranger"))[1] : Encoding.ASCII.GetBytes(signature);
        client.SendFrames(frames);
        Assert.Null(client.NextFrames(Channel.Shell, 300));
        Assert.Contains("A message on the shell channel was dropped: its signature is wrong.", client.Notes);
        Assert.Equal("ok", client.Execute("1").Reply.Text("status"));
    }

    [NeedsZeroMqFact]
    public void Malformed_messages_never_end_the_kernel()
    {
        using var client = new Client();
        var wire = new WireFormat(key);
        foreach (var channel in new[] { Channel.Shell, Channel.Control, Channel.Stdin })
        {
            client.SendFrames(["nonsense"u8.ToArray()], channel);
            client.SendFrames(["<IDS|MSG>"u8.ToArray()], channel);
            client.SendFrames(["<IDS|MSG>"u8.ToArray(), "x"u8.ToArray(), "{}"u8.ToArray()], channel);
            client.SendFrames([[0xff, 0xfe], [], [0]], channel);
            foreach (var part in new[] { "", "{", "[]", "null", "3", "\"text\"", new string('[', 5000), "\ud800", "{\"msg_type\": 3}", "{\"msg_type\": \"execute_request\"}" })
            {
                client.SendFrames(Signed(part, "{}"), channel);
                client.SendFrames(Signed("""{"msg_id": "1", "msg_type": "execute_request"}""", part), channel);
            }
        }

        foreach (var content in new[] { "{}", """{"code": 3}""", """{"code": null}""", """{"code": "\ud800"}""", """{"code": "1", "silent": "yes"}""", """{"code": "x.", "cursor_pos": 1e300}""", """{"code": "x.", "cursor_pos": -7}""", """{"code": "", "cursor_pos": 99}""" })
        {
            foreach (var type in new[] { "execute_request", "complete_request", "inspect_request", "is_complete_request", "history_request", "comm_open", "unheard_of_request", "shutdown", "input_reply" })
            {
                client.SendFrames(Signed($$"""{"msg_id": "1", "msg_type": "{{type}}"}""", content));
            }
        }

        client.SendFrames(Signed("""{"msg_id": "1", "msg_type": "kernel_info_request", "session": "\ud800"}""", "{}"));
        client.SendFrames(Signed("""{"msg_id": "1", "msg_type": "shutdown_request"}""", """{"restart": "perhaps"}"""), Channel.Control);
        Assert.Equal("ok", client.Ask("kernel_info_request", []).Text("status"));
        Assert.Equal("ok", client.Execute("1").Reply.Text("status"));

        IReadOnlyList<byte[]> Signed(string header, string content)
        {
            // The wire format packs whatever is JSON; the rest is signed by hand.
            byte[][] parts = [Encoding.UTF8.GetBytes(header), "{}"u8.ToArray(), "{}"u8.ToArray(), Encoding.UTF8.GetBytes(content)];
            return ["<IDS|MSG>"u8.ToArray(), Encoding.ASCII.GetBytes(Convert.ToHexStringLower(System.Security.Cryptography.HMACSHA256.HashData(key, parts.SelectMany(part => part).ToArray()))), .. parts];
        }
    }

    [NeedsZeroMqFact]
    public void A_request_without_what_it_needs_is_answered_by_an_error()
    {
        using var client = new Client();
        var reply = client.Ask("execute_request", []);
        Assert.Equal(("error", "MalformedMessage", "The message has no text 'code'."), (reply.Text("status"), reply.Text("ename"), reply.Text("evalue")));
    }

    [NeedsZeroMqFact]
    public void A_port_that_is_taken_is_said_in_a_sentence()
    {
        using var client = new Client();
        var taken = client.Connection with { Heartbeat = 0 };
        Assert.Contains($"Cannot listen on tcp://127.0.0.1:{taken.Shell}: Address already in use", Assert.Throws<BadInput>(() => Kernel.Start(taken, ".", _ => { })).Message);
    }

    [Theory]
    [InlineData("""{"shell_port": 1}""", "is no connection file of Jupyter")]
    [InlineData("[]", "is no connection file of Jupyter")]
    [InlineData("not json", "is no connection file of Jupyter")]
    [InlineData("""{"shell_port": 99999999, "iopub_port": 2, "control_port": 3, "stdin_port": 4, "hb_port": 5}""", "shell_port is no port")]
    [InlineData("""{"shell_port": 1, "iopub_port": 2, "control_port": 3, "stdin_port": 4, "hb_port": 5, "signature_scheme": "hmac-md5"}""", "signed with hmac-md5")]
    public void A_file_that_is_no_connection_file_is_refused(string text, string sentence)
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, text);
        Assert.Contains(sentence, Assert.Throws<BadInput>(() => Connection.Read(file)).Message);
        File.Delete(file);
        Assert.Contains("Cannot read the connection file", Assert.Throws<BadInput>(() => Connection.Read(file)).Message);
    }

    [Fact]
    public void A_connection_file_is_read_as_Jupyter_writes_it()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, new JsonObject { ["shell_port"] = 1, ["iopub_port"] = 2, ["stdin_port"] = 3, ["control_port"] = 4, ["hb_port"] = 5, ["ip"] = "127.0.0.1", ["key"] = "k", ["transport"] = "tcp", ["signature_scheme"] = "hmac-sha256", ["kernel_name"] = "" }.ToJsonString());
        Assert.Equal(new Connection("tcp", "127.0.0.1", 1, 2, 4, 3, 5, "k"), Connection.Read(file));
        File.Delete(file);
    }
}
