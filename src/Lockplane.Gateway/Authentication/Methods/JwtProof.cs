using Lockplane.Wire;
using Lockplane.Wire.Backend;
using Lockplane.Wire.Framing;

namespace Lockplane.Gateway.Authentication.Methods;

/// <summary>A JSON Web Token in the password field.</summary>
internal sealed class JwtProof(LoginAttempt attempt) : ProofExchange(attempt)
{
    public override ProofStep Begin(ByteBuffer toClient)
    {
        Attempt.DemandPrivacy("a token");
        AuthenticationMessage.Write(toClient, AuthenticationKind.CleartextPassword);
        return ProofStep.Reading;
    }

    public override ProofStep Take(ReadOnlySpan<byte> body, ByteBuffer toClient)
    {
        FieldReader fields = new(body);
        string token = fields.ReadText();
        fields.End();
        return Ask(new TokenQuestion(Attempt.Rule, token, Attempt.User));
    }

    public override ProofStep Answer(LoginAnswer answer, ByteBuffer toClient)
    {
        TokenResult result = ((TokenAnswer)answer).Result;
        return result.Claims is null
            ? throw new ProtocolException(SqlState.InvalidAuthorization, $"token authentication failed for user \"{Attempt.User}\": {result.Reason}")
            : Prove(LoginProof.Plain(AuthMethod.Jwt, Attempt.User) with { Claims = result.Claims, Expires = result.Expires });
    }
}
