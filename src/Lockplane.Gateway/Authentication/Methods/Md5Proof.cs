using System.Security.Cryptography;
using System.Text;
using Lockplane.Wire.Backend;
using Lockplane.Wire.Framing;

namespace Lockplane.Gateway.Authentication.Methods;

/// <summary>Postgres's MD5 method, for clients that know no other.</summary>
internal sealed class Md5Proof(LoginAttempt attempt) : ProofExchange(attempt)
{
    // The nonce is fresh and random; four bytes of its hash are, too.
    private readonly byte[] _salt = SHA256.HashData(Encoding.UTF8.GetBytes(attempt.Nonce))[..4];
    private string _given = "";

    public override ProofStep Begin(ByteBuffer toClient)
    {
        AuthenticationMessage.WriteMd5(toClient, _salt);
        return ProofStep.Reading;
    }

    public override ProofStep Take(ReadOnlySpan<byte> body, ByteBuffer toClient)
    {
        FieldReader fields = new(body);
        _given = fields.ReadText();
        fields.End();
        return Ask(new SecretQuestion(Attempt.User));
    }

    public override ProofStep Answer(LoginAnswer answer, ByteBuffer toClient)
    {
        RoleSecret secret = ((SecretAnswer)answer).Secret;

        // Without a hash the comparison is with what nothing fits, at the same cost.
        byte[] expected = Encoding.ASCII.GetBytes("md5" + Hash([.. Encoding.ASCII.GetBytes(secret.Md5 ?? ""), .. _salt]));
        bool fits = CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(_given), expected);
        if (!fits || secret.Md5 is null || secret.Expired)
        {
            secret.Failed?.Invoke();
            throw WrongPassword();
        }

        RoleState.Demand(secret, Attempt.User);
        return Prove(LoginProof.Plain(AuthMethod.Md5, Attempt.User) with { ConnectionLimit = secret.ConnectionLimit });
    }

#pragma warning disable CA5351 // The method's own hash.
    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(MD5.HashData(bytes));
#pragma warning restore CA5351
}
