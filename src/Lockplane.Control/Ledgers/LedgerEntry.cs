using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Control.Ledgers;

/// <summary>What kind of change an entry records.</summary>
public enum EntryKind
{
    /// <summary>The catalog as it was found; changes nothing.</summary>
    Baseline,

    /// <summary>A plan was applied.</summary>
    Apply,

    /// <summary>A plan made from an earlier entry's rollback was applied.</summary>
    Rollback,

    /// <summary>Walls were built by an administrator.</summary>
    Harden,
}

/// <summary>A step as it is kept in the ledger.</summary>
public sealed record EntryStep(string Description, string Sql);

/// <summary>An approval as it is kept in the ledger.</summary>
public sealed record EntryApproval(string Approver, string ApprovedAt);

/// <summary>The body of a ledger entry: canonical JSON, hash-chained by <see cref="Prev"/>.</summary>
/// <remarks>Shape: CONTRACT, "Ledger and operations". Times are UTC with microseconds, as the server's clock gave them.</remarks>
public sealed record LedgerEntry(
    int Format,
    long Seq,
    string? Prev,
    EntryKind Kind,
    string DatabaseId,
    string? PlanHash,
    EntrySegment? Segment,
    string? FromHash,
    string ToHash,
    string Proposer,
    ImmutableArray<EntryApproval> Approvals,
    string Applier,
    string Door,
    ImmutableArray<EntryStep> Steps,
    string? AssessmentHash,
    string StartedAt,
    string CommittingAt,
    string Engine,
    string ServerVersion)
{
    /// <summary>The format that this process writes.</summary>
    public const int CurrentFormat = 1;

    internal string ToBody() => Encoding.UTF8.GetString(CanonicalJson.Write(JsonSerializer.SerializeToElement(this, ControlJson.Default.LedgerEntry)));

    internal static LedgerEntry Parse(string body) => JsonSerializer.Deserialize(body, ControlJson.Default.LedgerEntry)!;

    internal static ManifestHash HashOf(string body) => CanonicalHash.Of(HashDomain.Entry, Encoding.UTF8.GetBytes(body));
}

/// <summary>Which of a plan's segments the entry is of.</summary>
public sealed record EntrySegment(int N, int Of);

/// <summary>An entry as it stands in the table.</summary>
/// <param name="Seq">Its number.</param>
/// <param name="Body">The bytes that were hashed.</param>
/// <param name="Hash">The hash, as it is stored.</param>
/// <param name="Signature">The signature, as it is stored.</param>
public sealed record LedgerRow(long Seq, string Body, string Hash, string Signature)
{
    /// <summary>The body, read.</summary>
    public LedgerEntry Entry { get; } = LedgerEntry.Parse(Body);
}
