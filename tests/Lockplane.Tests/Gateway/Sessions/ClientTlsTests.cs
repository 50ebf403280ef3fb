using System.Collections.Immutable;
using System.Net.Security;
using System.Text;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Loops;
using Lockplane.Gateway.Sessions;
using Lockplane.Gateway.Tls;
using Lockplane.Scripted;
using Lockplane.Sql.Errors;
using Lockplane.Tests.Gateway.Relays;
using Lockplane.Tests.Wire;
using Lockplane.Wire;
using static Lockplane.Tests.Gateway.Sessions.LoginScript;

namespace Lockplane.Tests.Gateway.Sessions;

/// <summary>How TLS begins, and what comes before it.</summary>
public sealed class ClientTlsTests : IDisposable
{
    private static readonly byte[] Ssl = StartupPacketTests.Packet(80877103, "");
    private static readonly byte[] Gss = StartupPacketTests.Packet(80877104, "");
    private static readonly byte[] Hello = [0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0];
    private static readonly ImmutableArray<byte> EndPoint = [.. new byte[32]];

    private readonly string _folder = Directory.CreateTempSubdirectory("lockplane-tls-").FullName;
    private readonly TestCa _ca = new();
    private readonly TlsOptions _files;

    public ClientTlsTests()
    {
        (string certificate, string key, string ca) = _ca.Write(_folder, "gateway", _ca.Issue("CN=localhost", server: true));
        _files = new TlsOptions { CertificateFile = certificate, KeyFile = key, CaFile = ca };
    }

    private static TlsFacts Facts(string? alpn = "postgresql") => new(EndPoint, null, "TLSv1.3", alpn);

    public void Dispose()
    {
        _ca.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private LoginScript Script(AuthMethod method = AuthMethod.Scram, string address = "127.0.0.1") => new(method, address, GatewayTls.Load(_files));

    [Fact]
    public void An_SSL_request_begins_TLS_and_the_login_offers_channel_binding()
    {
        using LoginScript script = Script();
        Assert.Equal(ClientLoginState.StartTls, script.Feed(Ssl));
        Assert.Equal("S", Encoding.ASCII.GetString(script.Out.Unread));
        TlsServer role = Assert.IsType<TlsServer>(script.Login.TlsRole);
        Assert.True(role.Early.IsEmpty);
        Assert.Equal(32, role.EndPointHash.Length);
        Assert.False(role.Options.AllowRenegotiation);
        script.Out.Consume(1);
        script.Login.TlsStarted(Facts(null));
        Assert.Equal(ClientLoginState.Requested, script.Feed(Startup("user", "app")));
        script.Feed([]);
        Assert.Equal([('R', "\0\0\0\u000aSCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0")], script.Said());
    }

    [Fact]
    public void GSS_encryption_is_denied_and_TLS_still_begins()
    {
        using LoginScript script = Script();
        Assert.Equal(ClientLoginState.Reading, script.Feed(Gss));
        Assert.Equal(ClientLoginState.StartTls, script.Feed(Ssl));
        Assert.Equal("NS", Encoding.ASCII.GetString(script.Out.Unread));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    public void Bytes_stuffed_behind_an_SSL_request_are_fatal(int count)
    {
        using LoginScript script = Script();
        ProtocolException violation = Assert.Throws<ProtocolException>(() => script.Feed([.. Ssl, .. Enumerable.Repeat((byte)0, count)]));
        Assert.Equal((SqlState.ProtocolViolation, "received unencrypted data after SSL request"), (violation.SqlState, violation.Message));
        Assert.Equal(0, script.Out.Count);
    }

    [Fact]
    public void Over_TLS_no_encryption_is_asked_for_again()
    {
        foreach (byte[] request in new[] { Ssl, Gss })
        {
            using LoginScript script = Script();
            script.Feed(Ssl);
            script.Login.TlsStarted(Facts());
            Assert.Equal(SqlState.ProtocolViolation, Assert.Throws<ProtocolException>(() => script.Feed(request)).SqlState);
        }
    }

    [Fact]
    public void TLS_may_come_first_and_takes_along_what_was_received()
    {
        using LoginScript script = Script();
        Assert.Equal(ClientLoginState.StartTls, script.Feed(Hello));
        Assert.Equal(Hello, Assert.IsType<TlsServer>(script.Login.TlsRole).Early);
        Assert.Equal(0, script.Out.Count);
        script.Login.TlsStarted(Facts());
        Assert.Equal(ClientLoginState.Requested, script.Feed(Startup("user", "app")));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("http/1.1")]
    public void TLS_that_comes_first_must_name_Postgres_as_its_protocol(string? alpn)
    {
        using LoginScript script = Script();
        script.Feed(Hello);
        Assert.Equal(SqlState.ProtocolViolation, Assert.Throws<ProtocolException>(() => script.Login.TlsStarted(Facts(alpn))).SqlState);
    }

    [Fact]
    public void Without_a_certificate_TLS_that_comes_first_is_refused()
    {
        using LoginScript script = new();
        Assert.Equal(SqlState.ProtocolViolation, Assert.Throws<ProtocolException>(() => script.Feed(Hello)).SqlState);
    }

    [Fact]
    public void Over_TLS_a_cancel_is_a_cancel()
    {
        using LoginScript script = Script();
        script.Feed(Ssl);
        script.Login.TlsStarted(Facts());
        Assert.Equal(ClientLoginState.Cancelling, script.Feed(StartupPacketTests.Packet(80877102, "\0\0\0\u0007abcd")));
    }

    [Fact]
    public void A_token_may_be_sent_over_TLS_from_anywhere()
    {
        foreach (AuthMethod method in new[] { AuthMethod.Jwt, AuthMethod.OAuth })
        {
            using LoginScript script = Script(method, "10.1.2.3");
            script.Feed(Ssl);
            script.Login.TlsStarted(Facts());
            script.Feed(Startup("user", "app"));
            Assert.Equal(ClientLoginState.Reading, script.Feed([]));
        }
    }

    [Fact]
    public void The_end_point_is_the_certificates_hash_by_its_own_function()
    {
        foreach ((System.Security.Cryptography.HashAlgorithmName function, int size) in new[]
        {
            (System.Security.Cryptography.HashAlgorithmName.SHA256, 32), (System.Security.Cryptography.HashAlgorithmName.SHA384, 48), (System.Security.Cryptography.HashAlgorithmName.SHA512, 64),
        })
        {
            using System.Security.Cryptography.X509Certificates.X509Certificate2 certificate = _ca.Issue("CN=localhost", server: true, function);
            Assert.Equal(size, EndPointBinding.HashOf(certificate).Length);
        }
    }

    [Fact]
    public void Changed_files_make_another_certificate_and_the_old_one_stays_good()
    {
        GatewayTls before = GatewayTls.Load(_files)!;
        _ca.Write(_folder, "gateway", _ca.Issue("CN=localhost", server: true));
        GatewayTls after = GatewayTls.Load(_files)!;
        Assert.NotEqual(before.Role([]).EndPointHash, after.Role([]).EndPointHash);
        Assert.Equal(before.Role([]).EndPointHash, before.Role([]).EndPointHash);
    }

    [Fact]
    public void Files_that_cannot_be_used_are_named()
    {
        File.SetUnixFileMode(_files.KeyFile!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        LockplaneException open = Assert.Throws<LockplaneException>(() => GatewayTls.Load(_files));
        Assert.Equal($"chmod 600 {_files.KeyFile}", open.Hint);
        File.SetUnixFileMode(_files.KeyFile!, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.Throws<LockplaneException>(() => GatewayTls.Load(_files with { CertificateFile = Path.Combine(_folder, "absent") }));
        Assert.Throws<LockplaneException>(() => GatewayTls.Load(_files with { CaFile = _files.KeyFile }));
        File.WriteAllText(_files.KeyFile!, TestCa.KeyPem(_ca.Issue("CN=other", server: true)));
        Assert.Throws<LockplaneException>(() => GatewayTls.Load(_files));
        Assert.Null(GatewayTls.Load(new TlsOptions()));
    }

    [Fact]
    public void Clients_are_asked_for_certificates_only_where_there_are_CAs()
    {
        SslServerAuthenticationOptions with = GatewayTls.Load(_files)!.Role([]).Options, without = GatewayTls.Load(_files with { CaFile = null })!.Role([]).Options;
        Assert.True(with.ClientCertificateRequired);
        Assert.False(without.ClientCertificateRequired);
        Assert.True(with.RemoteCertificateValidationCallback!(this, null, null, SslPolicyErrors.RemoteCertificateNotAvailable));
        Assert.False(with.RemoteCertificateValidationCallback(this, null, null, SslPolicyErrors.RemoteCertificateChainErrors));
        Assert.True(with.CertificateChainPolicy!.DisableCertificateDownloads);
    }
}
