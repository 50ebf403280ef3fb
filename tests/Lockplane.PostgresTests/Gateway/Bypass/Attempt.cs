using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Lockplane.PostgresTests.Gateway.Bypass;

/// <summary>How the texts of a case are sent.</summary>
public enum AttackForm
{
    /// <summary>Each as a Query.</summary>
    Simple,

    /// <summary>Each as Parse, Bind, Execute, Sync.</summary>
    Extended,

    /// <summary>All between two INSERTs before one Sync.</summary>
    Pipelined,
}

/// <summary>Makes one case's attempt on a scene and judges it by its effects.</summary>
internal sealed partial class Attempt(HostileScene scene, BypassCase attack, bool direct)
{
    private static int _attempts;

    private readonly string _companion = string.Create(CultureInfo.InvariantCulture, $"companion {Interlocked.Increment(ref _attempts)}");

    /// <summary>Its transaction commands end the pipeline's transaction themselves.</summary>
    private bool EndsTransactions => attack.Steps.Any(static step => Ending().IsMatch(step));

    /// <summary>Whether an effect outlived the session.</summary>
    public bool LeftTraces { get; private set; }

    /// <summary>The effects; empty when there were none.</summary>
    /// <param name="form">Without meaning for a wire script.</param>
    public async Task<List<string>> RunAsync(AttackForm form)
    {
        string usual = await scene.UsualContextAsync(direct, attack.Superuser);
        List<string> effects = [];
        using AttackSession? session = attack.IsWire ? await PlayWireAsync() : await PlayAsync(form);
        if (session is not null)
        {
            foreach (string context in await session.ContextsAsync())
            {
                if (context != usual)
                {
                    effects.Add($"context: {usual} -> {context}");
                }
            }

            effects.AddRange(session.Leaks(attack.Superuser));
        }

        // What is left of a pipeline with a refused statement: nothing (row W1).
        if (session is { AnyError: true } && form == AttackForm.Pipelined && !EndsTransactions && await scene.Judge.CommittedAsync(_companion))
        {
            effects.Add("what stood in the pipeline before the error was committed");
        }

        List<string> traces = await scene.Judge.EffectsAsync();
        LeftTraces = traces.Count > 0;
        effects.AddRange(traces);
        return [.. effects.Distinct()];
    }

    private async Task<AttackSession> PlayAsync(AttackForm form)
    {
        AttackSession session = new((await scene.LogInAsync(direct, attack.Superuser))!);
        string[] steps = [.. attack.Steps.Select(step => BypassCase.Fill(step, scene.Names))];
        if (form == AttackForm.Pipelined)
        {
            string companion = $"INSERT INTO public.scratch VALUES (1, '{_companion}')";
            session.Client.Execute(companion);
            foreach (string step in steps)
            {
                session.Client.Execute(Bytes(step));
            }

            session.Client.Execute(companion).Sync();
            await session.AskAsync(sync: true);
            return session;
        }

        foreach (string step in steps.TakeWhile(_ => !session.Ended))
        {
            _ = form == AttackForm.Simple ? session.Client.Query(Bytes(step)) : session.Client.Execute(Bytes(step)).Sync();
            await session.AskAsync(sync: form == AttackForm.Extended);
        }

        return session;
    }

    /// <summary>The last session that a script logged in; null when there is none.</summary>
    private async Task<AttackSession?> PlayWireAsync()
    {
        WireScript script = new(scene, attack, direct);
        AttackSession? session = await script.PlayAsync();
        if (session is { Ended: false })
        {
            await session.SettleAsync();
        }

        return session;
    }

    // Messages are written as Latin-1: each character is a byte.
    private static string Bytes(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    [GeneratedRegex(@"\b(COMMIT|ROLLBACK|END|ABORT|PREPARE TRANSACTION)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Ending();
}
