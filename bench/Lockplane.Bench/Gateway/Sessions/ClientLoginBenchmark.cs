using System.Net;
using System.Text;
using BenchmarkDotNet.Attributes;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Sessions;
using Lockplane.Gateway.Statements;
using Lockplane.Wire;
using Lockplane.Wire.Backend;
using Lockplane.Wire.Framing;
using Lockplane.Wire.Frontend;
using Lockplane.Wire.Sasl;

namespace Lockplane.Bench.Gateway.Sessions;

/// <summary>What the start-up and SCRAM login of a client costs without sockets; the client's own part is in it.</summary>
[MemoryDiagnoser]
public class ClientLoginBenchmark : IDisposable
{
    private readonly LoginTerms _terms = new([new AuthRule { Method = AuthMethod.Scram }], new Profiles([]), null, null);
    private readonly RoleSecrets _secrets = new(Userlist.Parse("\"app\" \"pencil\""), RoleSecrets.NewSaltKey());
    private readonly ByteBuffer _toLogin = new(512);
    private readonly ByteBuffer _fromLogin = new(512);
    private readonly Dictionary<ScramChallenge, ScramKeys> _keys = [];

    /// <summary>From the StartupMessage to the proof.</summary>
    [Benchmark(Description = "a login by SCRAM")]
    public string LogIn()
    {
        ClientLogin login = new(_terms, IPAddress.Loopback, "servernonce");
        new StartupMessage(ProtocolVersion.V30, [new("user", "app"), new("database", "shop"), new("application_name", "psql")]).Write(_toLogin);
        Advance(login);
        ScramClientExchange client = new("clientnonce");
        SaslMessages.WriteInitial(_toLogin, client.Mechanism, client.First);
        ScramChallenge challenge = client.Challenge(Body(Advance(login)));
        if (!_keys.TryGetValue(challenge, out ScramKeys? keys))
        {
            keys = _keys[challenge] = ScramKeys.Derive("pencil", Convert.FromBase64String(challenge.Salt), challenge.Iterations);
        }

        SaslMessages.Write(_toLogin, client.Final(keys));
        client.Verify(Body(Advance(login)));
        return login.Proof.User;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _toLogin.Dispose();
        _fromLogin.Dispose();
        GC.SuppressFinalize(this);
    }

    // Gives what the login said.
    private byte[] Advance(ClientLogin login)
    {
        for (ClientLoginState state = login.Advance(_toLogin, _fromLogin); state is ClientLoginState.Asked or ClientLoginState.Requested; state = login.Advance(_toLogin, _fromLogin))
        {
            if (state == ClientLoginState.Asked)
            {
                login.Answer(new SecretAnswer(_secrets.Find(((SecretQuestion)login.Question).Role)!));
            }
        }

        byte[] said = _fromLogin.Unread.ToArray();
        _fromLogin.Consume(said.Length);
        return said;
    }

    // Of an authentication message: behind the header and the kind.
    private static byte[] Body(byte[] message) => message[(FrameHeader.Size + 4)..];
}
