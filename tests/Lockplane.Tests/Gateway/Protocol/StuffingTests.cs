using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Tls;
using Lockplane.Scripted;
using Lockplane.Wire;
using static Lockplane.Tests.Gateway.Protocol.ProtocolScene;

namespace Lockplane.Tests.Gateway.Protocol;

/// <summary>A gateway with a certificate: what comes before TLS, or without it, is not taken for what comes within.</summary>
public sealed class StuffingTests : IDisposable
{
    private static readonly byte[] SslRequest = [0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x2F];

    private readonly string _folder = Directory.CreateTempSubdirectory("lockplane-tests-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static byte[] Startup => ScriptedClient.Startup(ProtocolVersion.V30, "user", Role);

    public static TheoryData<byte[]> Stuffings => new(Startup, "\0"u8.ToArray(), SslRequest, "\u0016\u0003\u0001\0\u0005"u8.ToArray(), "Q\0\0\0\u000dselect 1\0"u8.ToArray());

    [Theory, MemberData(nameof(Stuffings))]
    public async Task Bytes_behind_an_SSLRequest_are_fatal_where_TLS_is_on(byte[] behind)
    {
        await using ProtocolScene scene = await StartAsync();
        string said = await scene.SendAsync([.. SslRequest, .. behind]);
        Assert.Contains("VFATAL\0C08P01\0Mreceived unencrypted data", said, StringComparison.Ordinal);
        Assert.DoesNotContain("S\0\0\0\0", said, StringComparison.Ordinal);
        Assert.Equal(0, scene.Server.Accepted);
        await scene.AssertUnharmedAsync();
    }

    [Fact]
    public async Task Bytes_in_the_clear_after_the_answer_are_no_handshake()
    {
        await using ProtocolScene scene = await StartAsync();
        using ScriptedClient client = await scene.OpenAsync();
        await client.Stream.Write(SslRequest).FlushAsync(Cancellation);
        Assert.Equal("S"u8.ToArray(), await client.Stream.ReadBytesAsync(1, Cancellation));
        await client.Stream.Write(Startup).FlushAsync(Cancellation);
        await client.Stream.ReadToEndAsync(Cancellation).WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
        Assert.Equal(0, scene.Server.Accepted);
        await scene.AssertUnharmedAsync();
    }

    [Theory]
    [InlineData("postgresql", true)]
    [InlineData("http/1.1", false)]
    [InlineData(null, false)]
    public async Task TLS_without_a_request_needs_the_protocol_s_name(string? protocol, bool served)
    {
        await using ProtocolScene scene = await StartAsync();
        using ScriptedClient client = await scene.OpenAsync();
        await using SslStream tls = new(new System.Net.Sockets.NetworkStream(client.Stream.Socket), leaveInnerStreamOpen: true);
        string said = "";
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "localhost",
                    ApplicationProtocols = protocol is null ? null : [new SslApplicationProtocol(protocol)],
                    RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
                },
                Cancellation).WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
            await tls.WriteAsync(Startup, Cancellation);
            byte[] answer = new byte[1];
            said = await tls.ReadAsync(answer, Cancellation).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancellation) == 0 ? "" : Encoding.ASCII.GetString(answer);
        }
        catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
        {
            // Ended in the handshake.
        }

        Assert.Equal(served, said == "R");
        await scene.AssertUnharmedAsync();
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<ProtocolScene> StartAsync()
    {
        using TestCa ca = new();
        using X509Certificate2 certificate = ca.Issue("CN=localhost", server: true);
        (string certificateFile, string keyFile, _) = ca.Write(_folder, "server", certificate);
        return await ProtocolScene.StartAsync(configure: options => options with { Tls = new TlsOptions { CertificateFile = certificateFile, KeyFile = keyFile } }, method: AuthMethod.Trust);
    }
}
