using System.Net;
using Lockplane.Wire;
using Lockplane.Wire.Framing;

namespace Lockplane.Gateway.Authentication.Methods;

/// <summary>No proof at all: for development, on loopback only.</summary>
internal sealed class TrustProof(LoginAttempt attempt) : ProofExchange(attempt)
{
    public override ProofStep Begin(ByteBuffer toClient) => IPAddress.IsLoopback(Attempt.Address)
        ? Prove(LoginProof.Plain(AuthMethod.Trust, Attempt.User))
        : throw new ProtocolException(SqlState.InvalidAuthorization, "logins without a proof (method trust) are for loopback only");
}
