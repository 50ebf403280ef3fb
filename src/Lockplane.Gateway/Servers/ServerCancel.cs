using System.Net;
using Lockplane.Gateway.Loops;
using Lockplane.Wire;
using Lockplane.Wire.Backend;
using Lockplane.Wire.Framing;
using Lockplane.Wire.Frontend;

namespace Lockplane.Gateway.Servers;

/// <summary>Sends one CancelRequest on a connection of its own, encrypted as the session's is, and waits until the server has taken it, which it says by closing.</summary>
/// <param name="key">The server's own.</param>
/// <param name="ended">Told once, whether it was sent.</param>
internal sealed class ServerCancel(ILoop loop, ServerOptions options, ServerTerms terms, BackendKeyData key, Action<bool> ended) : IConnectionOwner, IDialing, ITimed, IDisposable
{
    /// <summary>In milliseconds.</summary>
    public const long Patience = 5_000;

    private readonly ServerEncryption _encryption = new(terms);
    private readonly ByteBuffer _in = new(64);
    private readonly ByteBuffer _out = new(512, secret: true);
    private ServerDialer? _dialer;
    private Connection? _connection;
    private TlsConnection? _handshake;
    private bool _written;
    private bool _over;

    /// <summary>Begins at the address that the session is connected to.</summary>
    public void Send(EndPoint address)
    {
        loop.Remind(this, loop.Now + Patience);
        _dialer = new ServerDialer(loop, options, this);
        _dialer.Dial([address]);
    }

    /// <inheritdoc/>
    public void Connected(Connection connection, EndPoint address)
    {
        _connection = connection;
        connection.Owner = this;
        _encryption.Start(_out);
        GoOn();
    }

    /// <inheritdoc/>
    public void NotConnected(string reason) => End();

    /// <inheritdoc/>
    public void OnReady(Connection connection, Readiness readiness)
    {
        if (_over)
        {
            return;
        }

        if (_handshake is not null)
        {
            Shake();
            return;
        }

        if ((readiness & Readiness.Readable) != 0)
        {
            int count = _connection!.Receive(_in.Space(64).Span);
            if (count == 0 || (_written && count > 0))
            {
                End();
                return;
            }

            _in.Written(Math.Max(0, count));
        }

        GoOn();
    }

    /// <inheritdoc/>
    public void OnFault(Connection connection, Exception fault) => End();

    /// <inheritdoc/>
    public void OnTime(long now) => End();

    /// <inheritdoc/>
    public void Dispose() => End();

    private void GoOn()
    {
        try
        {
            if (!_written)
            {
                Advance();
            }
        }
        catch (ProtocolException)
        {
            End();
        }

        Flush();
    }

    private void Advance()
    {
        switch (_encryption.Advance(_in))
        {
            case ServerEncryptionState.StartTls:
                _handshake = loop.StartTls(_connection!, _encryption.TlsRole);
                _connection = _handshake;
                Shake();
                break;
            case ServerEncryptionState.Done:
                new CancelRequest(key.ProcessId, key.Key).Write(_out);
                _written = true;
                break;
        }
    }

    private void Shake()
    {
        switch (_handshake!.Advance())
        {
            case Handshake.Done:
                TlsFacts facts = _handshake.Tls!;
                _handshake = null;
                _encryption.TlsStarted(facts);
                GoOn();
                break;
            case Handshake.Failed:
                End();
                break;
        }
    }

    private void Flush()
    {
        if (_over || _handshake is not null)
        {
            return;
        }

        if (_out.Count > 0)
        {
            int count = _connection!.Send(_out.Unread);
            if (count == Connection.Lost)
            {
                End();
                return;
            }

            _out.Consume(count);
        }

        _connection!.Watch(Readiness.Readable | (_out.Count > 0 ? Readiness.Writable : 0));
    }

    private void End()
    {
        if (_over)
        {
            return;
        }

        _over = true;
        bool sent = _written && _out.Count == 0;
        _dialer?.Stop();
        _connection?.Close();
        _in.Dispose();
        _out.Dispose();
        ended(sent);
    }
}
