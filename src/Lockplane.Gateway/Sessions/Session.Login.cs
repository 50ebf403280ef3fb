using System.Diagnostics;
using System.Net;
using Lockplane.Gateway.Audit;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Identity;
using Lockplane.Gateway.Metrics;
using Lockplane.Gateway.Servers;
using Lockplane.Gateway.Statements;
using Lockplane.Wire;
using Lockplane.Wire.Backend;
using Lockplane.Wire.Frontend;

namespace Lockplane.Gateway.Sessions;

/// <summary>What the phases of the login tell the session.</summary>
internal sealed partial class Session
{
    private StartupRequest? _request;
    private SessionContext? _context;
    private BackendKeyData? _issued;
    private string _method = "none";

    private string User => _request?.User ?? "";

    private string Database => _request?.Database ?? "";

    private string Profile => _request?.Profile.Name ?? "";

    private string ServerDatabase => Terms.Options.Server.Database ?? Database;

    /// <summary>What a proxy says of the client's address; null where it speaks for itself.</summary>
    public void Proxied(IPAddress? address) => Address = address ?? Address;

    /// <summary>The client said what it wants.</summary>
    /// <exception cref="ProtocolException">It cannot have it.</exception>
    public void Requested(StartupRequest request)
    {
        _request = request;
        if (_parts.Draining)
        {
            throw new ProtocolException(SqlState.CannotConnectNow, "the gateway is shutting down");
        }

        if (_parts.Audit.Refuses)
        {
            throw new ProtocolException(SqlState.CannotConnectNow, $"no new sessions: the audit cannot be written: {_parts.Audit.Failure}");
        }

        if (_parts.AvailableDescriptors() < 2)
        {
            throw new ProtocolException(SqlState.TooManyConnections, "the gateway has no descriptors left for another session", hint: "Raise the limit of open files (RLIMIT_NOFILE), or lower gateway.max_sessions.");
        }

        _parts.Admission.Check(Counted(request), Terms.Options);
    }

    /// <summary>The client proved who it is: on to the server.</summary>
    /// <exception cref="ProtocolException">Too many sessions, or nobody knows who it is for row level security.</exception>
    public void Proven(StartupRequest request, LoginProof proof, ClientPhase phase)
    {
        _method = Word(proof.Method);
        Admitted wanted = Counted(request);
        _parts.Admission.Admit(wanted, Terms.Options, proof.ConnectionLimit);
        _admitted = wanted;
        _context = ContextOf(request, Terms.Identities.Find(new LoginFacts(request.User, request.Database, proof.Claims, proof.CertificateName)));
        if (proof.Expires is { } expires)
        {
            TimeSpan grace = phase.Rule?.Jwt?.TokenGrace ?? TimeSpan.Zero;
            _expiresAt = Loop.Now + (long)Math.Max(0, (expires - DateTimeOffset.UtcNow).TotalMilliseconds + grace.TotalMilliseconds);
        }

        _issued = _parts.CancelKeys.Issue(request.Version, this);
        _parts.Starting.Remove(this);
        AuthenticationMessage.Write(phase.Channel.Out, AuthenticationKind.Ok);
        phase.Leave();
        _clientPhase = null;
        StartupMessage startup = request.ForServer(ServerDatabase, _context, Terms.Options.TagApplicationName ? Number : null);
        _serverPhase = new ServerPhase(this, phase.Channel, new ServerLogin(Terms.Server, startup, proof, ClientPhase.Nonce(), _issued, request.Profile.IsGated));
        _serverPhase.Begin();
    }

    /// <summary>Signs the context for the connection that is up, in strict mode; the session then ends before the signature does.</summary>
    public void SignContext(ServerLogin login, int port)
    {
        if (Terms.Options.Signer is not { } signer || _context is not { Settings.IsDefaultOrEmpty: false } context)
        {
            return;
        }

        string? Find(string name) => context.Settings.FirstOrDefault(setting => setting.Key.Equals(Terms.Options.ContextPrefix + name, StringComparison.OrdinalIgnoreCase)).Value;
        string database = Terms.Options.Server.Database ?? Database;
        login.Add(ContextSigner.Setting, signer.Sign(User, database, Find("tenant_id"), Find("user_id"), port, DateTimeOffset.UtcNow));
        long end = Loop.Now + (long)signer.Lifetime.TotalMilliseconds;
        if (end < _expiresAt)
        {
            (_expiresAt, _expired) = (end, SessionEnd.ContextExpired);
        }
    }

    /// <summary>The login is refused, by whichever side of it.</summary>
    public void Refuse(ProtocolException refusal)
    {
        if (_ended)
        {
            return;
        }

        Refused(refusal.SqlState, refusal.Message);
        Leave(new SessionEnd(EndedBy.Login, ErrorFields.FatalOf(refusal)));
    }

    /// <summary>TLS with the client came to nothing.</summary>
    public void HandshakeFailed(string? reason)
    {
        _parts.Log.HandshakeFailed(Number, Address, reason ?? "the client went away");
        Leave(SessionEnd.ByClient);
    }

    /// <summary>A connection to the server is up.</summary>
    public void ServerConnected(long ticks)
    {
        _parts.Server.Connected();
        _parts.Metrics.ServerConnected(ticks);
    }

    /// <summary>There is no server to log in at.</summary>
    public void ServerAway(string what)
    {
        ServerOptions server = Terms.Options.Server;
        string message = $"server {server.Name} at {server.Address} {what}";
        _parts.Server.Failed(message);
        _parts.Metrics.ServerFailed(_serverPhase?.Server is null ? "connect" : "login");
        Refuse(new ProtocolException(SqlState.CannotConnectNow, message));
    }

    /// <summary>The server refused the login; its own error goes to the client.</summary>
    public void ServerRefused()
    {
        _parts.Metrics.ServerFailed("refused");
        Refused("", "the server refused it");
        Leave(SessionEnd.ByServer);
    }

    /// <summary>Waits for an answer off the loop, and goes on with it on the loop.</summary>
    public void Await(ValueTask<LoginAnswer> task, Action<LoginAnswer> then) => _ = AwaitAsync(task, then);

    private async Task AwaitAsync(ValueTask<LoginAnswer> task, Action<LoginAnswer> then)
    {
        try
        {
            LoginAnswer answer = await task.ConfigureAwait(false);
            Post(() => then(answer));
        }
        catch (ProtocolException refusal)
        {
            Post(() => Refuse(refusal));
        }
        catch (OperationCanceledException) when (_ended)
        {
            // Nobody waits any more.
        }
        catch (Exception e)
        {
            _parts.Log.Failed(Number, e);
            Post(() => End(SessionEnd.Failed));
        }
    }

    private void Refused(string code, string reason)
    {
        AuthMethod? method = _clientPhase?.Rule?.Method;
        if (_request is not null)
        {
            _parts.Metrics.Authenticated(method is null ? _method : Word(method.Value), code.Length == 0 ? "server" : code);
        }

        _parts.Metrics.Refused(code.Length == 0 ? "server" : code);
        _parts.Log.LoginRefused(Number, User, Database, Address, code, reason);
        _parts.Audit.Write(new AuditEvent
        {
            Kind = AuditKind.LoginFailed, Session = Number, Address = Address, Role = User, Database = Database, Context = _context,
            Code = code.Length == 0 ? null : code, Reason = reason,
        });
    }

    /// <summary>The context of a login: what its profile demands of it.</summary>
    /// <exception cref="ProtocolException">An application without one, or one that nothing would guard.</exception>
    private static SessionContext ContextOf(StartupRequest request, SessionContext? found)
    {
        if (!request.Profile.IsGated && found is { Settings.IsEmpty: false })
        {
            throw new ProtocolException(SqlState.InvalidAuthorization, $"user \"{request.User}\" has a tenant or user identity and profile passthrough, whose sessions carry none",
                hint: "Remove its [[identity]] rule, or give it another [[profile]].");
        }

        return found ?? (request.Profile.Kind != ProfileKind.Application
            ? SessionContext.None
            : throw new ProtocolException(SqlState.InvalidAuthorization, $"no identity is known for user \"{request.User}\"",
                hint: "Add an [[identity]] rule for it, or a token with the claims that the rule names."));
    }

    private Admitted Counted(StartupRequest request) => new(request.Database, request.User, Address);

    private static string Word(AuthMethod method) => method.ToString().ToLowerInvariant();
}
