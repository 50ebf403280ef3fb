using System.Text;
using Lockplane.Gateway.Audit;
using Lockplane.Gateway.Metrics;
using Lockplane.Gateway.Statements;
using Lockplane.Sql.Errors;
using Lockplane.Wire;
using Lockplane.Wire.Framing;
using Lockplane.Wire.Frontend;

namespace Lockplane.Gateway.Relays;

/// <summary>What is to be done with the first bytes that a client sent.</summary>
internal enum ClientAction
{
    /// <summary>Nothing can be decided before there are more bytes; keep these.</summary>
    Read,

    /// <summary>They go to the server as they are.</summary>
    Forward,

    /// <summary>They are dropped, and <see cref="ClientRelay.Replacement"/> goes to the server in their place.</summary>
    Replace,

    /// <summary>They are dropped.</summary>
    Drop,

    /// <summary>Their text was not judged before: have <see cref="ClientRelay.Unjudged"/> judged, then call <see cref="ClientRelay.Judged"/>. No bytes are consumed.</summary>
    Judge,

    /// <summary>They change the schema: ask for a plan of <see cref="ClientRelay.Change"/>, then call <see cref="ClientRelay.Refuse(string)"/>. No bytes are consumed.</summary>
    Propose,

    /// <summary>They change the schema: have <see cref="ClientRelay.Change"/> applied, then call <see cref="ClientRelay.Applied"/> or <see cref="ClientRelay.Refuse(Refusal)"/>. No bytes are consumed.</summary>
    Apply,

    /// <summary>They change the schema, and what was sent before them is not answered yet: ask again when it is. No bytes are consumed.</summary>
    AwaitServer,

    /// <summary>They are dropped, and <see cref="ClientRelay.Answer"/> goes to the client.</summary>
    Answer,
}

/// <summary>An action and how many bytes it is for.</summary>
internal readonly record struct ClientStep(ClientAction Action, int Bytes);

/// <summary>What the gate said of a statement, for the audit.</summary>
/// <param name="Text">A copy, cut; empty where there is no text.</param>
/// <param name="Bytes">The length of the whole text.</param>
internal sealed record Judgement(Refusal Refusal, ReadOnlyMemory<byte> Text, int Bytes);

/// <summary>The direction from client to server: bytes in, decisions out; knows no socket.</summary>
/// <remarks>
/// Query and Parse are held until whole and judged; everything else is forwarded by length without being gathered.
/// The permitted path allocates nothing, takes no lock and logs nothing (see README.md).
/// </remarks>
/// <param name="judge">The gate; null under profile passthrough, where nothing is held.</param>
/// <param name="refusals">Takes what is refused.</param>
/// <param name="requests">Told of what is sent.</param>
/// <param name="metrics">The loop's.</param>
/// <param name="maxStatementBytes">Longer texts are refused.</param>
/// <param name="applies">Whether schema changes are applied, as under profile migrator, where they can be; else they are planned and refused.</param>
internal sealed partial class ClientRelay(
    IStatementJudge? judge, PendingRefusals refusals, RequestsInFlight requests, LoopMetrics metrics, int maxStatementBytes, bool applies = false) : IDisposable
{
    private static readonly Verdict FunctionCall = new(VerdictKind.Refuse, new Refusal(SqlState.FeatureNotSupported, "FunctionCall is not supported through the gateway.",
        Hint: "Call the function in a SELECT; for large objects SELECT lo_open(...), loread(...), lowrite(...), lo_lseek64(...), lo_close(...), lo_unlink(...), or lo_get and lo_put."));

    private static readonly Verdict Malformed = new(VerdictKind.Refuse, ChangeRefusals.Malformed);

    private readonly ByteBuffer _replacement = new(512);
    private long _forwarding;
    private long _dropping;
    private Verdict? _held;

    /// <summary>What goes to the server after <see cref="ClientAction.Replace"/>; the driver consumes it.</summary>
    public ByteBuffer Replacement => _replacement;

    /// <summary>The text to judge, after <see cref="ClientAction.Judge"/>: a copy.</summary>
    public byte[] Unjudged { get; private set; } = [];

    /// <summary>Whether the bytes that were left are a Query or Parse that is not whole.</summary>
    public bool Gathering { get; private set; }

    /// <summary>What was refused by the last <see cref="ClientAction.Replace"/>, or observed in the last <see cref="ClientAction.Forward"/>; the driver takes it once.</summary>
    public Judgement? Judgement { get; set; }

    /// <summary>Whether the client has sent Terminate: it expects no more answers.</summary>
    public bool Terminated { get; private set; }

    /// <summary>Decides about the first of the bytes that were read and not yet consumed.</summary>
    /// <exception cref="ProtocolException">The session ends. Bytes before the violation were forwarded first.</exception>
    public ClientStep Next(ReadOnlySpan<byte> bytes)
    {
        if (_dropping > 0)
        {
            int dropped = (int)Math.Min(_dropping, bytes.Length);
            _dropping -= dropped;
            return dropped > 0 ? new ClientStep(ClientAction.Drop, dropped) : default;
        }

        int permitted = (int)Math.Min(_forwarding, bytes.Length);
        _forwarding -= permitted;
        Gathering = false;
        while (_forwarding == 0 && FrameHeader.TryRead(bytes[permitted..], out FrameHeader header))
        {
            int limit = FrontendMessage.Limit(header.Type);
            bool violates = limit == 0 || header.Length < 4 || header.Length > (uint)limit;
            if (violates && permitted > 0)
            {
                break;
            }

            Check(header, limit);
            if (judge is not null && header.Type is FrontendMessage.Query or FrontendMessage.Parse or FrontendMessage.FunctionCall)
            {
                ClientAction action = Decide(header, bytes[permitted..]);
                if (action == ClientAction.Forward)
                {
                    permitted += (int)header.FrameBytes;
                    requests.Sent(header.Type);
                    if (Judgement is null)
                    {
                        continue;
                    }

                    break;
                }

                Gathering = action == ClientAction.Read;
                if (action == ClientAction.Read || permitted > 0)
                {
                    break;
                }

                return Act(action, header, bytes);
            }

            requests.Sent(header.Type);
            Terminated |= header.Type == FrontendMessage.Terminate;
            int available = (int)Math.Min(header.FrameBytes, bytes.Length - permitted);
            _forwarding = header.FrameBytes - available;
            permitted += available;
        }

        return permitted > 0 ? new ClientStep(ClientAction.Forward, permitted) : default;
    }

    /// <summary>Gives the answer to <see cref="ClientAction.Judge"/>.</summary>
    public void Judged(Verdict verdict)
    {
        _held = verdict;
        Unjudged = [];
    }

    /// <summary>Refuses the statement whose first bytes are held: all sessions together hold too much.</summary>
    public void RefuseGathered(long most) => _held = new Verdict(VerdictKind.Refuse, new Refusal(SqlState.OutOfMemory,
        $"Too many bytes of statements are held for all sessions together: gateway.max_gathered_bytes is {most}.", Hint: "Try again, or send large values as parameters or with COPY."));

    /// <inheritdoc/>
    public void Dispose()
    {
        _replacement.Dispose();
        Answer.Dispose();
    }

    private static void Check(FrameHeader header, int limit)
    {
        if (limit == 0)
        {
            throw new ProtocolException($"invalid frontend message type {FrameHeader.Name(header.Type)}");
        }

        header.Check(limit);
    }

    /// <summary>Judges the frame at the front, once; the verdict is held until the frame is consumed.</summary>
    private ClientAction Decide(FrameHeader header, ReadOnlySpan<byte> frame)
    {
        if (_held is null)
        {
            if (header.Type == FrontendMessage.FunctionCall)
            {
                _held = FunctionCall;
            }
            else if (header.Length - 5L > maxStatementBytes)
            {
                if (frame.Length <= FrameHeader.Size)
                {
                    return ClientAction.Read;
                }

                _held = new Verdict(VerdictKind.Refuse, new Refusal(SqlState.ProgramLimitExceeded,
                    $"The statement is longer than gateway.max_statement_bytes ({maxStatementBytes})."));
            }
            else if (frame.Length < header.FrameBytes)
            {
                return ClientAction.Read;
            }
            else if (!TryReadText(header, frame, out ReadOnlySpan<byte> text))
            {
                _held = Malformed;
            }
            else if (!judge!.TryFind(text, out _held))
            {
                _held = null;
                return ClientAction.Judge;
            }
        }

        switch (_held!.Kind)
        {
            case VerdictKind.Permit:
                Permit(header, frame);
                return ClientAction.Forward;
            case VerdictKind.Ddl:
                return applies ? DecideChange(frame) : ClientAction.Propose;
            default:
                return ClientAction.Replace;
        }
    }

    private void Permit(FrameHeader header, ReadOnlySpan<byte> frame)
    {
        Refusal? observed = _held!.Refusal;
        _held = null;
        metrics.Judged(VerdictKind.Permit, observed is not null);
        if (observed is not null)
        {
            Judgement = JudgementOf(observed, header, frame);
        }
    }

    private ClientStep Act(ClientAction action, FrameHeader header, ReadOnlySpan<byte> frame)
    {
        switch (action)
        {
            case ClientAction.Replace:
                return Replace(header, frame);
            case ClientAction.Answer:
                return AnswerChange(frame);
            case ClientAction.Judge:
                Unjudged = TextOf(header, frame).ToArray();
                break;
            case ClientAction.Propose or ClientAction.Apply:
                Change = Encoding.UTF8.GetString(TextOf(header, frame));
                break;
        }

        return new ClientStep(action, 0);
    }

    private ClientStep Replace(FrameHeader header, ReadOnlySpan<byte> frame)
    {
        Refusal refusal = _held!.Refusal!;
        Judgement = JudgementOf(refusal, header, frame);
        metrics.Judged(_changes ? VerdictKind.Ddl : VerdictKind.Refuse);
        (_held, _changes) = (null, false);
        requests.Sent(header.Type);
        string text = refusals.Add(refusal);
        if (header.Type == FrontendMessage.Parse)
        {
            ParseMessage.Write(_replacement, NameOf(header, frame), text);
        }
        else
        {
            QueryMessage.Write(_replacement, text);
        }

        int available = (int)Math.Min(header.FrameBytes, frame.Length);
        _dropping = header.FrameBytes - available;
        return new ClientStep(ClientAction.Replace, available);
    }

    /// <summary>The client's name of a statement. Where the message is not whole, one that stands for it, since how much of it is there must not matter; only whether it is the unnamed one, which even a Parse that fails drops.</summary>
    private ReadOnlySpan<byte> NameOf(FrameHeader header, ReadOnlySpan<byte> frame)
    {
        if (header.Length - 5L <= maxStatementBytes && frame.Length >= header.FrameBytes && ParseMessage.TryReadName(frame[FrameHeader.Size..(int)header.FrameBytes], out ReadOnlySpan<byte> name))
        {
            return name;
        }

        return header.Length > 4 && frame.Length > FrameHeader.Size && frame[FrameHeader.Size] == 0 ? default : "lockplane_refused"u8;
    }

    // Of a text that is not whole, what is there: enough to see what was refused.
    private static Judgement JudgementOf(Refusal refusal, FrameHeader header, ReadOnlySpan<byte> frame)
    {
        ReadOnlySpan<byte> text = default;
        int bytes = 0;
        if (frame.Length >= header.FrameBytes && header.Type != FrontendMessage.FunctionCall && TryReadText(header, frame, out text))
        {
            bytes = text.Length;
        }

        return new Judgement(refusal, text[..Math.Min(text.Length, AuditEvent.MostStatementBytes)].ToArray(), bytes);
    }

    private static ReadOnlySpan<byte> TextOf(FrameHeader header, ReadOnlySpan<byte> frame) => TryReadText(header, frame, out ReadOnlySpan<byte> text) ? text : default;

    private static bool TryReadText(FrameHeader header, ReadOnlySpan<byte> frame, out ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> body = frame[FrameHeader.Size..(int)header.FrameBytes];
        return header.Type == FrontendMessage.Query ? QueryMessage.TryReadText(body, out text) : ParseMessage.TryReadText(body, out text);
    }
}
