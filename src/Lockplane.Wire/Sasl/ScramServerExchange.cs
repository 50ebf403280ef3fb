using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Lockplane.Wire.Sasl;

/// <summary>The server's part of one SCRAM-SHA-256 login, with or without channel binding.</summary>
/// <remarks>Spec: "SASL Authentication", RFC 5802. The order is <see cref="First"/>, then <see cref="TryFinish"/>; each once.</remarks>
/// <param name="verifier">The role's verifier, or <see cref="ScramVerifier.Mock"/>.</param>
/// <param name="serverNonce">Fresh and random, printable ASCII without comma.</param>
/// <param name="endPoint">The hash of our certificate where <see cref="ScramKeys.MechanismPlus"/> was offered; otherwise empty.</param>
/// <param name="plus">Whether the client selected <see cref="ScramKeys.MechanismPlus"/>.</param>
public sealed class ScramServerExchange(ScramVerifier verifier, string serverNonce, ReadOnlyMemory<byte> endPoint = default, bool plus = false)
{
    private string _gs2Header = "";
    private string _clientFirstBare = "";
    private string _serverFirst = "";
    private string _nonce = "";

    /// <summary>After <see cref="TryFinish"/> held: the keys that the proof gave away, good for a login at a server that has the same verifier. Never logged, kept for the session only.</summary>
    public ScramKeys? Keys { get; private set; }

    /// <summary>Takes the client's first message, gives the challenge.</summary>
    /// <exception cref="ProtocolException">08P01 malformed or a downgrade; 0A000 for another identity or an extension.</exception>
    public string First(ReadOnlySpan<byte> clientFirst)
    {
        string text = ScramAttributes.Text(clientFirst);
        string flag = Flag(text);
        int at = flag.Length + 1;
        if (at < text.Length && text[at] == 'a')
        {
            throw new ProtocolException(SqlState.FeatureNotSupported, "the client asks for another authorization identity, which is not supported");
        }

        if (at >= text.Length || text[at] != ',')
        {
            throw ScramAttributes.Malformed();
        }

        _gs2Header = text[..(at + 1)];
        _clientFirstBare = text[(at + 1)..];
        string rest = _clientFirstBare;
        if (rest.StartsWith("m=", StringComparison.Ordinal))
        {
            throw new ProtocolException(SqlState.FeatureNotSupported, "the client requires a SCRAM extension, which is not supported");
        }

        _ = ScramAttributes.Take(ref rest, 'n');
        string clientNonce = ScramAttributes.Take(ref rest, 'r');
        ScramAttributes.CheckNonce(clientNonce);
        _nonce = clientNonce + serverNonce;
        _serverFirst = string.Create(CultureInfo.InvariantCulture, $"r={_nonce},s={Convert.ToBase64String(verifier.Salt)},i={verifier.Iterations}");
        return _serverFirst;
    }

    /// <summary>Takes the client's proof; true with the server's signature when it fits.</summary>
    /// <exception cref="ProtocolException">08P01: malformed, or not an answer to the challenge; 28000: bound to another channel.</exception>
    public bool TryFinish(ReadOnlySpan<byte> clientFinal, out string serverFinal)
    {
        string text = ScramAttributes.Text(clientFinal);
        string rest = text;
        string binding = ScramAttributes.Take(ref rest, 'c');
        string nonce = ScramAttributes.Take(ref rest, 'r');
        int proofAt = text.LastIndexOf(",p=", StringComparison.Ordinal);
        if (_nonce.Length == 0 || proofAt < 0 || !string.Equals(nonce, _nonce, StringComparison.Ordinal)
            || !ScramVerifier.TryBase64(text[(proofAt + 3)..], out byte[] proof) || proof.Length != 32)
        {
            throw ScramAttributes.Malformed();
        }

        CheckBinding(binding);
        byte[] authMessage = Encoding.Latin1.GetBytes($"{_clientFirstBare},{_serverFirst},{text[..proofAt]}");
        byte[] clientKey = HMACSHA256.HashData(verifier.StoredKey, authMessage);
        for (int i = 0; i < clientKey.Length; i++)
        {
            clientKey[i] ^= proof[i];
        }

        bool fits = CryptographicOperations.FixedTimeEquals(SHA256.HashData(clientKey), verifier.StoredKey);
        serverFinal = fits ? "v=" + Convert.ToBase64String(HMACSHA256.HashData(verifier.ServerKey, authMessage)) : "";
        Keys = fits ? new ScramKeys(clientKey, verifier.ServerKey) : null;
        return fits;
    }

    // "y" says: I could bind, but you did not offer it. Where it was offered, somebody in between took the offer away.
    private string Flag(string text)
    {
        const string Bound = "p=" + ScramAttributes.EndPointBinding;
        if (text.StartsWith("p=", StringComparison.Ordinal))
        {
            if (!plus)
            {
                throw new ProtocolException("the client asks for channel binding, which it did not select");
            }

            return text.StartsWith(Bound + ",", StringComparison.Ordinal) ? Bound
                : throw new ProtocolException($"the client asks for a channel binding other than {ScramAttributes.EndPointBinding}");
        }

        if (text.Length < 2 || text[0] is not ('n' or 'y') || text[1] != ',' || plus)
        {
            throw ScramAttributes.Malformed();
        }

        return text[0] == 'y' && !endPoint.IsEmpty
            ? throw new ProtocolException("the client was told that SCRAM-SHA-256-PLUS is not offered, but it is: the connection may be tampered with")
            : text[..1];
    }

    private void CheckBinding(string binding)
    {
        byte[] header = Encoding.ASCII.GetBytes(_gs2Header);
        byte[] expected = plus ? [.. header, .. endPoint.Span] : header;
        if (!ScramVerifier.TryBase64(binding, out byte[] given))
        {
            throw ScramAttributes.Malformed();
        }

        if (!CryptographicOperations.FixedTimeEquals(given, expected))
        {
            throw plus
                ? new ProtocolException(SqlState.InvalidAuthorization, "SCRAM channel binding check failed: the client sees another certificate than the gateway's")
                : ScramAttributes.Malformed();
        }
    }
}
