using Lockplane.Gateway.Statements;
using Lockplane.Wire.Backend;
using Lockplane.Wire.Framing;
using Lockplane.Wire.Frontend;

namespace Lockplane.Gateway.Relays;

/// <summary>The messages that run one schema change and nothing else: a Query, or Parse, Bind and Execute up to their Sync, with Describes between them. Never sent to the server; answered by us.</summary>
/// <param name="Length">Their bytes; 0 when they are not whole yet.</param>
/// <param name="Refusal">Why they are something else; null when they are not.</param>
/// <remarks>A Parse under a name is run all the same, but the name does not come to exist: a later Bind of it gets Postgres's 26000.</remarks>
internal readonly record struct ChangeUnit(int Length, Refusal? Refusal)
{
    /// <summary>How much may follow the Parse: names and formats, no values.</summary>
    public const int MostBytes = 4 * 1024;

    /// <summary>Reads on from a Query or Parse, which is whole.</summary>
    public static ChangeUnit Read(ReadOnlySpan<byte> bytes)
    {
        FrameHeader.TryRead(bytes, out FrameHeader first);
        int at = (int)first.FrameBytes;
        if (first.Type == FrontendMessage.Query)
        {
            return new ChangeUnit(at, null);
        }

        FieldReader parse = new(bytes[FrameHeader.Size..at]);
        ChangeNames names = new() { Statement = parse.ReadCString() };
        _ = parse.ReadCString();
        if (parse.ReadInt16() != 0)
        {
            return new ChangeUnit(0, ChangeRefusals.WithParameters);
        }

        int end = at + MostBytes;
        while (FrameHeader.TryRead(bytes[at..], out FrameHeader header))
        {
            if (header.Type == FrontendMessage.Sync)
            {
                return names.Executed ? new ChangeUnit(at + (int)header.FrameBytes, header.Length == 4 ? null : ChangeRefusals.Malformed) : new ChangeUnit(0, ChangeRefusals.OnlyPrepared);
            }

            if (header.Type is not (FrontendMessage.Bind or FrontendMessage.Describe or FrontendMessage.Execute))
            {
                return new ChangeUnit(0, header.Type == FrontendMessage.Flush && !names.Executed ? ChangeRefusals.OnlyPrepared : ChangeRefusals.InPipeline);
            }

            if (at + header.FrameBytes > end || header.Length < 4)
            {
                return new ChangeUnit(0, header.Length < 4 ? ChangeRefusals.Malformed : ChangeRefusals.TooLong);
            }

            if (bytes.Length - at < header.FrameBytes)
            {
                break;
            }

            if (names.Check(header.Type, bytes.Slice(at + FrameHeader.Size, (int)header.Length - 4)) is { } refusal)
            {
                return new ChangeUnit(0, refusal);
            }

            at += (int)header.FrameBytes;
        }

        return default;
    }

    /// <summary>Writes what Postgres would answer to each of the messages.</summary>
    /// <param name="answer">Takes the messages.</param>
    /// <param name="unit">As <see cref="Read"/> measured it.</param>
    /// <param name="tag">Of the CommandComplete.</param>
    /// <param name="notice">Goes before it; null for none.</param>
    public static void Answer(ByteBuffer answer, ReadOnlySpan<byte> unit, string tag, ErrorFields? notice)
    {
        for (int at = 0; FrameHeader.TryRead(unit[at..], out FrameHeader header); at += (int)header.FrameBytes)
        {
            switch (header.Type)
            {
                case FrontendMessage.Parse:
                    Write(answer, BackendMessage.ParseComplete, []);
                    break;
                case FrontendMessage.Bind:
                    Write(answer, BackendMessage.BindComplete, []);
                    break;
                case FrontendMessage.Describe:
                    if (unit[at + FrameHeader.Size] == (byte)'S')
                    {
                        Write(answer, BackendMessage.ParameterDescription, [0, 0]);
                    }

                    Write(answer, BackendMessage.NoData, []);
                    break;
                case FrontendMessage.Execute or FrontendMessage.Query:
                    notice?.WriteNotice(answer);
                    FrameWriter complete = FrameWriter.Begin(answer, BackendMessage.CommandComplete);
                    complete.WriteCString(tag);
                    complete.End();
                    break;
            }
        }

        Write(answer, BackendMessage.ReadyForQuery, "I"u8);
    }

    private static void Write(ByteBuffer answer, byte type, ReadOnlySpan<byte> body)
    {
        FrameWriter frame = FrameWriter.Begin(answer, type);
        frame.WriteBytes(body);
        frame.End();
    }
}
