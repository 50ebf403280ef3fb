using System.Text;
using Lockplane.PostgresTests.Clusters;
using Lockplane.PostgresTests.Gateway.Bypass;
using Lockplane.Scripted;
using Lockplane.Tests.Gateway.Protocol;

namespace Lockplane.PostgresTests.Gateway.Fuzz;

/// <summary>
/// Random hostile SQL through a gateway, as a role that could change the schema: whatever it is, the session answers or ends with an error, and the server, the other tenant's rows and the
/// session's context are as they were. Repeat a failure with the LOCKPLANE_SEED that is printed; LOCKPLANE_TEST_LONG=1 or LOCKPLANE_FUZZ_SECONDS make it longer.
/// </summary>
[Collection(HostileScenesGroup.Name)]
public sealed class GateFuzzTests(HostileScenes scenes, ITestOutputHelper output)
{
    private const int TextsPerSession = 100;

    // How the server and the gateway answered: a generator that makes nothing but syntax errors tries nothing.
    private readonly SortedDictionary<string, int> _answers = new(StringComparer.Ordinal);

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task Random_sql_has_no_effect(int major)
    {
        HostileScene scene = await scenes.GetAsync(major);
        await scene.ResetAsync();
        IReadOnlyList<string> seeds = SqlSeeds.Read(scene.Names);
        List<string> functions = await FunctionsAsync(scene);
        FuzzBudget budget = new(25);
        int texts = 0;
        while (budget.Next() is { } seed)
        {
            List<string> batch = Batch(seed, seeds, functions);
            texts += batch.Count;
            List<string> effects = await TryAsync(scene, batch, seed);
            if (effects.Count > 0)
            {
                Assert.Fail($"LOCKPLANE_SEED={seed} on Postgres {major}: {string.Join("\n    ", effects)}\n{await SmallestAsync(scene, batch, seed)}");
            }
        }

        await scene.ResetAsync();
        output.WriteLine($"{texts} texts from {seeds.Count} seeds and {functions.Count} functions; answers: {string.Join(", ", _answers.Select(static answer => $"{answer.Value} {answer.Key}"))}");
        budget.Report();
        Assert.True(texts > 0);
    }

    /// <summary>Else a generator that makes nothing dangerous, or a judge that sees nothing, would pass for a gate that holds.</summary>
    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task The_same_texts_have_effects_where_there_is_no_gateway(int major)
    {
        HostileScene scene = await scenes.GetAsync(major);
        await scene.ResetAsync();

        // Nothing that could write beside the server's own folder.
        IReadOnlyList<string> seeds = [.. SqlSeeds.Read(scene.Names).Where(static text => !text.Contains("COPY", StringComparison.OrdinalIgnoreCase) && !text.Contains('/', StringComparison.Ordinal))];
        List<string> functions = [.. (await FunctionsAsync(scene)).Where(static function => !function.StartsWith("lo_export", StringComparison.Ordinal))];
        List<string> effects = [];
        for (int seed = 1; seed <= 5 && effects.Count == 0; seed++)
        {
            effects = await TryAsync(scene, Batch(seed, seeds, functions), seed, direct: true);
        }

        await scene.ResetAsync();
        output.WriteLine(string.Join('\n', effects));
        Assert.NotEmpty(effects);
    }

    private static Task<List<string>> FunctionsAsync(HostileScene scene) => scene.ReadAsync("""
        SELECT array_to_string(proname::text || ARRAY(SELECT quote_ident(t.typname) FROM unnest(proargtypes::oid[]) WITH ORDINALITY a(oid, n) JOIN pg_type t ON t.oid = a.oid ORDER BY n), ' ')
        FROM pg_proc WHERE pronamespace IN ('pg_catalog'::regnamespace, 'public'::regnamespace) ORDER BY 1
        """);

    private static List<string> Batch(int seed, IReadOnlyList<string> seeds, IReadOnlyList<string> functions)
    {
        SqlSoup soup = new(seed, seeds, functions);
        return [.. Enumerable.Range(0, TextsPerSession).Select(_ => soup.Next())];
    }

    /// <summary>Sends the texts in one session, in all three forms, and judges what is left.</summary>
    private async Task<List<string>> TryAsync(HostileScene scene, List<string> texts, int seed, bool direct = false)
    {
        List<string> effects = [];
        string usual = await scene.UsualContextAsync(direct, superuser: false);
        if (await scene.LogInAsync(direct, superuser: false) is not { } client)
        {
            return ["no login"];
        }

        using (AttackSession session = new(client))
        {
            if (await SendAsync(session, texts, seed) is { } unanswered)
            {
                return [$"no answer to: {unanswered}"];
            }

            if (session.Ended && !session.Answers[^1].Body.StartsWith("SFATAL", StringComparison.Ordinal))
            {
                effects.Add("the session ended without a word");
            }

            Count(session);
            effects.AddRange((await session.ContextsAsync()).Where(context => context != usual).Select(context => $"context: {usual} -> {context}"));
            effects.AddRange(session.Leaks(mayReadAll: false));
        }

        effects.AddRange(await scene.Judge.EffectsAsync(always: true));
        return [.. effects.Distinct()];
    }

    /// <summary>The text that was not answered; null when all were, or the session ended.</summary>
    private static async Task<string?> SendAsync(AttackSession session, List<string> texts, int seed)
    {
        for (int i = 0; i < texts.Count && !session.Ended; i++)
        {
            string text = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(texts[i]));
            int form = (seed + i) % 4;
            _ = form switch
            {
                0 or 1 => session.Client.Query(text),
                2 => session.Client.Execute(text).Sync(),
                _ => session.Client.Execute("SELECT 1").Execute(text).Execute("SELECT 2").Sync(),
            };
            try
            {
                await session.AskAsync(sync: form > 1);
            }
            catch (OperationCanceledException)
            {
                return texts[i];
            }
        }

        return null;
    }

    private void Count(AttackSession session)
    {
        foreach (ScriptedMessage answer in session.Answers.Where(static answer => answer.Type is 'C' or 'E'))
        {
            string what = answer.Type == 'C' ? "run" : answer.Body[(answer.Body.IndexOf("\0C", StringComparison.Ordinal) + 2)..][..5];
            what = what is "run" or "42601" or "42501" || what.StartsWith("LP", StringComparison.Ordinal) ? what : "other errors";
            _answers[what] = _answers.GetValueOrDefault(what) + 1;
        }
    }

    /// <summary>The text of a batch that does it alone, less the tokens that it does not need; the whole batch when none does it alone.</summary>
    private async Task<string> SmallestAsync(HostileScene scene, List<string> batch, int seed)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            if (!await AloneAsync(scene, batch[i], seed + i))
            {
                continue;
            }

            List<string> tokens = SqlSoup.Tokens(batch[i]);
            for (int at = tokens.Count - 1; at >= 0 && tokens.Count > 1; at--)
            {
                List<string> less = [.. tokens[..at], .. tokens[(at + 1)..]];
                tokens = await AloneAsync(scene, string.Concat(less), seed + i) ? less : tokens;
            }

            return $"by: {string.Concat(tokens)}\nof: {batch[i]}";
        }

        return "by all of these together:\n" + string.Join("\n;;\n", batch);
    }

    private async Task<bool> AloneAsync(HostileScene scene, string text, int form)
    {
        await scene.ResetAsync();
        return (await TryAsync(scene, [text], form)).Count > 0;
    }
}
