using System.Diagnostics;
using Lockplane.Gateway.Loops;
using Lockplane.Gateway.Sessions;
using Lockplane.Wire;
using Lockplane.Wire.Backend;

namespace Lockplane.Gateway.Relays;

/// <summary>From the server to the client.</summary>
internal sealed partial class Relay
{
    private void ReadServer()
    {
        long arrived = Stopwatch.GetTimestamp();
        int answers = toClient.Answers;
        for (int reads = 0; reads < MostReads && ReadsServer; reads++)
        {
            byte[] scratch = loop.Scratch;
            int count = server.Receive(scratch);
            if (count <= 0)
            {
                _serverEnded = count == 0;
                break;
            }

            _metrics.ReceivedFromServer(count);
            LastReceived = loop.Now;
            TakeFromServer(scratch.AsSpan(0, count));
            if (count < scratch.Length)
            {
                break;
            }
        }

        if (toClient.Answers != answers)
        {
            RunningSince = loop.Now;
            _clock.Answered(arrived, _metrics);
        }
    }

    private void TakeFromServer(ReadOnlySpan<byte> bytes)
    {
        if (_fromServer.Count > 0)
        {
            _fromServer.Write(bytes);
            _fromServer.Consume(DecideAnswer(_fromServer.Unread));
            return;
        }

        int taken = DecideAnswer(bytes);
        if (taken < bytes.Length)
        {
            _fromServer.Write(bytes[taken..]);
        }
    }

    private int DecideAnswer(ReadOnlySpan<byte> bytes)
    {
        int taken = 0;
        try
        {
            while (!_over)
            {
                ServerStep step = toClient.Next(bytes[taken..]);
                switch (step.Action)
                {
                    case ServerAction.Forward:
                        SendToClient(bytes.Slice(taken, step.Bytes));
                        break;
                    case ServerAction.Replace:
                        SendToClient(toClient.Replacement.Unread);
                        toClient.Replacement.Consume(toClient.Replacement.Count);
                        break;
                    default:
                        return taken;
                }

                taken += step.Bytes;
            }
        }
        catch (ProtocolException violation)
        {
            Finish(new SessionEnd(EndedBy.ServerViolation, ErrorFields.FatalOf(violation)));
        }

        return bytes.Length;
    }

    private void SendToClient(ReadOnlySpan<byte> bytes)
    {
        if (_toClient.Count == 0)
        {
            int count = client.Send(bytes);
            if (count == Connection.Lost)
            {
                Finish(SessionEnd.ByClient);
                return;
            }

            _metrics.SentToClient(count);
            bytes = bytes[count..];
        }

        if (!bytes.IsEmpty)
        {
            _toClient.Write(bytes);
        }
    }

    private void FlushToClient()
    {
        if (_toClient.Count == 0)
        {
            return;
        }

        int count = client.Send(_toClient.Unread);
        if (count == Connection.Lost)
        {
            Finish(SessionEnd.ByClient);
            return;
        }

        _metrics.SentToClient(count);
        _toClient.Consume(count);
    }
}
