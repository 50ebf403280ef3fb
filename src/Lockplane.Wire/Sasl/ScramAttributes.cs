using System.Text;

namespace Lockplane.Wire.Sasl;

/// <summary>The attributes of a SCRAM message: <c>r=...,s=...,i=...</c>.</summary>
internal static class ScramAttributes
{
    /// <summary>The one channel binding that Postgres has (RFC 5929): the hash of the server's certificate.</summary>
    public const string EndPointBinding = "tls-server-end-point";

    /// <summary>A message as text. SCRAM messages are printable ASCII but for names, which Postgres ignores.</summary>
    /// <exception cref="ProtocolException">08P01.</exception>
    public static string Text(ReadOnlySpan<byte> message)
    {
        if (message.Length > ProtocolLimits.AuthenticationMessage || message.Contains((byte)0))
        {
            throw Malformed();
        }

        return Encoding.Latin1.GetString(message);
    }

    /// <summary>Takes the next attribute, which must be <paramref name="name"/>.</summary>
    /// <exception cref="ProtocolException">08P01.</exception>
    public static string Take(ref string rest, char name)
    {
        if (rest.Length < 2 || rest[0] != name || rest[1] != '=')
        {
            throw Malformed();
        }

        int comma = rest.IndexOf(',', StringComparison.Ordinal);
        string value = comma < 0 ? rest[2..] : rest[2..comma];
        rest = comma < 0 ? "" : rest[(comma + 1)..];
        return value;
    }

    /// <summary>Demands a nonce of printable ASCII without comma.</summary>
    /// <exception cref="ProtocolException">08P01.</exception>
    public static void CheckNonce(string nonce)
    {
        if (nonce.Length is 0 or > 1_024 || nonce.AsSpan().ContainsAnyExceptInRange('!', '~') || nonce.Contains(',', StringComparison.Ordinal))
        {
            throw Malformed();
        }
    }

    public static ProtocolException Malformed() => new("malformed SCRAM message");
}
