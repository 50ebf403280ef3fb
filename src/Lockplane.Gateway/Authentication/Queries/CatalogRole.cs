using System.Globalization;
using System.Text;
using Lockplane.Wire;
using Lockplane.Wire.Framing;
using Lockplane.Wire.Sasl;

namespace Lockplane.Gateway.Authentication.Queries;

/// <summary>A row of the auth query. Never printed.</summary>
/// <param name="Name">rolname, as the server has it.</param>
/// <param name="Password">rolpassword: a SCRAM verifier or an MD5 hash; null for none.</param>
/// <param name="CanLogin">rolcanlogin.</param>
/// <param name="ValidUntil">rolvaliduntil; null for no end.</param>
/// <param name="ConnectionLimit">rolconnlimit.</param>
internal sealed record CatalogRole(string Name, string? Password, bool CanLogin, DateTimeOffset? ValidUntil, int ConnectionLimit)
{
    private static readonly string[] Formats = ["yyyy-MM-dd HH:mm:sszz", "yyyy-MM-dd HH:mm:ss.FFFFFFzz", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm:ss.FFFFFF", "yyyy-MM-dd"];

    /// <summary>Reads a DataRow's body.</summary>
    /// <exception cref="ProtocolException">08P01 malformed; XX000 the query gives other columns.</exception>
    public static CatalogRole Read(ReadOnlySpan<byte> row)
    {
        FieldReader fields = new(row);
        int count = fields.ReadInt16();
        if (count is < 2 or > 5)
        {
            throw new ProtocolException(SqlState.InternalError, $"the auth query gives {count} columns; expected rolname, rolpassword, rolcanlogin, rolvaliduntil, rolconnlimit");
        }

        string?[] values = new string?[5];
        for (int i = 0; i < count; i++)
        {
            int length = fields.ReadInt32();
            values[i] = length == -1 ? null : FieldReader.Decode(fields.ReadBytes(length));
        }

        fields.End();
        int limit = values[4] is null ? RoleSecret.Unlimited
            : int.TryParse(values[4], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int given) ? given : 0;
        return new CatalogRole(values[0] ?? "", values[1], values[2] is null or "t", ReadTime(values[3]), limit);
    }

    /// <summary>What a login checks, at a time.</summary>
    /// <param name="unfit">A verifier that nothing fits, for a role without one.</param>
    /// <param name="failed">Told when a proof did not fit.</param>
    public RoleSecret At(DateTimeOffset now, ScramVerifier unfit, Action failed)
    {
        ScramVerifier? verifier = null;
        bool scram = Password is not null && ScramVerifier.TryParse(Password, out verifier);
        return new RoleSecret
        {
            Verifier = scram ? verifier! : unfit,
            Md5 = Password is not null && RoleSecrets.IsMd5(Password) ? Password[3..] : null,
            FromServer = scram,
            Expired = ValidUntil <= now,
            CanLogin = CanLogin,
            ConnectionLimit = ConnectionLimit,
            Failed = failed,
        };
    }

    /// <summary>Without the password.</summary>
    public override string ToString()
    {
        StringBuilder text = new("CatalogRole ");
        return text.Append(Name).ToString();
    }

    // The session's DateStyle is ISO and its TimeZone UTC. What cannot be read is taken as over: a login too few is safe.
    private static DateTimeOffset? ReadTime(string? text)
    {
        if (text is null or "infinity" || (text.IndexOf('-', StringComparison.Ordinal) > 4 && !text.EndsWith("BC", StringComparison.Ordinal)))
        {
            return null;
        }

        return DateTimeOffset.TryParseExact(text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time : DateTimeOffset.MinValue;
    }
}
