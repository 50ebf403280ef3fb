using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Lockplane.Gateway.Loops;
using Lockplane.Gateway.Tls;
using Lockplane.Sql.Errors;

namespace Lockplane.Gateway.Servers;

/// <summary>What all logins at a server share: made once per configuration, immutable.</summary>
internal sealed class ServerTerms
{
    private const string ServerUsage = "1.3.6.1.5.5.7.3.1";

    private readonly ServerOptions _options;
    private readonly SslStreamCertificateContext? _certificate;
    private readonly X509Certificate2Collection? _cas;

    private ServerTerms(ServerOptions options)
    {
        _options = options;
        string section = $"server.{options.Name}";
        _certificate = options.Tls.CertificateFile is null ? null : CertificateFiles.LoadOwn(options.Tls, section).Context;
        _cas = options.Tls.CaFile is null ? null : CertificateFiles.LoadCas(options.Tls.CaFile, section);
    }

    /// <summary>The server's name in the configuration.</summary>
    public string Name => _options.Name;

    /// <summary>How roles log in.</summary>
    public ServerLoginMethod Login => _options.Login;

    /// <summary>Whether TLS is asked for; not on a Unix socket, as libpq does.</summary>
    public bool AsksForTls => _options.SslMode != ServerSslMode.Disable && _options.UnixSocket is null;

    /// <summary>Whether the connection may go on without TLS when the server denies it.</summary>
    public bool MayGoWithoutTls => _options.SslMode is ServerSslMode.Disable or ServerSslMode.Prefer || _options.UnixSocket is not null;

    /// <summary>Whether TLS comes before all else.</summary>
    public bool IsDirect => _options.SslMode == ServerSslMode.Direct;

    /// <summary>Reads the files of certificates.</summary>
    /// <exception cref="LockplaneException">LP001.</exception>
    public static ServerTerms From(ServerOptions options) => new(options);

    /// <summary>The role for one handshake.</summary>
    public TlsClient TlsRole()
    {
        SslPolicyErrors tolerated = Tolerated();
        return new TlsClient(new SslClientAuthenticationOptions
        {
            TargetHost = _options.Host,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ApplicationProtocols = [GatewayTls.Protocol],
            AllowRenegotiation = false,
            ClientCertificateContext = _certificate,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            CertificateChainPolicy = CertificateFiles.Policy(_cas, ServerUsage),
            RemoteCertificateValidationCallback = (_, certificate, _, errors) => certificate is not null && (errors & ~tolerated) == SslPolicyErrors.None,
        });
    }

    // As libpq: require checks the chain where it is told of CAs, and the name never; SCRAM's own proof holds beside all of them.
    private SslPolicyErrors Tolerated() => _options.SslMode switch
    {
        ServerSslMode.VerifyFull => SslPolicyErrors.None,
        ServerSslMode.Direct when _cas is not null => SslPolicyErrors.None,
        ServerSslMode.VerifyCa => SslPolicyErrors.RemoteCertificateNameMismatch,
        ServerSslMode.Require when _cas is not null => SslPolicyErrors.RemoteCertificateNameMismatch,
        _ => SslPolicyErrors.RemoteCertificateNameMismatch | SslPolicyErrors.RemoteCertificateChainErrors,
    };
}
