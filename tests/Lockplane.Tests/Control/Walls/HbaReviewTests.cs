using System.Collections.Immutable;
using System.Net;
using Lockplane.Control.Walls;

namespace Lockplane.Tests.Control.Walls;

public sealed class HbaReviewTests
{
    private static readonly ImmutableHashSet<string> Groups = ["app", "readers"];

    [Theory]
    // The gateway's own line, and nothing else.
    [InlineData("host shop app 10.0.0.5/32 scram", "")]
    [InlineData("host shop app 10.0.0.5/32 scram; host all all all reject", "")]
    [InlineData("host other app all scram; host replication app all scram; host shop someone all scram", "")]
    [InlineData("host shop app 10.0.0.0/24 scram", "1")]
    [InlineData("host all all all scram", "1")]
    [InlineData("local all all scram", "1")]
    // The first line that fits decides.
    [InlineData("local all app reject; local all all trust", "")]
    [InlineData("host shop app all reject; host all all 0.0.0.0/0 scram; host all all ::/0 scram", "")]
    [InlineData("host all all 0.0.0.0/0 scram; host shop app all reject", "1")]
    [InlineData("host shop app 192.168.0.0/16 reject; host all all 192.168.7.0/24 md5; host all all 172.16.0.0/12 md5", "3")]
    // What rejects encrypted logins only lets the others through.
    [InlineData("hostssl shop app all reject; hostssl all all all scram", "")]
    [InlineData("hostssl shop app all reject; host all all all scram", "2")]
    [InlineData("hostnossl all all all reject; hostssl all all all cert", "2")]
    // Groups, same names, several words, patterns.
    [InlineData("host shop +readers all scram", "1")]
    [InlineData("host shop +admins all scram", "")]
    [InlineData("host sameuser app all scram", "")]
    [InlineData("host samerole app all scram", "")]
    [InlineData("host a,shop b,app all scram", "1")]
    [InlineData("host shop /^ap all scram", "1")]
    [InlineData("host shop /^ap all reject; host all all all scram", "2")]
    // Names of hosts are not known to be the gateway.
    [InlineData("host shop app gateway.example scram", "1")]
    [InlineData("host shop app samenet scram", "1")]
    public void Lines_that_let_a_role_in_past_the_gateway_are_found(string file, string lines)
    {
        HbaReview review = new([IPNetwork.Parse("10.0.0.5/32")], local: false);

        Assert.Equal(lines, string.Join(',', review.Openings(Parse(file), "shop", "app", Groups).Select(rule => rule.Line)));
    }

    [Fact]
    public void A_gateway_on_the_socket_may_come_from_there()
    {
        HbaReview review = new([], local: true);

        Assert.Equal([2], review.Openings(Parse("local all all scram; host all all 127.0.0.1/32 scram"), "shop", "app", Groups).Select(rule => rule.Line));
    }

    [Fact]
    public void A_netmask_with_gaps_is_nobodys_network()
    {
        HbaReview review = new([IPNetwork.Parse("10.0.0.0/8")], local: false);
        HbaRule rejects = new(1, "host", ["all"], ["all"], "10.0.0.5", "255.0.0.255", "reject");
        HbaRule admits = rejects with { Line = 2, Method = "trust" };

        Assert.Equal([2], review.Openings([rejects, admits], "shop", "app", Groups).Select(rule => rule.Line));
    }

    [Fact]
    public void Every_fix_names_the_versions_that_have_it()
    {
        Assert.All(ServerFixes.All, fix => Assert.Matches("^CVE-20[0-9]{2}-[0-9]+$", fix.Cve));
        Assert.Empty(ServerFixes.MissingIn(ServerFixes.Least(15)!));
        Assert.Contains("CVE-2024-10976", ServerFixes.MissingIn(new Version(15, 8)).Select(fix => fix.Cve));
        Assert.DoesNotContain("CVE-2024-10976", ServerFixes.MissingIn(new Version(15, 9)).Select(fix => fix.Cve));
        ServerVersionWall wall = new();
        Assert.Equal(
            [WallState.Missing, WallState.Stands, WallState.Stands, WallState.NotCheckable],
            [wall.Judge(new Version(16, 4)).State, wall.Judge(ServerFixes.Least(18)!).State, wall.Judge(new Version(17, 99)).State, wall.Judge(new Version(13, 1)).State]);
    }

    private static IEnumerable<HbaRule> Parse(string file) => file.Split(';', StringSplitOptions.TrimEntries).Select((line, i) =>
    {
        string[] words = line.Split(' ');
        bool local = words[0] == "local";
        string? address = local ? null : words[3];
        string? mask = null;
        if (IPNetwork.TryParse(address, out IPNetwork network))
        {
            byte[] ones = [.. Enumerable.Range(0, network.BaseAddress.GetAddressBytes().Length).Select(octet => (byte)(0xff00 >> Math.Clamp(network.PrefixLength - (octet * 8), 0, 8)))];
            (address, mask) = (network.BaseAddress.ToString(), new IPAddress(ones).ToString());
        }

        return new HbaRule(i + 1, words[0], [.. words[1].Split(',')], [.. words[2].Split(',')], address, mask, words[^1]);
    });
}
