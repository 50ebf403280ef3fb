using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Threading.Channels;
using Lockplane.Gateway.Servers;
using Lockplane.Wire;
using Microsoft.Extensions.Logging;

namespace Lockplane.Gateway.Authentication.Queries;

/// <summary>Reads roles from a server's catalog over one connection, one query at a time. Roles are kept for a few seconds; logins of one role that come together wait for one query.</summary>
internal sealed class AuthQuery : IAsyncDisposable
{
    /// <summary>The most roles that wait; more logins are refused with 53300.</summary>
    public const int MostWaiting = 1_000;

    private const int MostKept = 10_000;

    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    private readonly ServerOptions _server;
    private readonly ImmutableArray<string?> _files;
    private readonly ServerTerms _terms;
    private readonly ServerCredentials _credentials;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Channel<Entry> _waiting = Channel.CreateBounded<Entry>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _working;
    private AuthQueryConnection? _connection;

    public AuthQuery(ServerOptions server, TimeProvider time, ILogger log)
    {
        AuthQueryOptions query = server.AuthQuery!;
        (_server, _time, _log) = (server, time, log);

        // Hashed before they are read: a file that changes in between is a change at the next reload.
        _files = Hashes(server);
        bool byCertificate = query.Secret is null && !server.Users.CanLogIn(query.User);
        _terms = ServerTerms.From(server with { Login = byCertificate ? ServerLoginMethod.Certificate : ServerLoginMethod.Secret });
        _credentials = new ServerCredentials(query.Secret is null ? server.Users : Userlist.Of(query.User, query.Secret), server.Name);
        _working = Task.Run(WorkAsync);
    }

    /// <summary>Whether these options would make the same query: the same server and login, by the same secret and the same files of certificates. Other roles' secrets play no part.</summary>
    public bool IsOf(ServerOptions server)
    {
        ImmutableArray<string?> files = Hashes(server);
        return server with { Users = Userlist.Empty } == _server with { Users = Userlist.Empty }
            && string.Equals(server.Users.Find(server.AuthQuery!.User), _server.Users.Find(_server.AuthQuery!.User), StringComparison.Ordinal)
            && files.SequenceEqual(_files, StringComparer.Ordinal);
    }

    private sealed class Entry(string role)
    {
        public string Role { get; } = role;

        public TaskCompletionSource<CatalogRole?> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>When the answer came; null while it is waited for.</summary>
        public long? Since { get; set; }
    }

    /// <summary>A role of the server, null when it has none of this name.</summary>
    /// <exception cref="ProtocolException">57P03: the server cannot be asked; 53300: too many wait.</exception>
    public Task<CatalogRole?> FindAsync(string role)
    {
        while (true)
        {
            if (_entries.TryGetValue(role, out Entry? known))
            {
                if (known.Since is not { } since || _time.GetElapsedTime(since) < Kept)
                {
                    return known.Answer.Task;
                }

                _entries.TryRemove(KeyValuePair.Create(role, known));
                continue;
            }

            Entry entry = new(role);
            if (!_entries.TryAdd(role, entry))
            {
                continue;
            }

            if (!_waiting.Writer.TryWrite(entry))
            {
                _entries.TryRemove(KeyValuePair.Create(role, entry));
                entry.Answer.SetException(new ProtocolException(SqlState.TooManyConnections, $"too many logins wait for the auth query of server {_server.Name} (limit: {MostWaiting})"));
            }

            return entry.Answer.Task;
        }
    }

    /// <summary>Forgets what is kept of a role: a proof did not fit, and its password may have changed.</summary>
    public void Forget(string role)
    {
        if (_entries.TryGetValue(role, out Entry? entry) && entry.Since is not null)
        {
            _entries.TryRemove(KeyValuePair.Create(role, entry));
        }
    }

    /// <summary>Answers who waits, and closes the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        _ending.CancelAfter(Deadline);
        await _working.ConfigureAwait(false);
        _ending.Dispose();
    }

    private static ImmutableArray<string?> Hashes(ServerOptions server) => [Hash(server.Tls.CertificateFile), Hash(server.Tls.KeyFile), Hash(server.Tls.CaFile)];

    private static string? Hash(string? file)
    {
        try
        {
            return file is null ? null : Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Said with its key by whoever loads it; here it only has to differ.
            return Guid.NewGuid().ToString();
        }
    }

    private async Task WorkAsync()
    {
        await foreach (Entry entry in _waiting.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                CatalogRole? role = await AskAsync(entry.Role).ConfigureAwait(false);
                entry.Since = _time.GetTimestamp();
                entry.Answer.SetResult(role);
                Trim();
            }
            catch (Exception e)
            {
                // Whatever it is: without an answer this login would wait for its time to run out, and all that come after it.
                _entries.TryRemove(KeyValuePair.Create(entry.Role, entry));
                _log.AuthQueryFailed(_server.Name, e is OperationCanceledException ? "it took too long" : e.Message);
                entry.Answer.SetException(new ProtocolException(SqlState.CannotConnectNow, $"server {_server.Name} cannot be asked for the role's password", hint: "See the gateway's log."));
            }
        }

        _connection?.Dispose();
    }

    // A connection that lay idle may have been closed by the server; what fails on a kept one is tried once more on a new one.
    private async Task<CatalogRole?> AskAsync(string role)
    {
        for (bool kept = _connection is not null; ; kept = false)
        {
            using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
            deadline.CancelAfter(Deadline);
            try
            {
                _connection ??= await AuthQueryConnection.OpenAsync(_server, _terms, _credentials, deadline.Token).ConfigureAwait(false);
                return await _connection.FindAsync(role, deadline.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (kept && e is ProtocolException or IOException)
            {
                Drop();
            }
            catch
            {
                Drop();
                throw;
            }
        }
    }

    private void Drop()
    {
        _connection?.Dispose();
        _connection = null;
    }

    private void Trim()
    {
        if (_entries.Count <= MostKept)
        {
            return;
        }

        foreach ((string role, Entry entry) in _entries)
        {
            if (entry.Since is { } since && _time.GetElapsedTime(since) >= Kept)
            {
                _entries.TryRemove(KeyValuePair.Create(role, entry));
            }
        }
    }
}

/// <summary>What the auth query logs: never a role's password.</summary>
internal static partial class AuthQueryLog
{
    [LoggerMessage(30, LogLevel.Warning, "Auth query at server {Server} failed: {Reason}")]
    public static partial void AuthQueryFailed(this ILogger logger, string server, string reason);
}
