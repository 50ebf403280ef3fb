using System.Text;
using Lockplane.Gateway.Statements;
using Lockplane.Tests.Sql;

namespace Lockplane.Tests.Gateway.Statements;

public class VerdictCacheTests
{
    private static readonly Verdict Refused = new(VerdictKind.Refuse, new Refusal("LP310", "no"));

    [Fact]
    public void A_verdict_is_found_by_the_same_bytes_only()
    {
        var cache = new VerdictCache(10, 1000);
        cache.Add("SELECT 1"u8, Refused);

        Assert.True(cache.TryFind("SELECT 1"u8, out var found));
        Assert.Same(Refused, found);
        Assert.False(cache.TryFind("SELECT 2"u8, out _));
        Assert.False(cache.TryFind("SELECT 1 "u8, out _));
    }

    [Fact]
    public void The_cache_keeps_what_is_used_and_forgets_the_rest()
    {
        var cache = new VerdictCache(10, 100_000);
        cache.Add("kept"u8, Refused);
        for (var n = 0; n < 1000; n++)
        {
            Assert.True(cache.TryFind("kept"u8, out _));
            cache.Add(Encoding.UTF8.GetBytes($"flood {n}"), Verdict.Permitted);
        }

        Assert.True(cache.TryFind("kept"u8, out _));
        Assert.False(cache.TryFind("flood 1"u8, out _));
        Assert.True(cache.TryFind("flood 999"u8, out _));
    }

    [Fact]
    public void The_bytes_of_all_texts_are_bounded()
    {
        var cache = new VerdictCache(1000, 100);
        var text = new byte[80];
        for (var n = 0; n < 10; n++)
        {
            text[0] = (byte)n;
            cache.Add(text, Refused);
        }

        text[0] = 0;
        Assert.False(cache.TryFind(text, out _));
    }

    [Fact]
    public void A_hit_allocates_nothing()
    {
        var gate = new StatementGate(TestParser.Shared, Profile.Application());
        var sql = "SELECT abalance FROM pgbench_accounts WHERE aid = 12345;"u8;
        gate.Judge(sql);
        for (var n = 0; n < 1000; n++)
            gate.Judge(sql);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var n = 0; n < 1000; n++)
            gate.Judge(sql);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
