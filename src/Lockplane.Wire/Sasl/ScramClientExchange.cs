using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Lockplane.Wire.Sasl;

/// <summary>The salt (in base64) and iteration count that a server asks for.</summary>
public sealed record ScramChallenge(string Salt, int Iterations);

/// <summary>The client's part of one SCRAM-SHA-256 login, with or without channel binding.</summary>
/// <remarks>The order is <see cref="First"/>, <see cref="Challenge"/>, <see cref="Final"/>, <see cref="Verify"/>. The login holds only when Verify returned.</remarks>
/// <param name="clientNonce">Fresh and random, printable ASCII without comma.</param>
/// <param name="name">The name attribute; Postgres ignores it.</param>
/// <param name="endPoint">The hash of the server's certificate where the connection could be bound to it; otherwise empty.</param>
/// <param name="plus">Whether the server offers <see cref="ScramKeys.MechanismPlus"/>: it is then what is to be selected.</param>
public sealed class ScramClientExchange(string clientNonce, string name = "", ReadOnlyMemory<byte> endPoint = default, bool plus = false)
{
    // The longest salt that a server may ask with; Postgres's have 16 bytes.
    private const int LongestSalt = 1_024;

    private string _serverFirst = "";
    private string _nonce = "";
    private byte[] _signature = [];

    /// <summary>The mechanism to select.</summary>
    public string Mechanism => Bound ? ScramKeys.MechanismPlus : ScramKeys.Mechanism;

    /// <summary>The first message.</summary>
    public string First => Gs2Header + FirstBare;

    private bool Bound => plus && !endPoint.IsEmpty;

    // "y" tells a server that does offer the binding that its offer was taken away on the way.
    private string Gs2Header => Bound ? $"p={ScramAttributes.EndPointBinding},," : endPoint.IsEmpty ? "n,," : "y,,";

    private string FirstBare => $"n={name},r={clientNonce}";

    /// <summary>Takes the server's challenge.</summary>
    /// <exception cref="ProtocolException">08P01: malformed, a nonce that does not extend ours, or too many iterations.</exception>
    public ScramChallenge Challenge(ReadOnlySpan<byte> serverFirst)
    {
        _serverFirst = ScramAttributes.Text(serverFirst);
        string rest = _serverFirst;
        _nonce = ScramAttributes.Take(ref rest, 'r');
        string salt = ScramAttributes.Take(ref rest, 's');
        string count = ScramAttributes.Take(ref rest, 'i');
        ScramAttributes.CheckNonce(_nonce);
        if (!_nonce.StartsWith(clientNonce, StringComparison.Ordinal) || _nonce.Length == clientNonce.Length
            || !ScramVerifier.TryBase64(salt, out byte[] bytes) || bytes.Length is 0 or > LongestSalt
            || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int iterations) || iterations < 1)
        {
            throw ScramAttributes.Malformed();
        }

        if (iterations > ScramKeys.MaxIterations)
        {
            throw new ProtocolException($"the server asks for {iterations} SCRAM iterations (allowed: {ScramKeys.MaxIterations})");
        }

        return new ScramChallenge(salt, iterations);
    }

    /// <summary>The proof, from the keys of the password for <see cref="Challenge"/>.</summary>
    public string Final(ScramKeys keys)
    {
        byte[] header = Encoding.ASCII.GetBytes(Gs2Header);
        string withoutProof = $"c={Convert.ToBase64String(Bound ? [.. header, .. endPoint.Span] : header)},r={_nonce}";
        byte[] authMessage = Encoding.Latin1.GetBytes($"{FirstBare},{_serverFirst},{withoutProof}");
        byte[] proof = HMACSHA256.HashData(SHA256.HashData(keys.ClientKey), authMessage);
        for (int i = 0; i < proof.Length; i++)
        {
            proof[i] ^= keys.ClientKey[i];
        }

        _signature = HMACSHA256.HashData(keys.ServerKey, authMessage);
        return $"{withoutProof},p={Convert.ToBase64String(proof)}";
    }

    /// <summary>Checks that the server knows the password too.</summary>
    /// <exception cref="ProtocolException">28000 when it does not.</exception>
    public void Verify(ReadOnlySpan<byte> serverFinal)
    {
        string rest = ScramAttributes.Text(serverFinal);
        if (_signature.Length == 0 || !rest.StartsWith("v=", StringComparison.Ordinal)
            || !ScramVerifier.TryBase64(ScramAttributes.Take(ref rest, 'v'), out byte[] signature)
            || !CryptographicOperations.FixedTimeEquals(signature, _signature))
        {
            throw new ProtocolException(SqlState.InvalidAuthorization, "the server did not prove that it knows the password");
        }
    }
}
