using System.Collections.Immutable;
using System.Net;
using System.Text;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Sessions;
using Lockplane.Gateway.Statements;
using Lockplane.Gateway.Tls;
using Lockplane.Tests.Gateway.Relays;
using Lockplane.Wire;
using Lockplane.Wire.Framing;
using Lockplane.Wire.Frontend;
using Lockplane.Wire.Sasl;

namespace Lockplane.Tests.Gateway.Sessions;

/// <summary>A client's login without a socket.</summary>
internal sealed class LoginScript : IDisposable
{
    public const string ServerNonce = "servernonce";

    // Made once: deriving and reading lists is the costly part of a login that is played a thousand times.
    private static readonly Profiles Default = new([]);
    private static readonly RoleSecrets Pencil = new(Userlist.Parse("\"app\" \"pencil\""), RoleSecrets.NewSaltKey());
    private static readonly JwtOptions Tokens = new() { Issuer = "https://issuer", Audience = "lockplane", Key = [.. new byte[32]] };

    private readonly ByteBuffer _in = new();

    public LoginScript(AuthMethod? method = AuthMethod.Scram, string address = "127.0.0.1", GatewayTls? tls = null, RoleSecrets? secrets = null)
    {
        ImmutableArray<AuthRule> rules = method is { } m ? [new AuthRule { Method = m, Jwt = m is AuthMethod.Jwt or AuthMethod.OAuth ? Tokens : null }] : [];
        Secrets = secrets ?? Pencil;
        Login = new ClientLogin(new LoginTerms(rules, Default, null, tls), IPAddress.Parse(address), ServerNonce);
    }

    public RoleSecrets Secrets { get; }

    public ClientLogin Login { get; }

    public ByteBuffer Out { get; } = new();

    public ClientLoginState Feed(ReadOnlySpan<byte> bytes)
    {
        _in.Write(bytes);
        ClientLoginState state = Login.Advance(_in, Out);
        while (state == ClientLoginState.Asked && Login.Question is SecretQuestion question)
        {
            Login.Answer(new SecretAnswer(Secrets.Find(question.Role) ?? Secrets.Unknown(question.Role)));
            state = Login.Advance(_in, Out);
        }

        return state;
    }

    /// <summary>What the login said, and forgets it.</summary>
    public List<(char Type, string Body)> Said()
    {
        List<(char Type, string Body)> messages = RelayScript.Messages([.. Out.Unread]);
        Out.Consume(Out.Count);
        return messages;
    }

    public void Dispose()
    {
        _in.Dispose();
        Out.Dispose();
    }

    public static byte[] Startup(params string[] pairs) => Startup(ProtocolVersion.V30.Code, pairs);

    public static byte[] Startup(uint version, params string[] pairs)
    {
        using ByteBuffer buffer = new();
        new StartupMessage(new ProtocolVersion(version), [.. pairs.Chunk(2).Select(pair => new KeyValuePair<string, string>(pair[0], pair[1]))]).Write(buffer);
        return buffer.Unread.ToArray();
    }

    /// <summary>Runs the SCRAM messages of a client; the state after its proof.</summary>
    public ClientLoginState Scram(string password)
    {
        ScramClientExchange exchange = new("clientnonce");
        using ByteBuffer buffer = new();
        SaslMessages.WriteInitial(buffer, ScramKeys.Mechanism, exchange.First);
        Assert.Equal(ClientLoginState.Reading, Feed(buffer.Unread));
        string body = Said()[^1].Body;
        Assert.Equal("\0\0\0\u000b", body[..4]);
        ScramChallenge challenge = exchange.Challenge(Encoding.Latin1.GetBytes(body[4..]));
        buffer.Consume(buffer.Count);
        SaslMessages.Write(buffer, exchange.Final(ScramKeys.Derive(password, Convert.FromBase64String(challenge.Salt), challenge.Iterations)));
        ClientLoginState state = Feed(buffer.Unread);
        exchange.Verify(Encoding.Latin1.GetBytes(Said()[^1].Body[4..]));
        return state;
    }
}
