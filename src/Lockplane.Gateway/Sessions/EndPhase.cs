using Lockplane.Gateway.Loops;
using Lockplane.Wire.Framing;

namespace Lockplane.Gateway.Sessions;

/// <summary>The last bytes to a client: what is left, then nothing. A client that does not read goes without after a while.</summary>
internal sealed class EndPhase(ILoop loop, Connection client, ByteBuffer rest, Action gone) : IConnectionOwner, ITimed
{
    /// <summary>For last words, in milliseconds.</summary>
    public const long WordsPatience = 1_000;

    /// <summary>For the rest of an answer, in milliseconds since the client last took some of it.</summary>
    public const long AnswerPatience = 10_000;

    /// <summary>For the rest of an answer in all, in milliseconds: who takes a byte now and then would have it for days.</summary>
    public const long AnswerTime = 60_000;

    private long _deadline;
    private long _latest;
    private bool _finished;
    private bool _over;

    /// <summary>Begins.</summary>
    public void Begin(bool answer)
    {
        client.Owner = this;
        _deadline = loop.Now + (answer ? AnswerPatience : WordsPatience);
        _latest = loop.Now + AnswerTime;
        loop.Remind(this, _deadline);
        Flush();
    }

    /// <summary>Ends at once.</summary>
    public void Abort() => End();

    /// <inheritdoc/>
    public void OnReady(Connection connection, Readiness readiness)
    {
        if (_over)
        {
            return;
        }

        if (!_finished)
        {
            Flush();
        }
        else if (client.Receive(loop.Scratch) == 0)
        {
            End();
        }
    }

    /// <inheritdoc/>
    public void OnFault(Connection connection, Exception fault) => End();

    /// <inheritdoc/>
    public void OnTime(long now)
    {
        if (_over)
        {
            return;
        }

        if (now >= _deadline)
        {
            End();
        }
        else
        {
            loop.Remind(this, _deadline);
        }
    }

    private void Flush()
    {
        int count = rest.Count == 0 ? 0 : client.Send(rest.Unread);
        if (count == Connection.Lost)
        {
            End();
            return;
        }

        if (count > 0 && _deadline > loop.Now + WordsPatience)
        {
            _deadline = Math.Min(loop.Now + AnswerPatience, _latest);
        }

        rest.Consume(count);
        if (rest.Count > 0)
        {
            client.Watch(Readiness.Writable);
            return;
        }

        // Closed with bytes unread, the system would reset the connection, and the client could lose what was just sent.
        _finished = true;
        _deadline = Math.Min(_deadline, loop.Now + WordsPatience);
        loop.Remind(this, _deadline);
        client.FinishSending();
        client.Watch(Readiness.Readable);
    }

    private void End()
    {
        if (_over)
        {
            return;
        }

        _over = true;
        client.Close();
        rest.Dispose();
        gone();
    }
}
