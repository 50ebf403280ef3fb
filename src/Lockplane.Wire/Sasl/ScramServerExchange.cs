using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Lockplane.Wire.Sasl;

/// <summary>The server's part of one SCRAM-SHA-256 login, without channel binding.</summary>
/// <remarks>Spec: "SASL Authentication". The order is <see cref="First"/>, then <see cref="TryFinish"/>; each once.</remarks>
/// <param name="verifier">The role's verifier, or <see cref="ScramVerifier.Mock"/>.</param>
/// <param name="serverNonce">Fresh and random, printable ASCII without comma.</param>
public sealed class ScramServerExchange(ScramVerifier verifier, string serverNonce)
{
    private string _gs2Header = "";
    private string _clientFirstBare = "";
    private string _serverFirst = "";
    private string _nonce = "";

    /// <summary>Takes the client's first message, gives the challenge.</summary>
    /// <exception cref="ProtocolException">08P01 malformed; 0A000 for channel binding, another identity or an extension.</exception>
    public string First(ReadOnlySpan<byte> clientFirst)
    {
        string text = ScramAttributes.Text(clientFirst);
        if (text.StartsWith("p=", StringComparison.Ordinal))
        {
            throw new ProtocolException("the client asks for channel binding, which was not offered");
        }

        if (text.Length < 3 || text[0] is not ('n' or 'y') || text[1] != ',')
        {
            throw ScramAttributes.Malformed();
        }

        if (text[2] == 'a')
        {
            throw new ProtocolException(SqlState.FeatureNotSupported, "the client asks for another authorization identity, which is not supported");
        }

        if (text[2] != ',')
        {
            throw ScramAttributes.Malformed();
        }

        _gs2Header = text[..3];
        _clientFirstBare = text[3..];
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
    /// <exception cref="ProtocolException">08P01: malformed, or not an answer to the challenge.</exception>
    public bool TryFinish(ReadOnlySpan<byte> clientFinal, out string serverFinal)
    {
        string text = ScramAttributes.Text(clientFinal);
        string rest = text;
        string binding = ScramAttributes.Take(ref rest, 'c');
        string nonce = ScramAttributes.Take(ref rest, 'r');
        int proofAt = text.LastIndexOf(",p=", StringComparison.Ordinal);
        if (_nonce.Length == 0 || proofAt < 0 || binding != Convert.ToBase64String(Encoding.ASCII.GetBytes(_gs2Header))
            || !string.Equals(nonce, _nonce, StringComparison.Ordinal)
            || !ScramVerifier.TryBase64(text[(proofAt + 3)..], out byte[] proof) || proof.Length != 32)
        {
            throw ScramAttributes.Malformed();
        }

        byte[] authMessage = Encoding.Latin1.GetBytes($"{_clientFirstBare},{_serverFirst},{text[..proofAt]}");
        byte[] clientKey = HMACSHA256.HashData(verifier.StoredKey, authMessage);
        for (int i = 0; i < clientKey.Length; i++)
        {
            clientKey[i] ^= proof[i];
        }

        bool fits = CryptographicOperations.FixedTimeEquals(SHA256.HashData(clientKey), verifier.StoredKey);
        serverFinal = fits ? "v=" + Convert.ToBase64String(HMACSHA256.HashData(verifier.ServerKey, authMessage)) : "";
        return fits;
    }
}
