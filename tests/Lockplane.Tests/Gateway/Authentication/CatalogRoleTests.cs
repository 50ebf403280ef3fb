using System.Buffers.Binary;
using System.Text;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Authentication.Queries;
using Lockplane.Wire;
using Lockplane.Wire.Sasl;

namespace Lockplane.Tests.Gateway.Authentication;

/// <summary>Rows of the auth query.</summary>
public sealed class CatalogRoleTests
{
    private const string Verifier = "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

    private static readonly ScramVerifier Unfit = ScramVerifier.Mock(new byte[16]);
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    private static byte[] Row(params string?[] values)
    {
        List<byte> row = [(byte)(values.Length >> 8), (byte)values.Length];
        foreach (string? value in values)
        {
            byte[] length = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(length, value is null ? -1 : Encoding.UTF8.GetByteCount(value));
            row.AddRange(length);
            row.AddRange(Encoding.UTF8.GetBytes(value ?? ""));
        }

        return [.. row];
    }

    private static RoleSecret Read(params string?[] values) => CatalogRole.Read(Row(values)).At(Now, Unfit, () => { });

    [Fact]
    public void A_row_of_pg_authid_says_all()
    {
        RoleSecret secret = Read("app", Verifier, "t", null, "7");
        Assert.Equal((true, true, false, 7), (secret.FromServer, secret.CanLogin, secret.Expired, secret.ConnectionLimit));
        Assert.Equal(new ScramChallenge("W22ZaJ0SNY7soEsUEjb6gQ==", 4096), secret.Verifier.Challenge);
        Assert.False(Read("app", Verifier, "f", null, "-1").CanLogin);
        Assert.Equal((true, RoleSecret.Unlimited), (Read("app", Verifier).CanLogin, Read("app", Verifier).ConnectionLimit));
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("infinity", false)]
    [InlineData("2026-06-01 00:00:00.5+00", false)]
    [InlineData("9999-01-01 00:00:00+00", false)]
    [InlineData("12000-01-01 00:00:00+00", false)]
    [InlineData("2026-06-01 00:00:00+00", true)]
    [InlineData("2026-05-31 23:59:59.999999+00", true)]
    [InlineData("-infinity", true)]
    [InlineData("0044-03-15 00:00:00+00 BC", true)]
    [InlineData("01.06.2030 00:00:00 CET", true)]
    [InlineData("", true)]
    public void A_time_that_is_over_or_cannot_be_read_ends_a_password(string? until, bool expired) => Assert.Equal(expired, Read("app", Verifier, "t", until, "-1").Expired);

    [Fact]
    public void What_is_no_verifier_fits_nothing()
    {
        foreach (string? password in new[] { null, "", "swordfish", Verifier.Replace("4096", "200000", StringComparison.Ordinal) })
        {
            Assert.Same(Unfit, Read("app", password, "t", null, "-1").Verifier);
        }

        RoleSecret md5 = Read("app", "md5" + RoleSecret.Md5Of("pencil", "app"), "t", null, "-1");
        Assert.Same(Unfit, md5.Verifier);
        Assert.Equal(RoleSecret.Md5Of("pencil", "app"), md5.Md5);
    }

    [Fact]
    public void A_row_that_is_cut_or_lies_about_its_lengths_is_refused()
    {
        byte[] row = Row("app", Verifier, "t", null, "-1");
        for (int cut = 0; cut < row.Length; cut++)
        {
            Assert.Throws<ProtocolException>(() => CatalogRole.Read(row.AsSpan(0, cut)));
        }

        foreach (int length in new[] { int.MinValue, -2, int.MaxValue, 4_000 })
        {
            byte[] changed = [.. row];
            BinaryPrimitives.WriteInt32BigEndian(changed.AsSpan(2), length);
            Assert.Throws<ProtocolException>(() => CatalogRole.Read(changed));
        }

        Assert.Throws<ProtocolException>(() => CatalogRole.Read(Row("app")));
        Assert.Throws<ProtocolException>(() => CatalogRole.Read(Row("a", "b", "c", "d", "e", "f")));
        Assert.DoesNotContain("SCRAM", CatalogRole.Read(row).ToString(), StringComparison.Ordinal);
    }
}
