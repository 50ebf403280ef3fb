using System.Net;
using System.Net.Sockets;
using System.Text;
using Lockplane.Scripted;

namespace Lockplane.Bench.Load.Logins;

/// <summary>A server that logs everyone in by SCRAM and answers every query with nothing. It forks nothing and derives no keys, so that what a login costs is the gateway's.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private const string ServerNonce = "nonceOfTheScriptedServer";

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    /// <summary>Listens on a port of 127.0.0.1.</summary>
    /// <param name="secret">Every role's.</param>
    public ScriptedServer(int port, ScramSecret secret)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        _listener.Listen(4_096);
        _accepting = AcceptAsync(secret);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync(ScramSecret secret)
    {
        List<Task> sessions = [];
        try
        {
            while (true)
            {
                Socket socket = await _listener.AcceptAsync(_stop.Token);
                socket.NoDelay = true;
                sessions.Add(ServeAsync(new MessageStream(socket), secret));
                if (sessions.Count > 20_000)
                {
                    sessions.RemoveAll(session => session.IsCompleted);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(sessions);
        }
    }

    private async Task ServeAsync(MessageStream stream, ScramSecret secret)
    {
        using (stream)
        {
            try
            {
                if (await LogInAsync(stream, secret))
                {
                    while (await stream.ReadAsync(_stop.Token) is { Type: not 'X' } message)
                    {
                        if (message.Type is 'Q' or 'S')
                        {
                            await stream.Write('C', "SELECT 0\0").Write('Z', "I").FlushAsync(_stop.Token);
                        }
                    }
                }
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The gateway, or the run, has ended.
            }
        }
    }

    private async Task<bool> LogInAsync(MessageStream stream, ScramSecret secret)
    {
        while (await stream.ReadBytesAsync(8, _stop.Token) is { } head)
        {
            int length = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(head);
            if (length == 8)
            {
                // SSLRequest or GSSENCRequest.
                await stream.Write("N"u8).FlushAsync(_stop.Token);
                continue;
            }

            // Whoever it is: the role's name is not looked at.
            return await stream.ReadBytesAsync(length - 8, _stop.Token) is not null && head[5] == 3 && await ProveAsync(stream, secret);
        }

        return false;
    }

    private async Task<bool> ProveAsync(MessageStream stream, ScramSecret secret)
    {
        await stream.Write('R', "\0\0\0\u000aSCRAM-SHA-256\0\0").FlushAsync(_stop.Token);
        if (await stream.ReadAsync(_stop.Token) is not { Type: 'p' } initial)
        {
            return false;
        }

        string firstBare = initial.Body[(initial.Body.IndexOf("n,,", StringComparison.Ordinal) + 3)..];
        string serverFirst = $"r={firstBare[(firstBare.IndexOf("r=", StringComparison.Ordinal) + 2)..]}{ServerNonce},s={secret.Salt},i={secret.Iterations}";
        await stream.Write('R', "\0\0\0\u000b" + serverFirst).FlushAsync(_stop.Token);
        if (await stream.ReadAsync(_stop.Token) is not { Type: 'p' } final)
        {
            return false;
        }

        int proofAt = final.Body.IndexOf(",p=", StringComparison.Ordinal);
        string signed = $"{firstBare},{serverFirst},{final.Body[..proofAt]}";
        if (!secret.Fits(signed, final.Body[(proofAt + 3)..]))
        {
            await stream.Write('E', "SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed\0\0").FlushAsync(_stop.Token);
            return false;
        }

        stream.Write('R', "\0\0\0\u000cv=" + secret.Signature(signed)).Write('R', "\0\0\0\0");
        foreach ((string name, string value) in Parameters)
        {
            stream.Write('S', $"{name}\0{value}\0");
        }

        await stream.Write('K', Encoding.Latin1.GetString([0, 0, 1, 2, 3, 4, 5, 6])).Write('Z', "I").FlushAsync(_stop.Token);
        return true;
    }

    // As many as Postgres 18 sends.
    private static (string Name, string Value)[] Parameters { get; } =
    [
        ("in_hot_standby", "off"), ("integer_datetimes", "on"), ("TimeZone", "Etc/UTC"), ("IntervalStyle", "postgres"), ("search_path", "\"$user\", public"), ("is_superuser", "off"),
        ("application_name", ""), ("default_transaction_read_only", "off"), ("scram_iterations", "4096"), ("DateStyle", "ISO, MDY"), ("standard_conforming_strings", "on"),
        ("session_authorization", "logins"), ("client_encoding", "UTF8"), ("server_version", "18.0"), ("server_encoding", "UTF8"),
    ];
}
