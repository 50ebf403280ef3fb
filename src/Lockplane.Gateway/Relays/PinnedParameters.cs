using Lockplane.Wire;
using Lockplane.Wire.Framing;

namespace Lockplane.Gateway.Relays;

/// <summary>Settings that decide how Postgres reads a text. The gate reads it with these values, so another value ends the session.</summary>
/// <remarks>Under another client encoding, or without standard_conforming_strings, a backslash can end or hide a string that the gate saw otherwise.</remarks>
internal static class PinnedParameters
{
    /// <summary>Checks a ParameterStatus's body. Shape: String name, String value. Allocates nothing.</summary>
    /// <exception cref="ProtocolException">08P01 malformed; 42501 another value.</exception>
    public static void Check(ReadOnlySpan<byte> body)
    {
        FieldReader fields = new(body);
        ReadOnlySpan<byte> name = fields.ReadCString();
        ReadOnlySpan<byte> value = fields.ReadCString();
        if (name.SequenceEqual("client_encoding"u8) || name.SequenceEqual("server_encoding"u8))
        {
            Demand(name, value, "UTF8"u8);
        }
        else if (name.SequenceEqual("standard_conforming_strings"u8))
        {
            Demand(name, value, "on"u8);
        }
    }

    private static void Demand(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, ReadOnlySpan<byte> demanded)
    {
        if (!value.SequenceEqual(demanded))
        {
            string setting = FieldReader.Decode(name);
            throw new ProtocolException(SqlState.InsufficientPrivilege, $"{setting} is not {FieldReader.Decode(demanded)}; the session ends.",
                hint: "The gateway reads statements as Postgres does under this value only.");
        }
    }
}
