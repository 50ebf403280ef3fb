using System.Collections.Immutable;
using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace Lockplane.Gateway.Authentication;

/// <summary>The keys that tokens of one rule are checked with: fixed, or fetched from a URL and kept.</summary>
/// <remarks>A set is fetched when it is first needed, when it is an hour old, and when a token names a key that is not in it; at most once a minute whatever comes.
/// A fetch that fails leaves what was known in force, for a day at most.</remarks>
internal sealed class KeySet : IDisposable
{
    private static readonly TimeSpan Refreshed = TimeSpan.FromHours(1);
    private static readonly TimeSpan Kept = TimeSpan.FromDays(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    private readonly Uri? _url;

    // What is no set is one key, whatever a token calls it.
    private readonly bool _single;
    private readonly TokenAlgorithm _algorithm;
    private readonly TimeProvider _time;
    private readonly HttpClient? _client;
    private readonly Lock _lock = new();
    private ImmutableArray<SecurityKey> _keys;
    private long _fetched;
    private long? _tried;
    private Task _fetching = Task.CompletedTask;

    /// <param name="options">Files are read at once.</param>
    /// <param name="time">The clock.</param>
    /// <param name="handler">For tests; null for the network.</param>
    public KeySet(JwtOptions options, TimeProvider time, HttpMessageHandler? handler = null)
    {
        (_algorithm, _time, _url, _single) = (options.Algorithm, time, options.JwksUrl, options.JwksUrl is null && options.JwksFile is null);
        _keys = options switch
        {
            { Algorithm: TokenAlgorithm.HS256 } => [new SymmetricSecurityKey([.. options.Key])],
            { PublicKeyFile: { } file } => [TokenKeys.ReadFile(file, options.Algorithm)],
            { JwksFile: { } file } => TokenKeys.ReadSetFile(file, options.Algorithm),
            _ => [],
        };
        if (_url is not null)
        {
            // A redirect could lead anywhere, also to what is not https.
            _client = new HttpClient(handler ?? new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = Deadline, PooledConnectionLifetime = Pause }, disposeHandler: true)
            {
                Timeout = Deadline,
                MaxResponseContentBufferSize = TokenKeys.LongestSet,
            };
        }
    }

    /// <summary>The keys that a token with this <c>kid</c> may be signed by; all of them for a token without one. Empty when there is none.</summary>
    public async ValueTask<ImmutableArray<SecurityKey>> FindAsync(string? kid, CancellationToken cancellation)
    {
        ImmutableArray<SecurityKey> found = Find(kid);
        if (_client is null || (!found.IsEmpty && _time.GetElapsedTime(_fetched) < Refreshed))
        {
            return found;
        }

        await RefreshAsync().WaitAsync(cancellation).ConfigureAwait(false);
        return Find(kid);
    }

    /// <inheritdoc/>
    public void Dispose() => _client?.Dispose();

    private ImmutableArray<SecurityKey> Find(string? kid)
    {
        lock (_lock)
        {
            if (_client is not null && _time.GetElapsedTime(_fetched) >= Kept)
            {
                return [];
            }

            return _single || string.IsNullOrEmpty(kid) ? _keys : [.. _keys.Where(key => string.Equals(key.KeyId, kid, StringComparison.Ordinal))];
        }
    }

    private Task RefreshAsync()
    {
        lock (_lock)
        {
            if (_fetching.IsCompleted && (_tried is not { } tried || _time.GetElapsedTime(tried) >= Pause))
            {
                _tried = _time.GetTimestamp();
                _fetching = Task.Run(FetchAsync);
            }

            return _fetching;
        }
    }

    private async Task FetchAsync()
    {
        try
        {
            using HttpResponseMessage response = await _client!.GetAsync(_url, HttpCompletionOption.ResponseContentRead).ConfigureAwait(false);
            byte[] body = response.IsSuccessStatusCode ? await response.Content.ReadAsByteArrayAsync().ConfigureAwait(false) : [];
            if (TokenKeys.ReadSet(Encoding.UTF8.GetString(body), _algorithm) is { IsEmpty: false } keys)
            {
                lock (_lock)
                {
                    _keys = keys;
                    _fetched = _time.GetTimestamp();
                }
            }
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            // The keys that are known stay in force; tokens of others are refused until the next try.
        }
    }
}
