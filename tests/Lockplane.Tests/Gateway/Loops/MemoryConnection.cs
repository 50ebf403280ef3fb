using Lockplane.Gateway.Loops;

namespace Lockplane.Tests.Gateway.Loops;

/// <summary>A connection without a system under it: the test says what comes and how much is taken.</summary>
internal sealed class MemoryConnection : Connection
{
    private readonly List<byte> _sent = [];
    private readonly Queue<byte> _toReceive = new();

    /// <summary>How many more bytes Send takes.</summary>
    public int Room { get; set; } = int.MaxValue;

    /// <summary>The most that one Receive gives.</summary>
    public int MostAtOnce { get; set; } = int.MaxValue;

    public bool PeerEnded { get; set; }

    public bool Finished { get; private set; }

    public bool IsClosed { get; private set; }

    public Readiness Interest { get; private set; }

    public void Arrive(ReadOnlySpan<byte> bytes)
    {
        foreach (byte one in bytes)
        {
            _toReceive.Enqueue(one);
        }
    }

    /// <summary>What was sent since this was last asked.</summary>
    public byte[] TakeSent()
    {
        byte[] sent = _sent.ToArray();
        _sent.Clear();
        return sent;
    }

    public override int Receive(Span<byte> into)
    {
        int count = Math.Min(Math.Min(into.Length, MostAtOnce), _toReceive.Count);
        if (count == 0)
        {
            return PeerEnded ? 0 : Blocked;
        }

        for (int i = 0; i < count; i++)
        {
            into[i] = _toReceive.Dequeue();
        }

        return count;
    }

    public override int Send(ReadOnlySpan<byte> bytes)
    {
        int count = Math.Min(bytes.Length, Room);
        _sent.AddRange(bytes[..count]);
        Room -= count;
        return count;
    }

    public override void Watch(Readiness interest) => Interest = interest;

    public override string? FinishConnecting() => null;

    public override void FinishSending() => Finished = true;

    public override void Close() => IsClosed = true;
}
