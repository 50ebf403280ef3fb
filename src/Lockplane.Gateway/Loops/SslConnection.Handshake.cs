using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Lockplane.Gateway.Tls;

namespace Lockplane.Gateway.Loops;

/// <summary>The handshake, and the end.</summary>
internal sealed unsafe partial class SslConnection
{
    /// <inheritdoc/>
    public override Handshake Advance()
    {
        if (Failure is not null || _closed)
        {
            return Handshake.Failed;
        }

        if (_facts is not null)
        {
            return Handshake.Done;
        }

        if (_handshake is null)
        {
            Begin();
        }
        else
        {
            _ = _stream.Flush(discard: false);
        }

        Fetch();
        if (!_handshake!.IsCompleted && _ended)
        {
            _stream.End();
        }

        if (_handshake.IsCompleted)
        {
            return Finish();
        }

        WatchInner();
        return Handshake.Going;
    }

    // SslStream's failures name each other; the last is the library's own.
    private static string Text(Exception failure)
    {
        string text = failure.Message;
        for (Exception? inner = failure.InnerException; inner is not null; inner = inner.InnerException)
        {
            text = $"{text} {inner.Message}";
        }

        return text.ReplaceLineEndings(" ");
    }

    private void Begin()
    {
        try
        {
            switch (_role)
            {
                case TlsServer server:
                    server.Options.AllowRenegotiation = false;
                    KeepRest(server.Early.AsSpan());
                    _handshake = _ssl.AuthenticateAsServerAsync(server.Options);
                    break;
                case TlsClient client:
                    client.Options.AllowRenegotiation = false;
                    _handshake = _ssl.AuthenticateAsClientAsync(client.Options);
                    break;
                default:
                    throw new InvalidOperationException($"{_role.GetType().Name} is no role of TLS.");
            }
        }
        catch (Exception e) when (e is AuthenticationException or IOException or InvalidOperationException or ArgumentException)
        {
            _handshake = Task.FromException(e);
        }
    }

    // One receive, and all records of the handshake that are there.
    private void Fetch()
    {
        byte[] cipher = _loop.Tls.Cipher;
        int have = _restCount;
        _rest.AsSpan(0, have).CopyTo(cipher);
        if (have <= TlsRecord.Longest)
        {
            int count = _inner.Receive(cipher.AsSpan(have, TlsScratch.ReceiveBytes));
            have += Math.Max(count, 0);
            _ended = count == 0;
        }

        _stream.Feed(cipher, 0, have);
        while (_stream.IsWanting && _stream.HasRecord)
        {
            _stream.Resume();
        }

        if (_stream.IsMalformed && !_handshake!.IsCompleted)
        {
            Failure ??= NoRecord;
            _ended = true;
        }

        KeepRest();
    }

    private Handshake Finish()
    {
        if (_handshake!.Exception is { } failure)
        {
            Failure ??= _inner.Failure ?? Text(failure.InnerException!);
            return Handshake.Failed;
        }

        X509Certificate2? peer = _ssl.RemoteCertificate switch
        {
            X509Certificate2 certificate => certificate,
            null => null,
            X509Certificate other => X509CertificateLoader.LoadCertificate(other.GetRawCertData()),
        };
        _facts = new TlsFacts(
            _role is TlsServer server ? server.EndPointHash : peer is null ? [] : EndPointBinding.HashOf(peer),
            peer,
            _ssl.SslProtocol switch
            {
                SslProtocols.Tls12 => "TLSv1.2",
                SslProtocols.Tls13 => "TLSv1.3",
                SslProtocols other => other.ToString(),
            },
            _ssl.NegotiatedApplicationProtocol.Protocol.IsEmpty ? null : _ssl.NegotiatedApplicationProtocol.ToString());
        WatchInner();
        LookAgain();
        return Handshake.Done;
    }

    // Whoever waits in SslStream gives its buffers back.
    private void Abandon()
    {
        _stream.Feed([], 0, 0);
        if (_handshake is { IsCompleted: false } || _reading)
        {
            _stream.End();
        }

        _ = _handshake?.Exception;
        if (_reading && _read.IsCompleted)
        {
            _reading = false;
            _ = _read.AsTask().Exception;
        }
    }
}
