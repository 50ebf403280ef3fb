using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Numerics;

namespace Lockplane.Control.Walls;

/// <summary>A line of pg_hba.conf, as <c>pg_hba_file_rules</c> shows it.</summary>
/// <remarks>Spec: Postgres's manual, "The pg_hba.conf File". The file as it is, which the server may not have loaded yet.</remarks>
internal sealed record HbaRule(int Line, string Type, ImmutableArray<string> Databases, ImmutableArray<string> Users, string? Address, string? Netmask, string Method)
{
    /// <summary>The networks of the addresses <c>all</c>.</summary>
    public static readonly ImmutableArray<IPNetwork> Anywhere = [IPNetwork.Parse("0.0.0.0/0"), IPNetwork.Parse("::/0")];

    public bool IsLocal => Type == "local";

    public bool Rejects => Method == "reject";

    /// <summary>Where it is for; empty when that is not written in numbers (a host's name, samehost, samenet), or its netmask has gaps.</summary>
    public ImmutableArray<IPNetwork> Networks =>
        Address == "all" ? Anywhere
        : Netmask is not null && IPAddress.TryParse(Address, out IPAddress? address) && IPAddress.TryParse(Netmask, out IPAddress? mask) && IsOfOnePiece(mask) ? [new IPNetwork(Masked(address, mask), Ones(mask))]
        : [];

    /// <summary>Whether it decides about logins of a role: null when it may (a regular expression).</summary>
    public bool? IsFor(string database, string role, ImmutableHashSet<string> groups) => And(
        AnyOf(Databases, word => word switch
        {
            "all" => true,
            "replication" => false,
            "sameuser" => database == role,
            "samerole" or "samegroup" => groups.Contains(database),
            _ => word.StartsWith('/') ? null : word == database,
        }),
        AnyOf(Users, word => word switch
        {
            "all" => true,
            _ when word.StartsWith('+') => groups.Contains(word[1..]),
            _ => word.StartsWith('/') ? null : word == role,
        }));

    /// <summary>As in the file.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"line {Line}: {Type} {string.Join(',', Databases)} {string.Join(',', Users)}{(Address is null ? "" : " " + Address)}{(Netmask is null ? "" : " " + Netmask)} {Method}");

    private static bool? AnyOf(ImmutableArray<string> words, Func<string, bool?> matches)
    {
        bool?[] each = [.. words.Select(matches)];
        return each.Contains(true) ? true : each.Contains(null) ? null : false;
    }

    private static bool? And(bool? a, bool? b) => a == false || b == false ? false : a is null || b is null ? null : true;

    private static bool IsOfOnePiece(IPAddress mask) => mask.GetAddressBytes().SelectMany(octet => Enumerable.Range(0, 8).Select(bit => (octet >> (7 - bit)) & 1)).SkipWhile(bit => bit == 1).All(bit => bit == 0);

    private static int Ones(IPAddress mask) => mask.GetAddressBytes().Sum(octet => BitOperations.PopCount(octet));

    private static IPAddress Masked(IPAddress address, IPAddress mask) => new([.. address.GetAddressBytes().Zip(mask.GetAddressBytes(), (a, m) => (byte)(a & m))]);
}

/// <summary>Which lines of pg_hba.conf let a role in from elsewhere than the gateway. The first line that fits a connection decides.</summary>
/// <param name="gateways">The networks of the gateway.</param>
/// <param name="local">Whether it comes by the Unix socket.</param>
internal sealed class HbaReview(ImmutableArray<IPNetwork> gateways, bool local)
{
    /// <summary>The lines; none when only the gateway gets in.</summary>
    public ImmutableArray<HbaRule> Openings(IEnumerable<HbaRule> rules, string database, string role, ImmutableHashSet<string> groups)
    {
        ImmutableArray<HbaRule>.Builder openings = ImmutableArray.CreateBuilder<HbaRule>();
        List<HbaRule> rejecting = [];
        foreach (HbaRule rule in rules)
        {
            bool? isFor = rule.IsFor(database, role, groups);
            if (rule.Rejects && isFor == true)
            {
                rejecting.Add(rule);
            }
            else if (!rule.Rejects && isFor != false && !IsTheGateways(rule) && !IsRejected(rule, rejecting))
            {
                openings.Add(rule);
            }
        }

        return openings.DrainToImmutable();
    }

    private bool IsTheGateways(HbaRule rule) => rule.IsLocal ? local : AreWithin(rule.Networks, gateways);

    private static bool IsRejected(HbaRule rule, List<HbaRule> before) => rule.IsLocal
        ? before.Exists(earlier => earlier.IsLocal)
        : AreWithin(rule.Networks, [.. before.Where(earlier => earlier.Type == "host" || earlier.Type == rule.Type).SelectMany(earlier => earlier.Networks)]);

    private static bool AreWithin(ImmutableArray<IPNetwork> inner, ImmutableArray<IPNetwork> outer) => inner.Length > 0 && inner.All(
        i => outer.Any(o => o.BaseAddress.AddressFamily == i.BaseAddress.AddressFamily && o.PrefixLength <= i.PrefixLength && o.Contains(i.BaseAddress)));
}
