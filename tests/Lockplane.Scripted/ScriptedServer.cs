using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Lockplane.Scripted;

/// <summary>Listens as a server would, and lets a script have each connection: what it sends may be right, wrong or nothing.</summary>
/// <remarks>A script that throws because its peer is gone has ended; any other failure is kept in <see cref="Failures"/>.</remarks>
public sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly Func<ScriptedBackend, CancellationToken, Task> _script;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<Task, ScriptedBackend> _running = new();
    private readonly Task _accepting;
    private int _accepted;

    /// <summary>Begins to listen on 127.0.0.1.</summary>
    /// <param name="script">Runs for each connection; the connection closes when it returns.</param>
    /// <param name="port">0 lets the system choose.</param>
    public ScriptedServer(Func<ScriptedBackend, CancellationToken, Task> script, int port = 0)
    {
        _script = script;
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start(4_096);
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    /// <summary>The port that is listened on.</summary>
    public int Port { get; }

    /// <summary>How many connections came so far.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>How many scripts run.</summary>
    public int Open => _running.Count;

    /// <summary>What went wrong in scripts.</summary>
    public ConcurrentQueue<Exception> Failures { get; } = new();

    /// <summary>Resets every connection at once, as a killed server does; listening goes on.</summary>
    public void Kill()
    {
        foreach (ScriptedBackend backend in _running.Values)
        {
            backend.Stream.Reset();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        Kill();
        await Task.WhenAll(_running.Keys).ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                Socket socket = await _listener.AcceptSocketAsync(_stopping.Token).ConfigureAwait(false);
                socket.NoDelay = true;
                Begin(new ScriptedBackend(new MessageStream(socket), Interlocked.Increment(ref _accepted)));
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                // Stopping, or a client that left before it was accepted.
            }
        }
    }

    private void Begin(ScriptedBackend backend)
    {
        TaskCompletionSource added = new();
        Task run = RunAsync(backend, added.Task);
        _running[run] = backend;
        _ = run.ContinueWith(ended => _running.TryRemove(ended, out _), TaskScheduler.Default);
        added.SetResult();
    }

    private async Task RunAsync(ScriptedBackend backend, Task added)
    {
        await added.ConfigureAwait(false);
        await Task.Yield();
        try
        {
            await _script(backend, _stopping.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException or EndOfStreamException)
        {
            // The peer is gone.
        }
        catch (Exception e)
        {
            Failures.Enqueue(e);
        }
        finally
        {
            backend.Stream.Dispose();
        }
    }
}
