using System.Buffers;
using System.Text;

namespace Lockplane.Wire.Sasl;

/// <summary>The client's messages of OAUTHBEARER.</summary>
/// <remarks>Spec: RFC 7628, "OAuth Authorization/Authentication" of Postgres 18. Shape: <c>n,,^Aauth=Bearer TOKEN^A^A</c>; host and port may stand beside auth.</remarks>
public static class OAuthBearerMessage
{
    /// <summary>The mechanism's name.</summary>
    public const string Mechanism = "OAUTHBEARER";

    private const char Separator = '\u0001';
    private const string Scheme = "bearer ";

    // RFC 6750's b64token, less its padding.
    private static readonly SearchValues<char> TokenCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/");

    /// <summary>The token; empty where the client asks how to get one.</summary>
    /// <exception cref="ProtocolException">08P01 malformed; 0A000 for another authorization identity.</exception>
    public static string ReadToken(ReadOnlySpan<byte> message)
    {
        string text = message.Length > ProtocolLimits.AuthenticationMessage || message.Contains((byte)0) ? throw Malformed() : Encoding.Latin1.GetString(message);
        if (text.StartsWith('p'))
        {
            throw new ProtocolException("the client asks for channel binding, which OAUTHBEARER does not have");
        }

        if (text.Length < 4 || text[0] is not ('n' or 'y') || text[1] != ',')
        {
            throw Malformed();
        }

        if (text[2] == 'a')
        {
            throw new ProtocolException(SqlState.FeatureNotSupported, "the client asks for another authorization identity, which is not supported");
        }

        if (text[2] != ',' || text[3] != Separator)
        {
            throw Malformed();
        }

        return ReadPairs(text[4..]);
    }

    /// <summary>Demands the one byte by which a client acknowledges that its token was refused.</summary>
    /// <exception cref="ProtocolException">08P01.</exception>
    public static void CheckAcknowledgement(ReadOnlySpan<byte> message)
    {
        if (!message.SequenceEqual([(byte)Separator]))
        {
            throw Malformed();
        }
    }

    /// <summary>Writes the message of a client that has a token; for tests and tools.</summary>
    public static string WriteToken(string token) => $"n,,{Separator}auth=Bearer {token}{Separator}{Separator}";

    private static string ReadPairs(string rest)
    {
        string? authorization = null;
        while (true)
        {
            int end = rest.IndexOf(Separator, StringComparison.Ordinal);
            if (end < 0)
            {
                throw Malformed();
            }

            if (end == 0)
            {
                // The list ends with an empty pair, and the message with it.
                return rest.Length == 1 && authorization is not null ? ReadAuthorization(authorization) : throw Malformed();
            }

            string pair = rest[..end];
            rest = rest[(end + 1)..];
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || !pair.AsSpan(0, equals).ContainsOnlyLetters() || pair.AsSpan(equals).ContainsAnyExceptInRange('\t', '~'))
            {
                throw Malformed();
            }

            if (pair.StartsWith("auth=", StringComparison.Ordinal))
            {
                authorization = authorization is null ? pair[5..] : throw Malformed();
            }
        }
    }

    private static string ReadAuthorization(string authorization)
    {
        if (authorization.Length == 0)
        {
            return "";
        }

        if (!authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            throw Malformed();
        }

        string token = authorization[Scheme.Length..].TrimStart(' ');
        ReadOnlySpan<char> unpadded = token.AsSpan().TrimEnd('=');
        return unpadded.IsEmpty || unpadded.ContainsAnyExcept(TokenCharacters) ? throw Malformed() : token;
    }

    private static bool ContainsOnlyLetters(this ReadOnlySpan<char> name)
    {
        foreach (char c in name)
        {
            if (!char.IsAsciiLetter(c))
            {
                return false;
            }
        }

        return true;
    }

    private static ProtocolException Malformed() => new("malformed OAUTHBEARER message");
}
