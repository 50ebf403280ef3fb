using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Lockplane.Hosting.Operating;
using Lockplane.Sql.Errors;
using Lockplane.Wire.Frontend;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lockplane.Tests.Hosting.Operating;

public sealed class ControlSocketTests : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lp-control-").FullName;
    private readonly ProcessSlot _slot;
    private readonly ControlSocket _socket;
    private readonly List<JsonObject> _asked = [];

    public ControlSocketTests()
    {
        _slot = ProcessSlot.Take(_folder);
        _socket = new ControlSocket(_slot.SocketPath, AnswerAsync, NullLogger.Instance);
        _slot.BecomeNewest();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _socket.DisposeAsync();
        _slot.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_request_is_answered_by_the_newest_and_by_number()
    {
        foreach (int? process in (int?[])[null, 0])
        {
            JsonObject answer = await new ControlClient(_folder).AskAsync(new JsonObject { ["verb"] = "echo", ["text"] = "ä\n\"" }, process, Cancellation);
            Assert.Equal("ä\n\"", (string?)answer["text"]);
        }
    }

    [Fact]
    public void Only_the_account_may_connect() => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_slot.SocketPath));

    [Fact]
    public async Task An_error_comes_back_as_the_error_that_it_is()
    {
        LockplaneException e = await Assert.ThrowsAsync<LockplaneException>(() => new ControlClient(_folder).AskAsync(new JsonObject { ["verb"] = "refuse" }, null, Cancellation));
        Assert.Equal(("LP301", "No.", "Why.", "Else."), (e.Code.Code, e.Message, e.Detail, e.Hint));
    }

    [Fact]
    public void A_line_that_names_a_key_twice_is_no_request() => Assert.Null(ControlLine.Parse("{\"verb\":\"status\",\"verb\":\"kill\"}"u8));

    [Fact]
    public async Task A_fault_is_told_without_its_text_and_ends_nothing()
    {
        LockplaneException e = await Assert.ThrowsAsync<LockplaneException>(() => new ControlClient(_folder).AskAsync(new JsonObject { ["verb"] = "fail" }, null, Cancellation));
        Assert.DoesNotContain("inside", e.Message, StringComparison.Ordinal);
        await new ControlClient(_folder).AskAsync(new JsonObject { ["verb"] = "echo" }, null, Cancellation);
    }

    [Theory]
    [InlineData("nonsense\n")]
    [InlineData("[1]\n")]
    [InlineData("\n")]
    [InlineData("{\"verb\":\n")]
    public async Task What_is_no_object_is_answered_with_an_error(string line)
    {
        using Socket socket = await ConnectAsync();
        await socket.SendAsync(Encoding.UTF8.GetBytes(line), Cancellation);
        Assert.StartsWith("{\"error\":{\"code\":\"LP001\"", await ReadAsync(socket), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_is_too_long_ends_the_connection()
    {
        using Socket socket = await ConnectAsync();
        byte[] bytes = new byte[ControlSocket.MostRequestBytes + 8_192];
        Array.Fill(bytes, (byte)'x');
        string answer = "";
        try
        {
            await socket.SendAsync(bytes, Cancellation);
            answer = await ReadAsync(socket);
        }
        catch (SocketException)
        {
            // The other side closed with bytes unread.
        }

        Assert.Equal("", answer);
        Assert.Empty(_asked);
    }

    [Fact]
    public async Task More_who_say_nothing_than_there_are_places_do_not_stop_it()
    {
        List<Socket> silent = [];
        for (int i = 0; i < 20; i++)
        {
            silent.Add(await ConnectAsync());
        }

        silent.ForEach(socket => socket.Dispose());
        await new ControlClient(_folder).AskAsync(new JsonObject { ["verb"] = "echo" }, null, Cancellation);
    }

    [Fact]
    public async Task Without_a_process_the_error_says_what_to_do()
    {
        LockplaneException e = await Assert.ThrowsAsync<LockplaneException>(() => new ControlClient(_folder).AskAsync([], 7, Cancellation));
        Assert.Same(ErrorCodes.Configuration, e.Code);
        Assert.StartsWith("No gateway process 7 answers", e.Message, StringComparison.Ordinal);
        Assert.Contains("lockplane serve", e.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancel_is_passed_on_to_the_process_that_issued_its_key()
    {
        SocketCancelPeers peers = new(_folder);
        Assert.True(await peers.PassOnAsync(0, new CancelRequest(42, [1, 2, 3, 4]), Cancellation));
        Assert.Equal("""{"verb":"cancel","process_id":42,"key":"AQIDBA=="}""", Assert.Single(_asked).ToJsonString());
        Assert.False(await peers.PassOnAsync(1, new CancelRequest(42, [1, 2, 3, 4]), Cancellation));
    }

    private async Task<Socket> ConnectAsync()
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(_slot.SocketPath), Cancellation);
        return socket;
    }

    private static async Task<string> ReadAsync(Socket socket)
    {
        using MemoryStream all = new();
        byte[] piece = new byte[1_024];
        for (int count; (count = await socket.ReceiveAsync(piece, Cancellation)) > 0;)
        {
            all.Write(piece, 0, count);
        }

        return Encoding.UTF8.GetString(all.ToArray());
    }

    private Task<JsonObject> AnswerAsync(JsonObject request, CancellationToken cancellation)
    {
        lock (_asked)
        {
            _asked.Add(request);
        }

        return (string?)request["verb"] switch
        {
            "echo" => Task.FromResult(new JsonObject { ["text"] = (string?)request["text"] }),
            "cancel" => Task.FromResult(new JsonObject { ["cancelled"] = true }),
            "refuse" => throw new LockplaneException(ErrorCodes.DdlRefused, "No.", "Why.", "Else."),
            _ => throw new InvalidOperationException("inside"),
        };
    }
}
