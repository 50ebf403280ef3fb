using Lockplane.Gateway.Sessions;
using Lockplane.Tests.Gateway.Relays;
using Lockplane.Tests.Gateway.Sessions;
using Lockplane.Wire;
using Lockplane.Wire.Frontend;
using static Lockplane.Tests.Gateway.Relays.RelayScript;

namespace Lockplane.Tests.Gateway.Protocol;

/// <summary>The state machines without sockets, from a printed seed, hundreds of thousands of times: they refuse with a code or not at all, and cuts change nothing.</summary>
public sealed class StateFuzzTests
{
    private const double Seconds = 4;

    private static readonly byte[][] FromClient =
    [
        Query("select 1"), Parse("s", "select $1"), Frame('B', "\0s\0\0\0\0\0\0\0"), Frame('E', "\0\0\0\0\0"), Frame('S', ""), Query("refuse me"), Parse("", "refuse me too"), Query("create table t()"), Frame('F', "call"),
        Frame('d', "copy data"), Frame('c', ""), Frame('f', "why\0"), Frame('D', "Ss\0"), Frame('C', "Ss\0"), Frame('H', ""), Query(""), Query(new string('y', 2_000)), Frame('X', ""),
    ];

    private static readonly byte[][] FromServer =
    [
        Frame('T', "rows"), Frame('D', new string('d', 300)), Frame('C', "SELECT 1\0"), Frame('S', "TimeZone\0UTC\0"), Frame('Z', "T"), SyntaxError(1), Frame('Z', "E"), Frame('N', "notice"), SyntaxError(2), SyntaxError(9),
        Frame('S', "client_encoding\0UTF8\0"), Frame('S', "client_encoding\0SJIS\0"), Frame('E', "SERROR\0C42601\0Mlockplane_refused_\0\0"), Frame('G', "\0\0\0"), Frame('A', "\0\0\0\u0001c\0p\0"), Frame('Z', "I"),
    ];

    private static readonly byte[][] FirstPackets =
    [
        LoginScript.Startup("user", "app", "database", "shop", "application_name", "x", "options", "-c statement_timeout=5 --lock-timeout=7"), LoginScript.Startup(ProtocolVersion.V32.Code, "user", "app", "_pq_.x", "1"),
        [0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x2F], [0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x30], [0, 0, 0, 16, 0x04, 0xD2, 0x16, 0x2E, 0, 0, 0, 1, 1, 2, 3, 4],
    ];

    [Fact]
    public void The_relay_of_a_client_takes_anything() => Run(seed =>
    {
        Mutation mutation = new(seed);
        byte[] bytes = mutation.Of(FromClient, FromClient);
        using RelayScript whole = new();
        using RelayScript split = new();
        AssertSame(Fed(whole.FromClient, [bytes]), Fed(split.FromClient, mutation.Split(bytes)), whole.ToServer, split.ToServer);
    });

    [Fact]
    public void The_relay_of_a_server_takes_anything() => Run(seed =>
    {
        Mutation mutation = new(seed);
        byte[] bytes = mutation.Of(FromServer, FromServer);
        using RelayScript whole = new();
        using RelayScript split = new();
        foreach (RelayScript script in (RelayScript[])[whole, split])
        {
            script.FromClient(Query("refuse"));
            script.FromClient(Query("create table t()"));
        }

        AssertSame(Fed(whole.FromServer, [bytes]), Fed(split.FromServer, mutation.Split(bytes)), whole.ToClient, split.ToClient);
    });

    [Fact]
    public void The_login_of_a_client_takes_anything() => Run(seed =>
    {
        Mutation mutation = new(seed);
        byte[] packet = mutation.Of([mutation.One(FirstPackets)], FirstPackets, headers: 0);
        Assert.NotEqual(SqlState.InternalError, Refused([packet]));
        byte[] proof = mutation.Of([SaslInitial], FromClient);
        Assert.Equal(Refused([FirstPackets[0], proof]), Refused([FirstPackets[0], .. mutation.Split(proof)]));
    });

    private static byte[] SaslInitial
    {
        get
        {
            using Lockplane.Wire.Framing.ByteBuffer buffer = new();
            SaslMessages.WriteInitial(buffer, "SCRAM-SHA-256", "n,,n=,r=clientnonce");
            return buffer.Unread.ToArray();
        }
    }

    // The SQLSTATE that a login was refused with; null when it was not.
    private static string? Refused(IEnumerable<byte[]> parts)
    {
        using LoginScript script = new();
        try
        {
            foreach (byte[] part in parts)
            {
                for (ClientLoginState state = script.Feed(part); state is not ClientLoginState.Reading; state = script.Feed([]))
                {
                    if (state is not ClientLoginState.Requested)
                    {
                        return null;
                    }
                }
            }

            return null;
        }
        catch (ProtocolException refusal)
        {
            return refusal.SqlState;
        }
    }

    private delegate void Feeder(ReadOnlySpan<byte> bytes);

    private static string? Fed(Feeder feeder, IEnumerable<byte[]> parts)
    {
        try
        {
            foreach (byte[] part in parts)
            {
                feeder(part);
            }

            return null;
        }
        catch (ProtocolException violation)
        {
            return violation.SqlState;
        }
    }

    private static void AssertSame(string? whole, string? split, List<byte> ofWhole, List<byte> ofSplit)
    {
        Assert.Equal(whole, split);
        Assert.NotEqual(SqlState.InternalError, whole);
        if (!ofWhole.SequenceEqual(ofSplit))
        {
            int at = ofWhole.Zip(ofSplit).TakeWhile(pair => pair.First == pair.Second).Count();
            Assert.Fail($"{ofWhole.Count} and {ofSplit.Count} bytes, ending with {whole ?? "nothing"}, differ from byte {at}: {Convert.ToHexString([.. ofWhole.Skip(at).Take(60)])} {Convert.ToHexString([.. ofSplit.Skip(at).Take(60)])}");
        }
    }

    private static void Run(Action<int> round)
    {
        FuzzBudget budget = new(Seconds);
        while (budget.Next() is { } seed)
        {
            try
            {
                round(seed);
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}: {e}");
            }
        }

        budget.Report();
        Assert.True(budget.Rounds > 0);
    }
}
