using System.Net.Sockets;
using System.Text;
using Lockplane.Wire.Framing;

namespace Lockplane.Scripted;

/// <summary>One message as it was on the wire; the body in Latin-1, so that each character is a byte.</summary>
public sealed record ScriptedMessage(char Type, string Body);

/// <summary>A socket that bytes are written to as a test wants them, and that whole messages are read from.</summary>
/// <remarks>Nothing is checked: what is sent may be nonsense, what is read is shown as it is.</remarks>
public sealed class MessageStream(Socket socket) : IDisposable
{
    private readonly ByteBuffer _in = new(1_024);
    private readonly ByteBuffer _out = new(1_024);

    /// <summary>The socket, for tests that close half of it, or reset it.</summary>
    public Socket Socket { get; } = socket;

    /// <summary>The most that goes out in one send: with 1, the peer may see every byte alone.</summary>
    public int MostBytesPerSend { get; set; } = int.MaxValue;

    /// <summary>What was received and not yet taken as messages.</summary>
    public int Pending => _in.Count;

    /// <summary>Connects to a port of this machine.</summary>
    public static async Task<MessageStream> ConnectAsync(int port, CancellationToken cancellation)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(System.Net.IPAddress.Loopback, port, cancellation).ConfigureAwait(false);
            return new MessageStream(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Adds bytes to what the next flush sends.</summary>
    public MessageStream Write(ReadOnlySpan<byte> bytes)
    {
        _out.Write(bytes);
        return this;
    }

    /// <summary>Adds a message to what the next flush sends.</summary>
    public MessageStream Write(char type, string body) => Write(type, Encoding.Latin1.GetBytes(body));

    /// <summary>Adds a message to what the next flush sends.</summary>
    public MessageStream Write(char type, ReadOnlySpan<byte> body)
    {
        FrameWriter frame = FrameWriter.Begin(_out, (byte)type);
        frame.WriteBytes(body);
        frame.End();
        return this;
    }

    /// <summary>Lets a writer of Lockplane.Wire add its message.</summary>
    public MessageStream Write(Action<ByteBuffer> write)
    {
        write(_out);
        return this;
    }

    /// <summary>Sends what was written, waiting while the peer does not read.</summary>
    public async Task FlushAsync(CancellationToken cancellation)
    {
        for (ReadOnlyMemory<byte> rest = _out.UnreadMemory; !rest.IsEmpty;)
        {
            rest = rest[await Socket.SendAsync(rest[..Math.Min(rest.Length, MostBytesPerSend)], SocketFlags.None, cancellation).ConfigureAwait(false)..];
        }

        _out.Consume(_out.Count);
    }

    /// <summary>The next message; null when the peer has ended, in the middle of one or not.</summary>
    public async Task<ScriptedMessage?> ReadAsync(CancellationToken cancellation)
    {
        while (true)
        {
            if (Take() is { } message)
            {
                return message;
            }

            if (await ReceiveAsync(cancellation).ConfigureAwait(false) == 0)
            {
                return null;
            }
        }
    }

    /// <summary>Exactly so many bytes without framing, as start-up has them; null when the peer ended before.</summary>
    public async Task<byte[]?> ReadBytesAsync(int count, CancellationToken cancellation)
    {
        while (_in.Count < count)
        {
            if (await ReceiveAsync(cancellation).ConfigureAwait(false) == 0)
            {
                return null;
            }
        }

        byte[] bytes = _in.Unread[..count].ToArray();
        _in.Consume(count);
        return bytes;
    }

    /// <summary>Everything up to the peer's end, as it is.</summary>
    public async Task<byte[]> ReadToEndAsync(CancellationToken cancellation)
    {
        while (await ReceiveAsync(cancellation).ConfigureAwait(false) > 0)
        {
        }

        byte[] bytes = _in.Unread.ToArray();
        _in.Consume(bytes.Length);
        return bytes;
    }

    /// <summary>Ends both directions at once; the peer gets a reset.</summary>
    public void Reset()
    {
        Socket.LingerState = new LingerOption(true, 0);
        Socket.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Socket.Dispose();
        _in.Dispose();
        _out.Dispose();
    }

    private ScriptedMessage? Take()
    {
        if (!FrameHeader.TryRead(_in.Unread, out FrameHeader header) || _in.Count < header.FrameBytes)
        {
            return null;
        }

        ScriptedMessage message = new((char)header.Type, Encoding.Latin1.GetString(_in.Unread[FrameHeader.Size..(int)header.FrameBytes]));
        _in.Consume((int)header.FrameBytes);
        return message;
    }

    // A reset says as much as an end: the peer is gone.
    private async Task<int> ReceiveAsync(CancellationToken cancellation)
    {
        try
        {
            int count = await Socket.ReceiveAsync(_in.Space(1_024), SocketFlags.None, cancellation).ConfigureAwait(false);
            _in.Written(count);
            return count;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return 0;
        }
    }
}
