using System.Net;
using System.Security.Cryptography;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Identity;
using Lockplane.Gateway.Relays;
using Lockplane.Gateway.Servers;
using Lockplane.Gateway.Statements;
using Lockplane.Wire;
using Lockplane.Wire.Backend;
using Lockplane.Wire.Framing;
using Microsoft.Extensions.Logging;

namespace Lockplane.Gateway.Sessions;

/// <summary>One client connection from accept to close: login, login at the server, relay.</summary>
internal sealed class Session(long number, Peer client, IPAddress address, GatewayParts parts) : IDisposable
{
    private static readonly TimeSpan CancelDeadline = TimeSpan.FromSeconds(5);

    private readonly ByteBuffer _toClient = new(1_024);
    private readonly ByteBuffer _toServer = new(1_024);
    private readonly Lock _relayLock = new();
    private SocketRelay? _relay;
    private SessionEnd? _ordered;
    private bool _draining;
    private bool _admitted;
    private StartupRequest? _request;
    private BackendKeyData? _issued;
    private Peer? _server;
    private LoginProof? _proof;

    private string User => _request?.User ?? "";

    private string Database => _request?.Database ?? "";

    /// <summary>Runs to the end; never throws.</summary>
    /// <param name="stopping">Ends a session that has not begun to relay.</param>
    public async Task RunAsync(CancellationToken stopping)
    {
        SessionEnd end;
        try
        {
            end = await StartAndRelayAsync(stopping).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            parts.Log.Failed(number, e);
            end = SessionEnd.Failed;
        }
        finally
        {
            if (_admitted)
            {
                parts.Release();
            }
        }

        if (_admitted)
        {
            parts.Log.Ended(number, User, end.By, end.Error?.SqlState ?? "");
        }
    }

    /// <summary>Ends the session once it is outside a transaction.</summary>
    public void Drain()
    {
        lock (_relayLock)
        {
            _draining = true;
            _relay?.Drain();
        }
    }

    /// <summary>Ends the session now.</summary>
    public void End(SessionEnd end)
    {
        lock (_relayLock)
        {
            _ordered = end;
            _relay?.End(end);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        client.Dispose();
        _toClient.Dispose();
        _toServer.Dispose();
    }

    private async Task<SessionEnd> StartAndRelayAsync(CancellationToken stopping)
    {
        try
        {
            return await StartAsync(stopping).ConfigureAwait(false) is { } refused ? refused : await RelayAsync(_server!, _request!).ConfigureAwait(false);
        }
        finally
        {
            _server?.Dispose();
            if (_issued is not null)
            {
                parts.CancelKeys.Withdraw(_issued);
            }
        }
    }

    /// <summary>Logs in on both sides within the start-up's deadline; null when the session is up.</summary>
    private async Task<SessionEnd?> StartAsync(CancellationToken stopping)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        deadline.CancelAfter(parts.Options.StartupTimeout);
        try
        {
            if (await LogClientInAsync(deadline.Token).ConfigureAwait(false) is not { } context)
            {
                return SessionEnd.ByClient;
            }

            _issued = parts.CancelKeys.Issue(_request!.Version);
            _server = await parts.Connector.ConnectAsync(deadline.Token).ConfigureAwait(false);
            if (!await LogServerInAsync(_server, _request, context, _issued, deadline.Token).ConfigureAwait(false))
            {
                return SessionEnd.ByServer;
            }

            parts.Log.LoggedIn(number, User, Database, address);
            return null;
        }
        catch (ProtocolException refusal)
        {
            parts.Log.LoginRefused(number, User, Database, address, refusal.SqlState, refusal.Message);
            return await RefuseAsync(EndedBy.Login, ErrorFields.FatalOf(refusal)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return await RefuseAsync(EndedBy.Gateway, SessionEnd.Shutdown.Error!).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            string message = $"start-up took longer than {parts.Options.StartupTimeout.TotalSeconds:0.###} s";
            parts.Log.LoginRefused(number, User, Database, address, SqlState.ProtocolViolation, message);
            return await RefuseAsync(EndedBy.Login, new ErrorFields(SqlState.ProtocolViolation, message, Fatal: true)).ConfigureAwait(false);
        }
        catch (Exception e) when (SocketRelay.IsGone(e))
        {
            parts.Log.ClosedDuringStartup(number);
            return SessionEnd.ByClient;
        }
    }

    /// <summary>The context of the client once it proved who it is; null when it left, or only wanted to cancel.</summary>
    private async Task<SessionContext?> LogClientInAsync(CancellationToken cancellation)
    {
        ClientLogin login = new(parts.LoginTerms, address, Nonce());
        while (true)
        {
            ClientLoginState state = login.Advance(client.In, _toClient);
            switch (state)
            {
                case ClientLoginState.Cancelling:
                    await CancelAsync(login).ConfigureAwait(false);
                    return null;
                case ClientLoginState.Requested:
                    Admit(login.Request);
                    continue;
                case ClientLoginState.Asked:
                    login.Answer(await parts.Authority.AnswerAsync(login.Question, cancellation).ConfigureAwait(false));
                    continue;
                case ClientLoginState.Proven:
                    _proof = login.Proof;
                    return ContextOf(login.Request, login.Proof);
                case ClientLoginState.StartTls:
                    throw new ProtocolException(SqlState.FeatureNotSupported, "TLS is not supported by this session");
                default:
                    await client.FlushAsync(_toClient, cancellation).ConfigureAwait(false);
                    if (await client.ReadAsync(cancellation).ConfigureAwait(false) == 0)
                    {
                        parts.Log.ClosedDuringStartup(number);
                        return null;
                    }

                    continue;
            }
        }
    }

    private void Admit(StartupRequest request)
    {
        _request = request;
        _admitted = parts.TryAdmit();
        if (!_admitted)
        {
            throw new ProtocolException(SqlState.TooManyConnections, $"too many sessions: gateway.max_sessions is {parts.Options.MaxSessions}");
        }
    }

    private SessionContext ContextOf(StartupRequest request, LoginProof proof)
    {
        SessionContext context = parts.Identities.Find(new LoginFacts(request.User, request.Database, proof.Claims, proof.CertificateName))
            ?? throw new ProtocolException(SqlState.InvalidAuthorization, $"no identity is known for user \"{request.User}\"",
                hint: "Add an [[identity]] rule for it, or a token with the claims that the rule names.");
        AuthenticationMessage.Write(_toClient, AuthenticationKind.Ok);
        return context;
    }

    private async Task<bool> LogServerInAsync(Peer server, StartupRequest request, SessionContext context, BackendKeyData issued, CancellationToken cancellation)
    {
        string database = parts.Options.Server.Database ?? request.Database;
        ServerLogin login = new(parts.ServerTerms, request.ForServer(database, context), _proof!, Nonce(), issued);
        login.Start(_toServer);
        ServerLoginState state = ServerLoginState.Reading;
        while (true)
        {
            await server.FlushAsync(_toServer, cancellation).ConfigureAwait(false);
            await client.FlushAsync(_toClient, cancellation).ConfigureAwait(false);
            switch (state)
            {
                case ServerLoginState.Ready:
                    return true;
                case ServerLoginState.Refused:
                    parts.Log.LoginRefused(number, User, Database, address, "", "the server refused it");
                    client.FinishSending();
                    return false;
                case ServerLoginState.Asked:
                    login.Answer(await parts.Authority.AnswerAsync(login.Question, cancellation).ConfigureAwait(false));
                    state = login.Advance(server.In, _toServer, _toClient);
                    break;
                case ServerLoginState.StartTls:
                    throw new ProtocolException(SqlState.FeatureNotSupported, "TLS to the server is not supported by this session");
                default:
                    if (await ReadServerAsync(server, cancellation).ConfigureAwait(false) == 0)
                    {
                        throw new ProtocolException(SqlState.CannotConnectNow, "the server closed the connection during the login");
                    }

                    state = login.Advance(server.In, _toServer, _toClient);
                    parts.CancelKeys.Bind(issued, login.Key);
                    break;
            }
        }
    }

    private static async ValueTask<int> ReadServerAsync(Peer server, CancellationToken cancellation)
    {
        try
        {
            return await server.ReadAsync(cancellation).ConfigureAwait(false);
        }
        catch (System.Net.Sockets.SocketException)
        {
            return 0;
        }
    }

    private async Task<SessionEnd> RelayAsync(Peer server, StartupRequest request)
    {
        PendingRefusals refusals = new(RandomNumberGenerator.GetHexString(16, lowercase: true));
        using SocketRelay relay = new(client, server,
            new ClientRelay(parts.Judge, refusals, parts.Options.MaxStatementBytes), new ServerRelay(refusals),
            (sql, over) => ProposeAsync(request, sql, over),
            refusal => parts.Log.Refused(number, User, refusal.Code),
            exception => parts.Log.Failed(number, exception));
        lock (_relayLock)
        {
            _relay = relay;
            if (_ordered is not null)
            {
                relay.End(_ordered);
            }
            else if (_draining)
            {
                relay.Drain();
            }
        }

        try
        {
            return await relay.RunAsync().ConfigureAwait(false);
        }
        finally
        {
            lock (_relayLock)
            {
                _relay = null;
            }
        }
    }

    /// <summary>The hint for a schema change: the plan that was opened for it, or why there is none.</summary>
    private async Task<string> ProposeAsync(StartupRequest request, string sql, CancellationToken over)
    {
        string database = parts.Options.Server.Database ?? request.Database;
        DdlRequest ddl = new(database, request.User, request.Settings.GetValueOrDefault("search_path"), sql);
        try
        {
            using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(over);
            deadline.CancelAfter(parts.Options.PlanWait);
            DdlAnswer answer = await parts.Ddl.ProposeAsync(ddl, deadline.Token).WaitAsync(deadline.Token).ConfigureAwait(false);
            return answer.PlanHash is { } hash ? $"lockplane apply {hash}" : $"No plan was opened: {answer.Reason}";
        }
        catch (OperationCanceledException) when (!over.IsCancellationRequested)
        {
            return $"No plan was opened within gate.plan_wait ({parts.Options.PlanWait.TotalSeconds:0.###} s).";
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            parts.Log.PlanFailed(number, User, e);
            return "No plan was opened: the control plane failed; see the gateway's log.";
        }
    }

    private async Task CancelAsync(ClientLogin login)
    {
        BackendKeyData? key = parts.CancelKeys.Find(login.Cancel!);
        if (key is null)
        {
            parts.Log.Cancel(address, "unknown key");
            return;
        }

        using CancellationTokenSource deadline = new(CancelDeadline);
        try
        {
            await parts.Connector.CancelAsync(key, deadline.Token).ConfigureAwait(false);
            parts.Log.Cancel(address, "passed on");
        }
        catch (Exception e) when (e is ProtocolException || SocketRelay.IsGone(e))
        {
            parts.Log.Cancel(address, "the server cannot be reached");
        }
    }

    private async Task<SessionEnd> RefuseAsync(EndedBy by, ErrorFields error)
    {
        using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(1));
        try
        {
            await client.FlushAsync(_toClient, deadline.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (SocketRelay.IsGone(e))
        {
            return new SessionEnd(by, error);
        }

        await SocketRelay.SayAsync(client, error).ConfigureAwait(false);
        return new SessionEnd(by, error);
    }

    private static string Nonce() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));
}
