using System.Net.Sockets;
using System.Text.Json.Nodes;
using Lockplane.Sql.Errors;

namespace Lockplane.Hosting.Operating;

/// <summary>Answers the verbs of operators, and cancels that another process passes on. One line of JSON in, one line out.</summary>
/// <remarks>
/// Shape: <c>{"verb": NAME, ...}</c>, answered by <c>{"ok": {...}}</c> or <c>{"error": {"code", "message", "detail", "hint"}}</c>. Limits: 64 KiB and 5 s for a request, 16 at a time.
/// Who may connect is the socket's mode, 0600: the account of the process, and root.
/// </remarks>
internal sealed partial class ControlSocket : IAsyncDisposable
{
    /// <summary>The most bytes of a request.</summary>
    public const int MostRequestBytes = 64 * 1024;

    private const int MostAtOnce = 16;

    // Who does not fit is refused by the system at once, which a client cannot tell from a gateway that is gone.
    private const int Backlog = 256;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Func<JsonObject, CancellationToken, Task<JsonObject>> _answer;
    private readonly ILogger _log;
    private readonly Socket _listener;
    private readonly CancellationTokenSource _ending = new();
    private readonly SemaphoreSlim _places = new(MostAtOnce, MostAtOnce);
    private readonly Task _accepting;

    /// <param name="path">Where; nothing may be there.</param>
    /// <param name="answer">Answers one request; a <see cref="LockplaneException"/> becomes the answer's error.</param>
    /// <param name="log">Told of faults of our own.</param>
    /// <exception cref="LockplaneException">LP001: the socket cannot be made.</exception>
    public ControlSocket(string path, Func<JsonObject, CancellationToken, Task<JsonObject>> answer, ILogger log)
    {
        (_answer, _log) = (answer, log);
        _listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            _listener.Bind(new UnixDomainSocketEndPoint(path));

            // Nobody can connect before the next line but one: until then there is no moment at which it is open to others.
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            _listener.Listen(Backlog);
        }
        catch (Exception e) when (e is SocketException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            _listener.Dispose();
            throw new LockplaneException(ErrorCodes.Configuration, $"The control socket {path} cannot be made: {e.Message}", hint: "state_dir must be a folder of this account, and its path short: a socket's has at most 107 bytes.", inner: e);
        }

        _accepting = AcceptAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _listener.Dispose();
        await _accepting;
        for (int place = 0; place < MostAtOnce; place++)
        {
            await _places.WaitAsync();
        }

        _places.Dispose();
        _ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_ending.IsCancellationRequested)
        {
            await _places.WaitAsync();
            try
            {
                _ = ServeAsync(await _listener.AcceptAsync(_ending.Token));
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                _places.Release();
                if (!_ending.IsCancellationRequested)
                {
                    LogFault(e);
                    await Task.Delay(TimeSpan.FromMilliseconds(100));
                }
            }
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            using NetworkStream stream = new(socket, ownsSocket: true);
            using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
            patience.CancelAfter(Patience);
            byte[]? request = await ControlLine.ReadAsync(stream, MostRequestBytes, patience.Token);
            if (request is not null)
            {
                patience.CancelAfter(Timeout.InfiniteTimeSpan);
                JsonObject answer = await AnswerAsync(request, _ending.Token);
                patience.CancelAfter(Patience);
                await ControlLine.WriteAsync(stream, answer, patience.Token);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Whoever asked is gone, or too slow.
        }
        finally
        {
            _places.Release();
        }
    }

    private async Task<JsonObject> AnswerAsync(byte[] request, CancellationToken cancellation)
    {
        try
        {
            JsonObject asked = ControlLine.Parse(request) ?? throw new LockplaneException(ErrorCodes.Configuration, "The request is no JSON object.");
            return new JsonObject { ["ok"] = await _answer(asked, cancellation) };
        }
        catch (LockplaneException e)
        {
            return new JsonObject { ["error"] = new JsonObject { ["code"] = e.Code.Code, ["message"] = e.Message, ["detail"] = e.Detail, ["hint"] = e.Hint } };
        }
#pragma warning disable CA1031 // The process must not end because of a verb; whoever asked is told.
        catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
        {
            LogFault(e);
            return new JsonObject { ["error"] = new JsonObject { ["code"] = "BUG", ["message"] = "This is a bug in Lockplane; the log of the gateway has more." } };
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The control socket failed")]
    private partial void LogFault(Exception error);
}
