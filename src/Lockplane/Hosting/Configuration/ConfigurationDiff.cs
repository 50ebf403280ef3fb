using System.Collections.Immutable;
using System.Globalization;

namespace Lockplane.Hosting.Configuration;

/// <summary>One key that differs. Secrets are stars on both sides.</summary>
/// <param name="Key">Such as <c>gateway.max_sessions</c> or <c>auth[1].user</c>.</param>
/// <param name="From">As printed; null where the key was not there.</param>
/// <param name="To">As printed; null where it is gone.</param>
/// <param name="NeedsRestart">The running process keeps the value that it started with.</param>
internal sealed record ConfigurationChange(string Key, string? From, string? To, bool NeedsRestart)
{
    /// <summary>One line.</summary>
    public string Text => From is not null && From == To ? $"{Key}: another secret" : $"{Key}: {From ?? "(none)"} -> {To ?? "(none)"}";
}

/// <summary>What differs between two configurations, by what they print.</summary>
internal static class ConfigurationDiff
{
    // What the gateway takes over while it runs. Everything else was given away at the start: to listeners, to the control plane, to HTTP.
    private static readonly string[] TakesEffect = ["gateway.", "server.", "auth[", "maps.", "identity[", "profile[", "walls."];
    private static readonly string[] Fixed = ["gateway.listen", "gateway.port", "gateway.unix_socket", "gateway.loops", "gateway.drain_timeout"];

    /// <summary>The changes in the order of the keys.</summary>
    /// <param name="start">What the process started with: a key that needs a restart is named as long as it differs from it.</param>
    /// <param name="current">What is in force.</param>
    /// <param name="next">What is to be.</param>
    public static ImmutableArray<ConfigurationChange> Of(LockplaneConfiguration start, LockplaneConfiguration current, LockplaneConfiguration next)
    {
        (SortedDictionary<string, string> began, SortedDictionary<string, string> old, SortedDictionary<string, string> wanted) = (Flatten(start.Printed), Flatten(current.Printed), Flatten(next.Printed));
        ImmutableArray<ConfigurationChange>.Builder changes = ImmutableArray.CreateBuilder<ConfigurationChange>();
        foreach (string key in began.Keys.Union(old.Keys).Union(wanted.Keys).Union(next.SecretMarks.Keys).Order(StringComparer.Ordinal))
        {
            bool needsRestart = Fixed.Contains(key, StringComparer.Ordinal) || !TakesEffect.Any(prefix => key.StartsWith(prefix, StringComparison.Ordinal));
            LockplaneConfiguration before = needsRestart ? start : current;
            string? from = (needsRestart ? began : old).GetValueOrDefault(key);
            string? to = wanted.GetValueOrDefault(key);
            bool otherSecret = before.SecretMarks.TryGetValue(key, out string? oldMark) && next.SecretMarks.TryGetValue(key, out string? newMark) && oldMark != newMark;
            if (from != to || otherSecret)
            {
                changes.Add(new ConfigurationChange(key, from, to, needsRestart));
            }
        }

        return changes.DrainToImmutable();
    }

    /// <summary>The printed form, by whole keys: tables in lists are numbered.</summary>
    internal static SortedDictionary<string, string> Flatten(string printed)
    {
        SortedDictionary<string, string> keys = new(StringComparer.Ordinal);
        Dictionary<string, int> items = new(StringComparer.Ordinal);
        string prefix = "";
        foreach (string line in printed.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("[[", StringComparison.Ordinal))
            {
                string name = line[2..^2];
                items[name] = items.GetValueOrDefault(name, -1) + 1;
                prefix = string.Create(CultureInfo.InvariantCulture, $"{name}[{items[name]}].");
            }
            else if (line[0] == '[')
            {
                prefix = line[1..^1] + ".";
            }
            else
            {
                int equals = line.IndexOf(" = ", StringComparison.Ordinal);
                keys[prefix + line[..equals]] = line[(equals + 3)..];
            }
        }

        return keys;
    }
}
