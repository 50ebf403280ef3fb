using Lockplane.Wire;
using Lockplane.Wire.Framing;

namespace Lockplane.Gateway.Authentication.Methods;

/// <summary>No proof at all: for development, on this machine only.</summary>
internal sealed class TrustProof(LoginAttempt attempt) : ProofExchange(attempt)
{
    public override ProofStep Begin(ByteBuffer toClient) => Attempt.OnThisMachine
        ? Prove(LoginProof.Plain(AuthMethod.Trust, Attempt.User))
        : throw new ProtocolException(SqlState.InvalidAuthorization, "logins without a proof (method trust) are for loopback and the Unix socket only");
}
