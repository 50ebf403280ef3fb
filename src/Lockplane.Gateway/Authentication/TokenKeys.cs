using System.Collections.Immutable;
using System.Security.Cryptography;
using Lockplane.Sql.Errors;
using Microsoft.IdentityModel.Tokens;

namespace Lockplane.Gateway.Authentication;

/// <summary>Reads public keys of tokens: only those that the configured algorithm can use, and of a strength that holds.</summary>
internal static class TokenKeys
{
    /// <summary>A set that is longer, or has more keys, is refused: it comes from elsewhere.</summary>
    public const int LongestSet = 256 * 1024;

    private const int MostKeys = 100;
    private const int LeastRsaBits = 2_048;

    /// <summary>The keys of a JWKS; null when the text is none.</summary>
    public static ImmutableArray<SecurityKey>? ReadSet(string json, TokenAlgorithm algorithm)
    {
        try
        {
            JsonWebKeySet set = new(json);
            return set.Keys.Count > MostKeys ? null : [.. set.Keys.Where(key => IsUsable(key, algorithm))];
        }
        catch (Exception e) when (e is ArgumentException or System.Text.Json.JsonException or FormatException)
        {
            return null;
        }
    }

    /// <summary>The key of a file: PEM, or a JWK.</summary>
    /// <exception cref="LockplaneException">LP001.</exception>
    public static SecurityKey ReadFile(string file, TokenAlgorithm algorithm)
    {
        string text = ReadText(file, "auth.public_key");
        SecurityKey? key = null;
        try
        {
            key = text.TrimStart().StartsWith('{') ? Usable(new JsonWebKey(text), algorithm) : ReadPem(text, algorithm);
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException or System.Text.Json.JsonException or FormatException)
        {
            // Said below: what is no key and what is another algorithm's are the same mistake.
        }

        return key ?? throw new LockplaneException(ErrorCodes.Configuration, $"auth.public_key {file} is no public key for {algorithm}; expected PEM or a JWK, RSA with at least {LeastRsaBits} bits or EC on P-256.");
    }

    /// <summary>The set of a file.</summary>
    /// <exception cref="LockplaneException">LP001.</exception>
    public static ImmutableArray<SecurityKey> ReadSetFile(string file, TokenAlgorithm algorithm) =>
        ReadSet(ReadText(file, "auth.jwks"), algorithm) is { IsEmpty: false } keys ? keys : throw new LockplaneException(ErrorCodes.Configuration, $"auth.jwks {file} holds no public key for {algorithm}.");

    private static string ReadText(string file, string key)
    {
        try
        {
            return new FileInfo(file).Length <= LongestSet ? File.ReadAllText(file) : throw new LockplaneException(ErrorCodes.Configuration, $"{key} {file} is longer than {LongestSet} bytes.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LockplaneException(ErrorCodes.Configuration, $"{key}: the file {file} cannot be read.", inner: e);
        }
    }

    private static SecurityKey? ReadPem(string text, TokenAlgorithm algorithm)
    {
        if (algorithm == TokenAlgorithm.RS256)
        {
            RSA rsa = RSA.Create();
            rsa.ImportFromPem(text);
            return rsa.KeySize >= LeastRsaBits ? new RsaSecurityKey(rsa) : null;
        }

        ECDsa ec = ECDsa.Create();
        ec.ImportFromPem(text);
        return ec.KeySize == 256 && ec.ExportParameters(false).Curve.Oid.Value == ECCurve.NamedCurves.nistP256.Oid.Value ? new ECDsaSecurityKey(ec) : null;
    }

    private static JsonWebKey? Usable(JsonWebKey key, TokenAlgorithm algorithm) => IsUsable(key, algorithm) ? key : null;

    private static bool IsUsable(JsonWebKey key, TokenAlgorithm algorithm) =>
        (string.IsNullOrEmpty(key.Use) || key.Use == "sig") && (string.IsNullOrEmpty(key.Alg) || key.Alg == algorithm.ToString())
        && algorithm switch
        {
            TokenAlgorithm.RS256 => key.Kty == JsonWebAlgorithmsKeyTypes.RSA && key.KeySize >= LeastRsaBits,
            TokenAlgorithm.ES256 => key.Kty == JsonWebAlgorithmsKeyTypes.EllipticCurve && key.Crv == "P-256" && key.X is not null && key.Y is not null,
            _ => false,
        };
}
