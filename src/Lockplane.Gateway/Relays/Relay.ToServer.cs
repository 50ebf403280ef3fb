using System.Diagnostics;
using Lockplane.Gateway.Loops;
using Lockplane.Gateway.Sessions;
using Lockplane.Gateway.Statements;
using Lockplane.Wire;
using Lockplane.Wire.Backend;
using Lockplane.Wire.Framing;

namespace Lockplane.Gateway.Relays;

/// <summary>From the client to the server.</summary>
internal sealed partial class Relay
{
    private void ReadClient()
    {
        long began = Stopwatch.GetTimestamp();
        bool ran = requests.Running;
        for (int reads = 0; reads < MostReads && ReadsClient; reads++)
        {
            byte[] scratch = loop.Scratch;
            int count = client.Receive(scratch);
            if (count <= 0)
            {
                if (count == 0)
                {
                    _clientEnd = SessionEnd.ByClient;
                }

                break;
            }

            _metrics.ReceivedFromClient(count);
            LastReceived = loop.Now;
            TakeFromClient(scratch.AsSpan(0, count));
            if (count < scratch.Length)
            {
                break;
            }
        }

        if (!ran)
        {
            RunningSince = loop.Now;
        }

        _clock.ClientTurn(began);
    }

    private void TakeFromClient(ReadOnlySpan<byte> bytes)
    {
        if (_fromClient.Count > 0)
        {
            _fromClient.Write(bytes);
            DecideHeld();
            return;
        }

        int taken = Decide(bytes);
        if (taken < bytes.Length)
        {
            _fromClient.Write(bytes[taken..]);
        }

        CountGathered();
    }

    private void DecideHeld()
    {
        _fromClient.Consume(Decide(_fromClient.Unread));
        CountGathered();
    }

    /// <summary>Sends on what may go, and gives how many bytes are dealt with.</summary>
    private int Decide(ReadOnlySpan<byte> bytes)
    {
        int taken = 0;
        try
        {
            while (!_waiting && !_awaitingServer && !_holding && !_over && _toServer.Count < MostUnsent)
            {
                ClientStep step = toServer.Next(bytes[taken..]);
                switch (step.Action)
                {
                    case ClientAction.Forward:
                        SendToServer(bytes.Slice(taken, step.Bytes));
                        break;
                    case ClientAction.Replace:
                        SendToServer(toServer.Replacement.Unread);
                        toServer.Replacement.Consume(toServer.Replacement.Count);
                        break;
                    case ClientAction.Drop:
                        break;
                    case ClientAction.Judge:
                        _waiting = true;
                        owner.Judge(toServer.Unjudged);
                        return taken;
                    case ClientAction.Propose:
                        _waiting = true;
                        owner.Propose(toServer.Change);
                        return taken;
                    case ClientAction.Apply:
                        _waiting = Applying = true;
                        RunningSince = loop.Now;
                        owner.Apply(toServer.Change);
                        return taken;
                    case ClientAction.AwaitServer:
                        _awaitingServer = true;
                        return taken;
                    case ClientAction.Answer:
                        SendToClient(toServer.Answer.Unread);
                        toServer.Answer.Consume(toServer.Answer.Count);
                        RunningSince = loop.Now;
                        break;
                    default:
                        return taken;
                }

                taken += step.Bytes;
                if (toServer.Judgement is { } judgement)
                {
                    toServer.Judgement = null;
                    owner.Told(judgement, refused: step.Action == ClientAction.Replace);
                }
            }

            return taken;
        }
        catch (ProtocolException violation)
        {
            // The server finishes what it was sent before, as if the client had sent no more; its answers still go out.
            _clientEnd = new SessionEnd(EndedBy.ClientViolation, ErrorFields.FatalOf(violation));
            return bytes.Length;
        }
    }

    private void CountGathered()
    {
        int held = toServer.Gathering || _waiting || _awaitingServer ? _fromClient.Count : 0;
        if (held < _counted)
        {
            gathered.Release(_counted - held);
            _counted = held;
        }
        else if (held > _counted)
        {
            if (gathered.TryHold(held - _counted))
            {
                _counted = held;
            }
            else if (toServer.Gathering && held > FrameHeader.Size)
            {
                toServer.RefuseGathered(gathered.Most);
                DecideHeld();
            }
        }
    }

    private void GoOn()
    {
        if (_over)
        {
            return;
        }

        _waiting = _canceled = Applying = false;
        Resume();
    }

    private void TellOutcome()
    {
        (Refusal? refusal, AppliedChange? applied) = (_outcome!.Refusal, _outcome.Applied);
        _outcome = null;
        if (applied is not null)
        {
            toServer.Applied(applied);
        }
        else
        {
            toServer.Refuse(refusal!);
        }

        GoOn();
    }

    // What the server said may be what a schema change waits for.
    private void GoOnAfterServer()
    {
        if (_outcome is not null && AtFrameBoundary)
        {
            TellOutcome();
        }
        else if (_awaitingServer && (!requests.Running || requests.Unfinished) && !_over)
        {
            _awaitingServer = false;
            Resume();
        }
    }

    private void Resume()
    {
        long began = Stopwatch.GetTimestamp();
        if (_fromClient.Count > 0)
        {
            DecideHeld();
        }

        _clock.ClientTurn(began);
        Settle();
    }

    private void SendToServer(ReadOnlySpan<byte> bytes)
    {
        if (_toServer.Count == 0 && !_serverDeaf)
        {
            bytes = bytes[Sent(server.Send(bytes))..];
        }

        if (!bytes.IsEmpty && !_serverDeaf)
        {
            _toServer.Write(bytes);
        }
    }

    private void FlushToServer()
    {
        if (_toServer.Count > 0)
        {
            _toServer.Consume(Sent(server.Send(_toServer.Unread)));
        }

        if (_serverDeaf)
        {
            _toServer.Consume(_toServer.Count);
        }

        if (_toServer.Count == 0 && _fromClient.Count > 0)
        {
            DecideHeld();
        }
    }

    // A server that takes nothing more may still have said why: it is read to its end.
    private int Sent(int count)
    {
        if (count == Connection.Lost)
        {
            _serverDeaf = true;
            return 0;
        }

        _metrics.SentToServer(count);
        return count;
    }
}
