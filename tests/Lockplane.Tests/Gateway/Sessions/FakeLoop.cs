using System.Net;
using Lockplane.Gateway.Loops;
using Lockplane.Gateway.Metrics;

namespace Lockplane.Tests.Gateway.Sessions;

/// <summary>A loop in memory: its time stands until a test moves it, and it turns when a test says so.</summary>
internal sealed class FakeLoop(LoopMetrics metrics) : ILoop
{
    private const int MostTurns = 100_000;

    private readonly List<(ITimed Target, long At)> _reminders = [];
    private readonly Queue<Action> _posted = new();

    public long Now { get; set; } = 1_000;

    public LoopMetrics Metrics { get; } = metrics;

    public byte[] Scratch { get; } = new byte[64 * 1024];

    /// <summary>Every connection, in the order in which they came.</summary>
    public List<FakeConnection> Connections { get; } = [];

    /// <summary>Those that were asked for by Connect.</summary>
    public List<FakeConnection> Connected { get; } = [];

    public void Post(Action work)
    {
        lock (_posted)
        {
            _posted.Enqueue(work);
        }
    }

    /// <summary>Waits until work of another thread has been posted, and does none of it.</summary>
    public void WaitForPost() => Assert.True(SpinWait.SpinUntil(Posted, TimeSpan.FromSeconds(20)), "Nothing was posted.");

    private bool Posted()
    {
        lock (_posted)
        {
            return _posted.Count > 0;
        }
    }

    /// <summary>The last time that somebody asked for and that has not come.</summary>
    public long LastReminder => _reminders.Count == 0 ? 0 : _reminders.Max(reminder => reminder.At);

    public void Remind(ITimed target, long at) => _reminders.Add((target, at));

    public Connection Connect(EndPoint address, IConnectionOwner owner)
    {
        FakeConnection connection = Open();
        connection.Owner = owner;
        connection.Watch(Readiness.Writable);
        Connected.Add(connection);
        return connection;
    }

    public TlsConnection StartTls(Connection inner, TlsRole role) => throw new NotSupportedException("There is no TLS in memory.");

    public FakeConnection Open()
    {
        FakeConnection connection = new();
        Connections.Add(connection);
        return connection;
    }

    /// <summary>Turns until nothing is left to do.</summary>
    public void Run()
    {
        int turns = 0;
        while (Turn())
        {
            Assert.True(++turns < MostTurns, "The loop spins.");
        }
    }

    /// <summary>Turns, and waits for what is done off the loop, until something holds.</summary>
    public void RunUntil(Func<bool> holds)
    {
        for (int i = 0; i < 2_000; i++)
        {
            Run();
            if (holds())
            {
                return;
            }

            Thread.Sleep(10);
        }

        Assert.Fail("It did not come.");
    }

    /// <summary>Moves the time, and tells who is due.</summary>
    public void Pass(long milliseconds)
    {
        long end = Now + milliseconds;
        while (_reminders.Where(reminder => reminder.At <= end).OrderBy(reminder => reminder.At).Select(reminder => ((ITimed, long)?)reminder).FirstOrDefault() is { } next)
        {
            _reminders.Remove(next);
            Now = Math.Max(Now, next.Item2);
            next.Item1.OnTime(Now);
            Run();
        }

        Now = end;
        Run();
    }

    private bool Turn()
    {
        bool any = false;
        while (true)
        {
            Action? work;
            lock (_posted)
            {
                if (!_posted.TryDequeue(out work))
                {
                    break;
                }
            }

            work();
            any = true;
        }

        foreach (FakeConnection connection in Connections.ToList())
        {
            any |= connection.Tell();
        }

        return any;
    }
}

/// <summary>A connection in memory: a test is the peer.</summary>
internal sealed class FakeConnection : Connection
{
    private byte[] _incoming = [];
    private int _at;
    private Readiness _interest;

    /// <summary>What the owner sent.</summary>
    public List<byte> Sent { get; } = [];

    /// <summary>The most that one Receive gives.</summary>
    public int Chunk { get; set; } = int.MaxValue;

    /// <summary>How much Send takes in all.</summary>
    public long Room { get; set; } = long.MaxValue;

    /// <summary>Forgets what is sent, so that nothing is allocated.</summary>
    public bool Sinks { get; set; }

    public long SentBytes { get; private set; }

    /// <summary>Whether the peer has ended its direction.</summary>
    public bool PeerEnded { get; set; }

    /// <summary>Whether the peer is gone, so that Send fails.</summary>
    public bool PeerGone { get; set; }

    public bool FinishedSending { get; private set; }

    public bool Closed { get; private set; }

    public int Unread => _incoming.Length - _at;

    /// <summary>Adds what the peer sends.</summary>
    public void Feed(params ReadOnlySpan<byte> bytes)
    {
        _incoming = [.. _incoming.AsSpan(_at), .. bytes];
        _at = 0;
    }

    /// <summary>Gives an array again from its start, without a copy.</summary>
    public void Replay(byte[] bytes) => (_incoming, _at) = (bytes, 0);

    /// <summary>Tells the owner what it asked to be told; false when there is nothing.</summary>
    public bool Tell()
    {
        Readiness ready = (Unread > 0 || PeerEnded || PeerGone ? Readiness.Readable : 0) | (Room > 0 || PeerGone ? Readiness.Writable : 0);
        ready &= _interest;
        if (Closed || ready == Readiness.None)
        {
            return false;
        }

        Owner!.OnReady(this, ready);
        return true;
    }

    public override int Receive(Span<byte> into)
    {
        int count = Math.Min(Math.Min(Unread, Chunk), into.Length);
        if (count == 0)
        {
            return PeerEnded || PeerGone ? 0 : Blocked;
        }

        _incoming.AsSpan(_at, count).CopyTo(into);
        _at += count;
        return count;
    }

    public override int Send(ReadOnlySpan<byte> bytes)
    {
        if (PeerGone)
        {
            return Lost;
        }

        int count = (int)Math.Min(Room, bytes.Length);
        Room -= count;
        SentBytes += count;
        if (!Sinks)
        {
            Sent.AddRange(bytes[..count]);
        }

        return count;
    }

    public override void Watch(Readiness interest) => _interest = interest;

    public override string? FinishConnecting() => Failure;

    public override void FinishSending() => FinishedSending = true;

    public override void Close() => Closed = true;

    /// <summary>Connecting ends with this.</summary>
    public void Refuse(string why) => Failure = why;
}
