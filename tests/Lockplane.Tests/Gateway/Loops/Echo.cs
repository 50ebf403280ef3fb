using Lockplane.Gateway.Loops;

namespace Lockplane.Tests.Gateway.Loops;

/// <summary>An owner that sends back what it receives, one receive for each readiness, and keeps what the peer does not take.</summary>
internal sealed class Echo(ILoop loop, Connection connection) : IConnectionOwner
{
    private byte[] _kept = [];
    private int _keptStart;

    /// <summary>The most bytes that were ever kept.</summary>
    public int MostKept { get; private set; }

    /// <summary>Whether the peer ended and the connection was closed.</summary>
    public TaskCompletionSource Closed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Begin()
    {
        connection.Owner = this;
        connection.Watch(Readiness.Readable);
    }

    public void OnReady(Connection ready, Readiness readiness)
    {
        if ((readiness & Readiness.Writable) != 0)
        {
            int sent = connection.Send(_kept.AsSpan(_keptStart));
            if (sent < 0)
            {
                Close();
                return;
            }

            _keptStart += sent;
            if (_keptStart == _kept.Length)
            {
                connection.Watch(Readiness.Readable);
            }

            return;
        }

        int count = connection.Receive(loop.Scratch);
        if (count == 0)
        {
            Close();
        }
        else if (count > 0)
        {
            Reply(loop.Scratch.AsSpan(0, count));
        }
    }

    private void Reply(ReadOnlySpan<byte> bytes)
    {
        int sent = connection.Send(bytes);
        if (sent < 0)
        {
            Close();
        }
        else if (sent < bytes.Length)
        {
            _kept = bytes[sent..].ToArray();
            _keptStart = 0;
            MostKept = Math.Max(MostKept, _kept.Length);
            connection.Watch(Readiness.Writable);
        }
    }

    private void Close()
    {
        connection.Close();
        Closed.TrySetResult();
    }
}
