using System.Security.Cryptography;
using System.Text;
using Lockplane.Wire.Sasl;

namespace Lockplane.Gateway.Authentication;

/// <summary>What is known of a role's password, and whether the role may log in. Never printed.</summary>
internal sealed class RoleSecret
{
    /// <summary>No limit of its own.</summary>
    public const int Unlimited = -1;

    /// <summary>Checks SCRAM proofs; for a role that is not known, or without such a verifier, one that nothing fits.</summary>
    public required ScramVerifier Verifier { get; init; }

    /// <summary>MD5 of password and role, 32 lower-case hex digits; null where it is not known.</summary>
    public string? Md5 { get; init; }

    /// <summary>Whether it came from the server's own catalog, so that keys proven by it are good at that server.</summary>
    public bool FromServer { get; init; }

    /// <summary>Whether the password's time is over (rolvaliduntil): no proof suffices then.</summary>
    public bool Expired { get; init; }

    /// <summary>rolcanlogin.</summary>
    public bool CanLogin { get; init; } = true;

    /// <summary>rolconnlimit.</summary>
    public int ConnectionLimit { get; init; } = Unlimited;

    /// <summary>Told when a proof did not fit: what is cached may be out of date.</summary>
    public Action? Failed { get; init; }

    /// <summary>MD5 as Postgres stores it, less its prefix.</summary>
    // Postgres's own method of before SCRAM; used only where a rule says method = "md5".
#pragma warning disable CA5351
    public static string Md5Of(string password, string role) => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(password + role)));
#pragma warning restore CA5351

    /// <summary>Without the secret.</summary>
    public override string ToString() => nameof(RoleSecret);
}
