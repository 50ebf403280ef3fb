using System.Text.RegularExpressions;
using Lockplane.PostgresTests.Clusters;

namespace Lockplane.PostgresTests.Gateway.Bypass;

/// <summary>The bypass corpus, judged by effect: what the server, the other tenant's rows and the session's own context look like after each attempt.</summary>
[Collection(HostileScenesGroup.Name)]
public sealed class BypassTests(HostileScenes scenes, ITestOutputHelper output)
{
    private static readonly IReadOnlyList<BypassCase> Corpus =
        [.. BypassCase.ReadAll().OrderBy(static attack => attack.Left is not null).Where(static attack => Regex.IsMatch(attack.ToString(), Environment.GetEnvironmentVariable("LOCKPLANE_BYPASS") ?? ""))];

    // Without --all, older servers are tried in one form only.
    public static TheoryData<int, AttackForm> Forms => new(TestClusters.Majors.SelectMany(static major => Enum.GetValues<AttackForm>(), static (major, form) => (major.Data, form))
        .Where(static attempt => attempt.form == AttackForm.Simple || TestClusters.Newest.Any(major => major.Data == attempt.Data)));

    [Theory, MemberData(nameof(Forms))]
    public async Task No_attempt_has_an_effect_through_the_gateway(int major, AttackForm form)
    {
        HostileScene scene = await scenes.GetAsync(major);
        List<string> failures = [];
        int attempts = 0;
        foreach (BypassCase attack in Corpus.Where(attack => !attack.IsWire || form == AttackForm.Simple))
        {
            attempts++;
            List<string> effects = await TryAsync(scene, attack, direct: false, form);
            if (effects.Count > 0)
            {
                failures.Add($"{attack}\n    {string.Join("\n    ", effects)}\n    {string.Join("\n    ", attack.Steps)}");
            }
        }

        failures.AddRange(await scene.Judge.EffectsAsync(always: true));
        output.WriteLine($"{attempts} attempts");
        Assert.True(failures.Count == 0, $"{failures.Count} of {attempts} attempts had effects:\n{string.Join('\n', failures)}");
    }

    /// <summary>Else a judge that sees nothing, or an attack with a slip of the pen, would pass for a gate that holds. Making good takes a second each, so all are tried with --long only.</summary>
    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task An_attack_has_an_effect_where_there_is_no_gateway(int major)
    {
        HostileScene scene = await scenes.GetAsync(major);
        BypassCase[] attacks = [.. Corpus.Where(attack => attack.Harmless is null && (attack.Major ?? major) == major)];
        int every = Environment.GetEnvironmentVariable("LOCKPLANE_TEST_LONG") == "1" ? 1 : 12;
        List<string> failures = [];
        foreach (BypassCase attack in attacks.Where((_, number) => number % every == 0))
        {
            if ((await TryAsync(scene, attack, direct: true, AttackForm.Simple)).Count == 0)
            {
                failures.Add(attack.ToString());
            }
        }

        output.WriteLine($"every {every} of {attacks.Length} attacks");
        Assert.True(failures.Count == 0, $"{failures.Count} attacks have no effect:\n{string.Join('\n', failures)}");
    }

    private static async Task<List<string>> TryAsync(HostileScene scene, BypassCase attack, bool direct, AttackForm form)
    {
        try
        {
            await scene.UseAsync(left: attack.Left is not null);
            Attempt attempt = new(scene, attack, direct);
            List<string> effects = await attempt.RunAsync(form);
            if (attempt.LeftTraces)
            {
                await scene.ResetAsync(attack.Left is not null);
            }

            return effects;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or InvalidDataException or Npgsql.NpgsqlException)
        {
            throw new InvalidOperationException($"{attack}, {form}: {e.Message}", e);
        }
    }
}
