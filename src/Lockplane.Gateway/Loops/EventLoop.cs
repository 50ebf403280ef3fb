using System.Diagnostics;
using System.Net;
using Lockplane.Gateway.Metrics;

namespace Lockplane.Gateway.Loops;

/// <summary>One thread, one poller, the reminders, and the work that other threads post.</summary>
/// <remarks>
/// A turn: wait; tell the owners of what is ready; tell those of TLS connections that hold plain bytes already; run what was posted; run
/// what is due. What an owner throws ends that owner's connection and is reported; the loop goes on.
/// </remarks>
internal sealed class EventLoop : ILoop, IDisposable
{
    private const int ScratchBytes = 64 * 1024;

    private readonly IPoller _poller;
    private readonly Action<Exception> _failed;
    private readonly Thread _thread;
    private readonly Lock _gate = new();
    private readonly PriorityQueue<ITimed, (long At, long Order)> _reminders = new();
    private List<Action> _posted = [];
    private List<Action> _running = [];
    private List<SslConnection> _filled = [];
    private List<SslConnection> _telling = [];
    private long _order;
    private int _sleeping;
    private int _connections;
    private bool _ended;
    private volatile bool _stopping;
    private long _turns;

    /// <param name="name">Names the thread.</param>
    /// <param name="failed">Told of what an owner threw; must not throw itself.</param>
    public EventLoop(string name, LoopOptions options, Action<Exception> failed)
    {
        _failed = failed;
        Metrics = options.Metrics.AddLoop();
        _poller = options.Portable ? new SelectPoller(this, options.KeepAlive) : new EpollPoller(this, options.KeepAlive);
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        Now = Milliseconds(Stopwatch.GetTimestamp());
    }

    /// <inheritdoc/>
    public long Now { get; private set; }

    /// <inheritdoc/>
    public LoopMetrics Metrics { get; }

    /// <inheritdoc/>
    /// <remarks>Pinned, so that a receive into it pins nothing.</remarks>
    public byte[] Scratch { get; } = GC.AllocateUninitializedArray<byte>(ScratchBytes, pinned: true);

    /// <summary>How many connections it has or was promised. From any thread.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>How many turns it has made. From any thread.</summary>
    public long Turns => Volatile.Read(ref _turns);

    /// <summary>Whether this is the loop's own thread.</summary>
    public bool IsCurrent => Thread.CurrentThread == _thread;

    internal IPoller Poller => _poller;

    internal TlsScratch Tls { get; } = new();

    /// <summary>Starts the thread.</summary>
    public void Start() => _thread.Start();

    /// <inheritdoc/>
    public void Post(Action work) => _ = TryPost(work);

    /// <summary>As <see cref="Post"/>; false when the loop has ended and will not run it.</summary>
    public bool TryPost(Action work)
    {
        lock (_gate)
        {
            if (_ended)
            {
                return false;
            }

            _posted.Add(work);

            // Awake, it looks before it sleeps; asleep, the first who posts wakes it. Under the lock, for what wakes it closes when it ends.
            if (Interlocked.Exchange(ref _sleeping, 0) == 1)
            {
                _poller.Wake();
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public void Remind(ITimed target, long at) => _reminders.Enqueue(target, (at, _order++));

    /// <inheritdoc/>
    public Connection Connect(EndPoint address, IConnectionOwner owner) => _poller.Connect(address, owner);

    /// <inheritdoc/>
    public TlsConnection StartTls(Connection inner, TlsRole role) => new SslConnection(this, inner, role);

    /// <summary>Ends the loop after the turn that it is in, and closes its connections; their owners are told nothing.</summary>
    public void Dispose()
    {
        _stopping = true;
        lock (_gate)
        {
            if (!_ended)
            {
                _poller.Wake();
            }
        }

        if (!IsCurrent && _thread.ThreadState.HasFlag(System.Threading.ThreadState.Unstarted))
        {
            End();
        }
        else if (!IsCurrent)
        {
            _thread.Join();
        }
    }

    /// <summary>Counts a connection that another thread is about to hand over.</summary>
    internal void Promise() => Interlocked.Increment(ref _connections);

    /// <summary>The promised connection is there and counts itself, or will not come.</summary>
    internal void Redeem() => Interlocked.Decrement(ref _connections);

    /// <summary>A connection was made.</summary>
    internal void Came() => Interlocked.Increment(ref _connections);

    /// <summary>A connection was closed.</summary>
    internal void Left() => Interlocked.Decrement(ref _connections);

    /// <summary>Tells a connection in the next turn that it holds plain bytes already, which no event will say.</summary>
    internal void TellFilled(SslConnection connection) => _filled.Add(connection);

    private static long Milliseconds(long timestamp) => (long)(timestamp * (1000.0 / Stopwatch.Frequency));

    private void Run()
    {
        while (!_stopping)
        {
            int count = _poller.Wait(Patience());
            Volatile.Write(ref _sleeping, 0);
            long woke = Stopwatch.GetTimestamp();
            Now = Milliseconds(woke);
            for (int i = 0; i < count; i++)
            {
                if (_poller.Event(i, out Readiness readiness) is { } connection)
                {
                    Tell(connection, readiness);
                }
            }

            TellAllFilled();
            RunPosted();
            RunDue();
            _turns++;
            Metrics.TurnEnded(Stopwatch.GetTimestamp() - woke);
        }

        End();
    }

    private void End()
    {
        lock (_gate)
        {
            _ended = true;
        }

        RunPosted();
        _poller.Dispose();
    }

    // How long to wait for events: not at all while there is work.
    private int Patience()
    {
        if (_filled.Count > 0)
        {
            return 0;
        }

        Interlocked.Exchange(ref _sleeping, 1);
        lock (_gate)
        {
            if (_posted.Count > 0 || _stopping)
            {
                return 0;
            }
        }

        if (!_reminders.TryPeek(out _, out (long At, long Order) first))
        {
            return -1;
        }

        return (int)Math.Clamp(first.At - Milliseconds(Stopwatch.GetTimestamp()), 0, int.MaxValue);
    }

    private void Tell(Connection connection, Readiness readiness)
    {
        try
        {
            connection.Owner?.OnReady(connection, readiness);
        }
        catch (Exception e)
        {
            Fault(connection, e);
        }
    }

    private void Fault(Connection connection, Exception fault)
    {
        _failed(fault);
        try
        {
            if (connection.Owner is { } owner)
            {
                owner.OnFault(connection, fault);
            }
            else
            {
                connection.Close();
            }
        }
        catch (Exception e)
        {
            _failed(e);
            connection.Close();
        }
    }

    private void TellAllFilled()
    {
        if (_filled.Count == 0)
        {
            return;
        }

        (_filled, _telling) = (_telling, _filled);
        foreach (SslConnection connection in _telling)
        {
            if (connection.TakeFilled())
            {
                Tell(connection, Readiness.Readable);
                connection.LookAgain();
            }
        }

        _telling.Clear();
    }

    private void RunPosted()
    {
        lock (_gate)
        {
            if (_posted.Count == 0)
            {
                return;
            }

            (_posted, _running) = (_running, _posted);
        }

        foreach (Action work in _running)
        {
            try
            {
                work();
            }
            catch (Exception e)
            {
                _failed(e);
            }
        }

        _running.Clear();
    }

    private void RunDue()
    {
        while (_reminders.TryPeek(out ITimed? target, out (long At, long Order) first) && first.At <= Now)
        {
            _ = _reminders.Dequeue();
            try
            {
                target.OnTime(Now);
            }
            catch (Exception e)
            {
                _failed(e);
                FaultOf(target, e);
            }
        }
    }

    private void FaultOf(ITimed target, Exception fault)
    {
        try
        {
            target.OnFault(fault);
        }
        catch (Exception e)
        {
            _failed(e);
        }
    }
}
