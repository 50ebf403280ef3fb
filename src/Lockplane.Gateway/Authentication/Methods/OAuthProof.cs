using System.Text;
using System.Text.Json;
using Lockplane.Wire;
using Lockplane.Wire.Backend;
using Lockplane.Wire.Framing;
using Lockplane.Wire.Frontend;
using Lockplane.Wire.Sasl;

namespace Lockplane.Gateway.Authentication.Methods;

/// <summary>OAUTHBEARER (RFC 7628) as Postgres 18 speaks it: a client without a token, or with one that does not hold, is told where tokens are issued and then refused.</summary>
internal sealed class OAuthProof(LoginAttempt attempt) : ProofExchange(attempt)
{
    private bool _begun;
    private bool _taken;
    private string? _failure;

    public override ProofStep Begin(ByteBuffer toClient)
    {
        Attempt.DemandPrivacy("a token");
        AuthenticationMessage.WriteSasl(toClient, OAuthBearerMessage.Mechanism);
        return ProofStep.Reading;
    }

    public override ProofStep Take(ReadOnlySpan<byte> body, ByteBuffer toClient)
    {
        if (_failure is not null)
        {
            OAuthBearerMessage.CheckAcknowledgement(body);
            throw new ProtocolException(SqlState.InvalidAuthorization, $"OAuth bearer authentication failed for user \"{Attempt.User}\": {_failure}");
        }

        ReadOnlySpan<byte> response = body;
        bool given = true;
        if (!_begun)
        {
            response = SaslMessages.ReadInitial(body, out string mechanism, out given);
            if (mechanism != OAuthBearerMessage.Mechanism)
            {
                throw new ProtocolException("the client selected a SASL mechanism that was not offered");
            }
        }

        _begun = true;
        if (!given)
        {
            AuthenticationMessage.WriteSaslData(toClient, AuthenticationKind.SaslContinue, "");
            return ProofStep.Reading;
        }

        if (_taken)
        {
            throw new ProtocolException("the client sent a second token");
        }

        _taken = true;
        string token = OAuthBearerMessage.ReadToken(response);
        return token.Length == 0 ? Fail("no token was sent", toClient) : Ask(new TokenQuestion(Attempt.Rule, token, Attempt.User));
    }

    public override ProofStep Answer(LoginAnswer answer, ByteBuffer toClient)
    {
        TokenResult result = ((TokenAnswer)answer).Result;
        return result.Claims is null
            ? Fail(result.Reason!, toClient)
            : Prove(LoginProof.Plain(AuthMethod.OAuth, Attempt.User) with { Claims = result.Claims, Expires = result.Expires });
    }

    private ProofStep Fail(string reason, ByteBuffer toClient)
    {
        _failure = reason;
        AuthenticationMessage.WriteSaslData(toClient, AuthenticationKind.SaslContinue, Challenge(Attempt.Rule.Jwt!));
        return ProofStep.Reading;
    }

    private static string Challenge(JwtOptions options)
    {
        using MemoryStream json = new();
        using (Utf8JsonWriter writer = new(json))
        {
            writer.WriteStartObject();
            writer.WriteString("status", "invalid_token");
            writer.WriteString("openid-configuration", options.OpenIdConfiguration);
            writer.WriteString("scope", options.Scope);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(json.ToArray());
    }
}
