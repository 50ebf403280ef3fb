using System.Text;
using Lockplane.Gateway.Statements;

namespace Lockplane.Tests.Gateway.Statements;

public sealed class VerdictCacheTests
{
    private static readonly Verdict Refused = new(VerdictKind.Refuse, new Refusal("LP310", "no"));

    [Fact]
    public void A_verdict_is_found_by_the_same_bytes_only()
    {
        VerdictCache cache = new(16, 1_000);
        cache.Add("SELECT 1"u8, Refused, owner: 1);

        Assert.True(cache.TryFind("SELECT 1"u8, out Verdict? found));
        Assert.Same(Refused, found);
        Assert.False(cache.TryFind("SELECT 2"u8, out _));
        Assert.False(cache.TryFind("SELECT 1 "u8, out _));
        Assert.False(cache.TryFind(""u8, out _));
    }

    [Fact]
    public void Texts_of_any_length_are_told_apart()
    {
        VerdictCache cache = new(4_096, 1 << 20);
        byte[] text = new byte[100];
        new Random(1).NextBytes(text);
        Verdict[] verdicts = [.. Enumerable.Range(0, 100).Select(_ => Refused with { })];
        for (int length = 0; length < 100; length++)
        {
            cache.Add(text.AsSpan(0, length), verdicts[length], 1);
        }

        for (int length = 0; length < 100; length++)
        {
            Assert.True(cache.TryFind(text.AsSpan(0, length), out Verdict? found));
            Assert.Same(verdicts[length], found);
            for (int at = 0; at < length; at++)
            {
                text[at] ^= 1;
                Assert.False(cache.TryFind(text.AsSpan(0, length), out _));
                text[at] ^= 1;
            }
        }
    }

    [Fact]
    public void A_session_that_floods_forgets_its_own_texts_and_not_those_of_others()
    {
        VerdictCache cache = new(256, 1 << 20);
        for (int n = 0; n < 100; n++)
        {
            Add(cache, $"other {n}", owner: 2);
        }

        for (int n = 0; n < 100_000; n++)
        {
            Add(cache, $"flood {n}", owner: 1);
        }

        Assert.All(Enumerable.Range(0, 100), n => Assert.True(Find(cache, $"other {n}")));
        Assert.True(Find(cache, "flood 99999"));
        Assert.False(Find(cache, "flood 100"));
    }

    [Fact]
    public void A_session_that_floods_with_long_texts_forgets_its_own()
    {
        VerdictCache cache = new(1_000, 64_000);
        for (int n = 0; n < 100; n++)
        {
            Add(cache, $"other {n}", owner: 2);
        }

        string padding = new('x', 5_000);
        for (int n = 0; n < 1_000; n++)
        {
            Add(cache, $"flood {n} {padding}", owner: 1);
        }

        Assert.All(Enumerable.Range(0, 100), n => Assert.True(Find(cache, $"other {n}")));
        Assert.False(Find(cache, $"flood 0 {padding}"));
    }

    [Fact]
    public void The_share_of_a_session_is_an_eighth_when_another_had_it_all()
    {
        VerdictCache cache = new(256, 1 << 20);
        for (int n = 0; n < 256; n++)
        {
            Add(cache, $"first {n}", owner: 1);
        }

        for (int n = 0; n < 10_000; n++)
        {
            Add(cache, $"second {n}", owner: 2);
        }

        Assert.Equal(256 - 32, Enumerable.Range(0, 256).Count(n => Find(cache, $"first {n}")));
    }

    [Fact]
    public void What_was_found_lately_stays_and_the_rest_goes()
    {
        VerdictCache cache = new(64, 100_000);
        Add(cache, "kept", owner: 1);
        for (int n = 0; n < 1_000; n++)
        {
            Assert.True(Find(cache, "kept"));
            Add(cache, $"new {n}", owner: 1);
        }

        Assert.False(Find(cache, "new 1"));
        Assert.True(Find(cache, "new 999"));
    }

    [Fact]
    public void The_bytes_of_all_texts_are_bounded()
    {
        VerdictCache cache = new(1_000, 800);
        byte[] text = new byte[90];
        for (byte n = 0; n < 20; n++)
        {
            text[0] = n;
            cache.Add(text, Refused, n);
        }

        Assert.Equal(8, Enumerable.Range(0, 20).Count(n =>
        {
            text[0] = (byte)n;
            return cache.TryFind(text, out _);
        }));
        cache.Add(new byte[101], Refused, 1);
        Assert.False(cache.TryFind(new byte[101], out _));
    }

    [Fact]
    public async Task Many_threads_find_and_add_at_once()
    {
        VerdictCache cache = new(128, 1 << 20);
        Verdict[] verdicts = [.. Enumerable.Range(0, 500).Select(n => new Verdict(VerdictKind.Refuse, new Refusal("LP310", $"text {n}")))];
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            Random random = new(thread);
            for (int round = 0; round < 50_000; round++)
            {
                int n = random.Next(500);
                byte[] text = Encoding.UTF8.GetBytes($"text {n}");
                if (!cache.TryFind(text, out Verdict? found))
                {
                    cache.Add(text, verdicts[n], thread);
                }
                else if (!ReferenceEquals(found, verdicts[n]))
                {
                    throw new InvalidOperationException($"The verdict of text {n} is another's.");
                }
            }
        }, TestContext.Current.CancellationToken)));
    }

    private static void Add(VerdictCache cache, string text, long owner) => cache.Add(Encoding.UTF8.GetBytes(text), Refused, owner);

    private static bool Find(VerdictCache cache, string text) => cache.TryFind(Encoding.UTF8.GetBytes(text), out _);
}
