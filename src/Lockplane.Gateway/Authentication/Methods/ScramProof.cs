using System.Collections.Immutable;
using Lockplane.Wire;
using Lockplane.Wire.Backend;
using Lockplane.Wire.Framing;
using Lockplane.Wire.Frontend;
using Lockplane.Wire.Sasl;

namespace Lockplane.Gateway.Authentication.Methods;

/// <summary>SCRAM-SHA-256, and over TLS SCRAM-SHA-256-PLUS.</summary>
internal sealed class ScramProof(LoginAttempt attempt) : ProofExchange(attempt)
{
    private readonly ImmutableArray<byte> _endPoint = attempt.Tls?.EndPointHash ?? [];
    private bool _plus;
    private bool _begun;
    private byte[] _clientFirst = [];
    private RoleSecret? _secret;
    private ScramServerExchange? _scram;

    public override ProofStep Begin(ByteBuffer toClient)
    {
        AuthenticationMessage.WriteSasl(toClient, _endPoint.IsEmpty ? [ScramKeys.Mechanism] : [ScramKeys.MechanismPlus, ScramKeys.Mechanism]);
        return ProofStep.Reading;
    }

    public override ProofStep Take(ReadOnlySpan<byte> body, ByteBuffer toClient)
    {
        if (_scram is not null)
        {
            return Finish(body, toClient);
        }

        if (_begun)
        {
            // The client selected without a first message, and was asked for it by an empty challenge.
            _clientFirst = body.ToArray();
            return Ask(new SecretQuestion(Attempt.User));
        }

        _begun = true;
        ReadOnlySpan<byte> first = SaslMessages.ReadInitial(body, out string mechanism, out bool given);
        _plus = mechanism == ScramKeys.MechanismPlus;
        if (_plus ? _endPoint.IsEmpty : mechanism != ScramKeys.Mechanism)
        {
            throw new ProtocolException("the client selected a SASL mechanism that was not offered");
        }

        if (!given)
        {
            AuthenticationMessage.WriteSaslData(toClient, AuthenticationKind.SaslContinue, "");
            return ProofStep.Reading;
        }

        _clientFirst = first.ToArray();
        return Ask(new SecretQuestion(Attempt.User));
    }

    public override ProofStep Answer(LoginAnswer answer, ByteBuffer toClient)
    {
        _secret = ((SecretAnswer)answer).Secret;
        _scram = new ScramServerExchange(_secret.Verifier, Attempt.Nonce, _endPoint.AsMemory(), _plus);
        AuthenticationMessage.WriteSaslData(toClient, AuthenticationKind.SaslContinue, _scram.First(_clientFirst));
        return ProofStep.Reading;
    }

    private ProofStep Finish(ReadOnlySpan<byte> body, ByteBuffer toClient)
    {
        if (!_scram!.TryFinish(body, out string signature) || _secret!.Expired)
        {
            _secret!.Failed?.Invoke();
            throw WrongPassword();
        }

        RoleState.Demand(_secret, Attempt.User);
        AuthenticationMessage.WriteSaslData(toClient, AuthenticationKind.SaslFinal, signature);
        return Prove(LoginProof.Plain(AuthMethod.Scram, Attempt.User) with
        {
            Keys = _scram.Keys, KeysFor = _secret.Verifier.Challenge, ConnectionLimit = _secret.ConnectionLimit,
        });
    }
}

/// <summary>What a role must be beside its password; asked only once its proof held, so that the answers tell a stranger nothing.</summary>
internal static class RoleState
{
    /// <exception cref="ProtocolException">28000 no login; 53300 a limit of no connections.</exception>
    public static void Demand(RoleSecret secret, string role)
    {
        if (!secret.CanLogin)
        {
            throw new ProtocolException(SqlState.InvalidAuthorization, $"role \"{role}\" is not permitted to log in");
        }

        if (secret.ConnectionLimit == 0)
        {
            throw new ProtocolException(SqlState.TooManyConnections, $"too many connections for role \"{role}\": its connection limit is 0");
        }
    }
}
