using System.Collections.Immutable;

namespace Lockplane.Control.Walls;

/// <summary>How a wall is.</summary>
public enum WallState
{
    /// <summary>It holds.</summary>
    Stands,

    /// <summary>It does not: its statements build it, or its decisions are an owner's to take.</summary>
    Missing,

    /// <summary>It does not, and this server's administrator cannot build it: the detail says what stands instead.</summary>
    NotAvailable,

    /// <summary>Whoever asks may not see whether it does.</summary>
    NotCheckable,

    /// <summary>The configuration leaves it out.</summary>
    Kept,

    /// <summary>No wall, but something to know.</summary>
    Note,
}

/// <summary>What was found of one wall.</summary>
/// <param name="Wall">The wall's name.</param>
/// <param name="Role">The role that it is about; null where it is about the whole database.</param>
/// <param name="State">How it is.</param>
/// <param name="Detail">What was found, or what stands instead.</param>
public sealed record WallFinding(string Wall, string? Role, WallState State, string Detail)
{
    /// <summary>What builds it; <c>harden --apply</c> runs these.</summary>
    public ImmutableArray<string> Statements { get; init; } = [];

    /// <summary>What an owner may decide to run, or to write into a file: never run here.</summary>
    public ImmutableArray<string> Decisions { get; init; } = [];
}

/// <summary>All that was found in one database.</summary>
/// <param name="Database">Its name.</param>
/// <param name="Findings">In the order of the walls.</param>
public sealed record WallReport(string Database, ImmutableArray<WallFinding> Findings)
{
    /// <summary>Whether a wall is missing.</summary>
    public bool IsMissing => Findings.Any(finding => finding.State == WallState.Missing);

    /// <summary>What builds the missing walls, each statement once, in order.</summary>
    public ImmutableArray<string> Statements => [.. Findings.Where(finding => finding.State == WallState.Missing).SelectMany(finding => finding.Statements).Distinct(StringComparer.Ordinal)];
}
