using System.Collections.Immutable;

namespace Lockplane.Control.Walls;

/// <summary>A hole in Postgres that a role with no more than an application's rights may be able to use, and the minor versions that closed it.</summary>
/// <param name="Cve">Its name; https://www.postgresql.org/support/security/ has each.</param>
/// <param name="FixedIn">For each major version the first minor version without it.</param>
/// <param name="Reason">Why it gets past the walls.</param>
internal sealed record ServerFix(string Cve, ImmutableArray<Version> FixedIn, string Reason);

/// <summary>The list behind the least minor version: some of the holes and not all, newest first.</summary>
internal static class ServerFixes
{
    public static ImmutableArray<ServerFix> All { get; } =
    [
        new("CVE-2026-16239", Versions("18.6", "17.11", "16.15", "15.19"), "closing and declaring a cursor anew runs code as the server's account"),
        new("CVE-2026-14676", Versions("18.6"), "pg_stat_statements, where it is installed, runs code as the server's account on a query with many lists"),
        new("CVE-2026-6474", Versions("18.4", "17.10", "16.14", "15.18"), "timeofday() under a crafted time zone shows parts of the server's memory"),
        new("CVE-2026-6473", Versions("18.4", "17.10", "16.14", "15.18"), "an integer that wraps makes the server write past its memory"),
        new("CVE-2026-2006", Versions("18.2", "17.8", "16.12", "15.16"), "text functions on broken multibyte characters run code as the server's account"),
        new("CVE-2025-8713", Versions("17.6", "16.10", "15.14"), "planner statistics show values that row level security hides"),
        new("CVE-2024-10976", Versions("17.1", "16.5", "15.9"), "a query planned for one role is run for another under the first one's policies"),
        new("CVE-2023-39418", Versions("15.4"), "MERGE does not enforce policies for UPDATE and SELECT"),
        new("CVE-2023-2455", Versions("15.3"), "policies of another role are applied after a function was inlined"),
    ];

    /// <summary>What a server of this version still has.</summary>
    public static ImmutableArray<ServerFix> MissingIn(Version server) =>
        [.. All.Where(fix => fix.FixedIn.Any(version => version.Major == server.Major && server < version))];

    /// <summary>The least version of a major that has all fixes; null for a major that the list does not know.</summary>
    public static Version? Least(int major) => All.SelectMany(fix => fix.FixedIn).Where(version => version.Major == major).Max();

    private static ImmutableArray<Version> Versions(params IEnumerable<string> versions) => [.. versions.Select(Version.Parse)];
}
