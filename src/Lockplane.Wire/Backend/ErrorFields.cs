using System.Globalization;
using System.Text;
using Lockplane.Wire.Framing;

namespace Lockplane.Wire.Backend;

/// <summary>The fields of an ErrorResponse that Lockplane writes.</summary>
/// <param name="SqlState">Five characters.</param>
/// <param name="Message">One sentence.</param>
/// <param name="Fatal">Whether the session ends with it.</param>
/// <param name="Position">1-based character position in the statement; 0 for none.</param>
/// <remarks>Spec: "Error and Notice Message Fields".</remarks>
public sealed record ErrorFields(string SqlState, string Message, string? Detail = null, string? Hint = null, bool Fatal = false, int Position = 0)
{
    /// <summary>The error that a violation ends a session with.</summary>
    public static ErrorFields FatalOf(ProtocolException violation) =>
        new(violation.SqlState, violation.Message, violation.Detail, violation.Hint, Fatal: true);

    /// <summary>Writes the ErrorResponse.</summary>
    public void Write(ByteBuffer buffer) => Write(buffer, BackendMessage.ErrorResponse, Fatal ? "FATAL" : "ERROR");

    /// <summary>Writes the same as a NoticeResponse: a warning where the code is one of class 01, else a notice.</summary>
    public void WriteNotice(ByteBuffer buffer) => Write(buffer, BackendMessage.NoticeResponse, SqlState.StartsWith("01", StringComparison.Ordinal) ? "WARNING" : "NOTICE");

    /// <summary>The raw value of one field of an ErrorResponse's body; empty when it has none. Never throws: servers are not trusted to be well-formed.</summary>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> body, char field)
    {
        FieldReader fields = new(body);
        while (!fields.AtEnd)
        {
            byte type = fields.ReadByte();
            if (type == 0 || !fields.TryReadCString(out ReadOnlySpan<byte> value))
            {
                break;
            }

            if (type == field)
            {
                return value;
            }
        }

        return default;
    }

    private void Write(ByteBuffer buffer, byte type, string severity)
    {
        FrameWriter frame = FrameWriter.Begin(buffer, type);
        Field(frame, 'S', severity);
        Field(frame, 'V', severity);
        Field(frame, 'C', SqlState);
        Field(frame, 'M', Message);
        Field(frame, 'D', Detail);
        Field(frame, 'H', Hint);
        Field(frame, 'P', Position > 0 ? Position.ToString(CultureInfo.InvariantCulture) : null);
        frame.WriteByte(0);
        frame.End();
    }

    private static void Field(FrameWriter frame, char type, string? value)
    {
        if (value is not null)
        {
            frame.WriteByte((byte)type);
            frame.WriteCString(value.Replace('\0', ' '));
        }
    }
}
