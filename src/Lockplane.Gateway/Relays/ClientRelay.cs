using System.Text;
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

    /// <summary>They change the schema: ask for a plan of <see cref="ClientRelay.Proposed"/>, then call <see cref="ClientRelay.Refuse"/>. No bytes are consumed.</summary>
    Propose,
}

/// <summary>An action and how many bytes it is for.</summary>
internal readonly record struct ClientStep(ClientAction Action, int Bytes);

/// <summary>The direction from client to server: bytes in, decisions out; knows no socket.</summary>
/// <remarks>
/// Query and Parse are held until whole and judged; everything else is forwarded by length without being gathered.
/// The permitted path allocates nothing, takes no lock and logs nothing (see README.md).
/// </remarks>
internal sealed class ClientRelay(JudgeStatement judge, PendingRefusals refusals, int maxStatementBytes) : IDisposable
{
    // The name does not matter: a Parse that fails stores nothing. But a Parse of the unnamed statement drops the one before, even if it fails.
    private const string RefusedName = "lockplane_refused";

    private static readonly Refusal FunctionCallRefusal = new(SqlState.FeatureNotSupported, "FunctionCall is not supported through the gateway.",
        Hint: "Call the function in a SELECT.");

    private static readonly Refusal SchemaChangeRefusal = new(ErrorCodes.DdlRefused.Code, "Schema changes are not run through the gateway.");

    private static readonly Refusal MalformedRefusal = new(SqlState.ProtocolViolation, "The message is malformed: a text holds a NUL, is not terminated, or the fields do not fill the message.");

    private readonly ByteBuffer _replacement = new(512);
    private long _forwarding;
    private long _dropping;
    private Verdict? _held;

    /// <summary>What goes to the server after <see cref="ClientAction.Replace"/>; the driver consumes it.</summary>
    public ByteBuffer Replacement => _replacement;

    /// <summary>The statement to make a plan for, after <see cref="ClientAction.Propose"/>.</summary>
    public string Proposed { get; private set; } = "";

    /// <summary>The refusal that was decided last, for the log.</summary>
    public Refusal? LastRefusal { get; private set; }

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
        while (_forwarding == 0 && FrameHeader.TryRead(bytes[permitted..], out FrameHeader header))
        {
            int limit = FrontendMessage.Limit(header.Type);
            bool violates = limit == 0 || header.Length < 4 || header.Length > (uint)limit;
            if (violates && permitted > 0)
            {
                break;
            }

            Check(header, limit);
            if (header.Type is FrontendMessage.Query or FrontendMessage.Parse or FrontendMessage.FunctionCall)
            {
                ClientAction action = Decide(header, bytes[permitted..]);
                if (action == ClientAction.Forward)
                {
                    permitted += (int)header.FrameBytes;
                    continue;
                }

                if (action == ClientAction.Read || permitted > 0)
                {
                    break;
                }

                return action == ClientAction.Propose ? Propose(header, bytes) : Replace(header, bytes);
            }

            Terminated |= header.Type == FrontendMessage.Terminate;
            int available = (int)Math.Min(header.FrameBytes, bytes.Length - permitted);
            _forwarding = header.FrameBytes - available;
            permitted += available;
        }

        return permitted > 0 ? new ClientStep(ClientAction.Forward, permitted) : default;
    }

    /// <summary>Gives the answer to <see cref="ClientAction.Propose"/>: the next step refuses the statement with this hint.</summary>
    public void Refuse(string hint)
    {
        _held = new Verdict(VerdictKind.Refuse, (_held?.Refusal ?? SchemaChangeRefusal) with { Hint = hint });
        Proposed = "";
    }

    /// <inheritdoc/>
    public void Dispose() => _replacement.Dispose();

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
                _held = new Verdict(VerdictKind.Refuse, FunctionCallRefusal);
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
                _held = new Verdict(VerdictKind.Refuse, MalformedRefusal);
            }
            else
            {
                Verdict verdict = judge(text);
                if (verdict.Kind == VerdictKind.Permit)
                {
                    return ClientAction.Forward;
                }

                _held = verdict;
            }
        }

        return _held.Kind == VerdictKind.Ddl ? ClientAction.Propose : ClientAction.Replace;
    }

    private ClientStep Propose(FrameHeader header, ReadOnlySpan<byte> frame)
    {
        _ = TryReadText(header, frame, out ReadOnlySpan<byte> text);
        Proposed = Encoding.UTF8.GetString(text);
        return new ClientStep(ClientAction.Propose, 0);
    }

    private ClientStep Replace(FrameHeader header, ReadOnlySpan<byte> frame)
    {
        LastRefusal = _held!.Refusal!;
        _held = null;
        string text = refusals.Add(LastRefusal);
        if (header.Type == FrontendMessage.Parse)
        {
            bool unnamed = frame.Length > FrameHeader.Size && frame[FrameHeader.Size] == 0;
            ParseMessage.Write(_replacement, unnamed ? "" : RefusedName, text);
        }
        else
        {
            QueryMessage.Write(_replacement, text);
        }

        int available = (int)Math.Min(header.FrameBytes, frame.Length);
        _dropping = header.FrameBytes - available;
        return new ClientStep(ClientAction.Replace, available);
    }

    private static bool TryReadText(FrameHeader header, ReadOnlySpan<byte> frame, out ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> body = frame[FrameHeader.Size..(int)header.FrameBytes];
        return header.Type == FrontendMessage.Query ? QueryMessage.TryReadText(body, out text) : ParseMessage.TryReadText(body, out text);
    }
}
