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
        VerdictCache cache = new(10, 1000);
        cache.Add("SELECT 1"u8, Refused);

        Assert.True(cache.TryFind("SELECT 1"u8, out Verdict? found));
        Assert.Same(Refused, found);
        Assert.False(cache.TryFind("SELECT 2"u8, out _));
        Assert.False(cache.TryFind("SELECT 1 "u8, out _));
    }

    [Fact]
    public void The_cache_keeps_what_is_used_and_forgets_the_rest()
    {
        VerdictCache cache = new(10, 100_000);
        cache.Add("kept"u8, Refused);
        for (int n = 0; n < 1000; n++)
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
        VerdictCache cache = new(1000, 100);
        byte[] text = new byte[80];
        for (int n = 0; n < 10; n++)
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
        StatementGate gate = new(TestParser.Shared, Profile.Application());
        ReadOnlySpan<byte> sql = "SELECT abalance FROM pgbench_accounts WHERE aid = 12345;"u8;
        gate.Judge(sql);
        for (int n = 0; n < 1000; n++)
        {
            gate.Judge(sql);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int n = 0; n < 1000; n++)
        {
            gate.Judge(sql);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
