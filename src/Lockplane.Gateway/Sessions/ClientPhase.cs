using System.Security.Cryptography;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Loops;
using Lockplane.Gateway.Proxies;
using Lockplane.Wire;

namespace Lockplane.Gateway.Sessions;

/// <summary>From accept to the client's proof: drives <see cref="ClientLogin"/> on its connection.</summary>
internal sealed class ClientPhase(Session session, Connection client) : LoginPhase(session), IConnectionOwner, IDisposable
{
    private readonly LoginChannel _channel = new(client);
    private ClientLogin? _login;

    /// <summary>What was received and is to be sent.</summary>
    public LoginChannel Channel => _channel;

    /// <summary>The rule that decided; null before one did.</summary>
    public AuthRule? Rule => _login?.Rule;

    /// <summary>Whether a message of ours would be understood: not while TLS begins.</summary>
    public bool CanSpeak => !TlsBegins;

    /// <inheritdoc/>
    protected override LoginChannel Peer => _channel;

    /// <inheritdoc/>
    protected override TlsRole TlsRole => _login!.TlsRole;

    /// <summary>Begins to listen to the client.</summary>
    public void Begin()
    {
        client.Owner = this;
        _channel.Watch();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Leave();
        _channel.Dispose();
    }

    /// <inheritdoc/>
    public void OnReady(Connection connection, Readiness readiness)
    {
        if (!Over)
        {
            Take(readiness);
        }
    }

    /// <inheritdoc/>
    public void OnFault(Connection connection, Exception fault) => Session.End(SessionEnd.Failed);

    /// <inheritdoc/>
    protected override void PeerGone() => Session.Gone();

    /// <inheritdoc/>
    protected override void TlsStarted(TlsConnection connection) => Session.Client = connection;

    /// <inheritdoc/>
    protected override void TlsFailed(string? reason) => Session.HandshakeFailed(reason);

    /// <inheritdoc/>
    protected override void TlsDone(TlsFacts facts) => _login!.TlsStarted(facts);

    /// <inheritdoc/>
    protected override void Answered(LoginAnswer answer) => _login!.Answer(answer);

    /// <inheritdoc/>
    protected override void GoOn()
    {
        if (_login is null && !TryBegin())
        {
            _channel.Watch();
            return;
        }

        while (!Over)
        {
            switch (_login!.Advance(_channel.In, _channel.Out))
            {
                case ClientLoginState.Requested:
                    Session.Requested(_login.Request);
                    break;
                case ClientLoginState.Asked:
                    if (!Ask(_login.Question))
                    {
                        return;
                    }

                    break;
                case ClientLoginState.StartTls:
                    StartTls();
                    return;
                case ClientLoginState.Cancelling:
                    Session.Cancelling(_login.Cancel!);
                    return;
                case ClientLoginState.Proven:
                    Session.Proven(_login.Request, _login.Proof, this);
                    return;
                default:
                    Flush();
                    return;
            }
        }
    }

    /// <summary>Whether the login can begin: the header of a trusted proxy comes first.</summary>
    private bool TryBegin()
    {
        if (Session.FromProxy)
        {
            int size = ProxyHeader.TryRead(_channel.In.Unread, out ProxyHeader? header);
            if (size == 0)
            {
                return false;
            }

            _channel.In.Consume(size);
            Session.Proxied(header!.Source?.Address);
        }

        _login = new ClientLogin(Session.Terms.Login, Session.Address, Nonce());
        return true;
    }

    /// <summary>Fresh and random, as SCRAM wants it.</summary>
    internal static string Nonce() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));
}
