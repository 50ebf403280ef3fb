using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Lockplane.PostgresTests.Clusters;

namespace Lockplane.PostgresTests.Gateway.Logins;

/// <summary>An issuer of tokens that gives its public key by HTTP on loopback.</summary>
internal sealed class KeySetServer : IAsyncDisposable
{
    private readonly RSA _key;
    private readonly HttpListener _listener = new();
    private readonly Task _serving;

    public KeySetServer(RSA key)
    {
        _key = key;
        int port = FreePort.Find();
        Url = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/keys"));
        _listener.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/"));
        _listener.Start();
        _serving = ServeAsync();
    }

    public Uri Url { get; }

    /// <summary>How often the set was fetched.</summary>
    public int Asked { get; private set; }

    public string Token(string role, string kid = "k1")
    {
        string expiry = DateTimeOffset.UtcNow.AddMinutes(10).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        string text = Part($$"""{"alg":"RS256","kid":"{{kid}}"}""") + "." + Part($$"""{"iss":"https://issuer","aud":"lockplane","exp":{{expiry}},"role":"{{role}}"}""");
        return text + "." + Base64Url(_key.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
    }

    private async Task ServeAsync()
    {
        RSAParameters key = _key.ExportParameters(false);
        byte[] body = Encoding.UTF8.GetBytes($$"""{"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":"k1","n":"{{Base64Url(key.Modulus!)}}","e":"{{Base64Url(key.Exponent!)}}"}]}""");
        while (true)
        {
            try
            {
                HttpListenerContext context = await _listener.GetContextAsync();
                Asked++;
                await context.Response.OutputStream.WriteAsync(body);
                context.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private static string Part(string json) => Base64Url(Encoding.UTF8.GetBytes(json));

    private static string Base64Url(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
