using System.Collections.Immutable;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Plans;

/// <summary>When in a plan a statement runs: what is depended on is made first and dropped last.</summary>
internal enum Phase
{
    DropForeignKeys,
    DropConstraints,
    DropIndexes,
    DetachSequences,

    // What frees names and dependencies inside tables that stay: columns, defaults and identities that go.
    LoosenTables,
    DropTables,
    DropSequences,
    CreateSchemas,
    CreateSequences,
    CreateTables,
    AlterTables,
    AlterSequences,
    AddConstraints,
    CreateIndexes,
    AddForeignKeys,
    DropSchemas,
}

/// <summary>One statement with what is known about it, before it has a number and a segment.</summary>
internal sealed record StepDraft(Phase Phase, string Description, string Sql, string Reason)
{
    public ImmutableArray<StepLock> Locks { get; init; } = [];

    public ImmutableArray<string> Rewrites { get; init; } = [];

    public ImmutableArray<string> Scans { get; init; } = [];

    public ImmutableArray<StepHazard> Hazards { get; init; } = [];

    public Reversibility Reversibility { get; init; } = Reversibility.Exact;

    /// <summary>What the rollback does not bring back, in words.</summary>
    public ImmutableArray<string> Loses { get; init; } = [];

    /// <summary>The step takes this lock, and reads or rewrites the table while it holds it.</summary>
    public StepDraft Locking(ObjectId table, string mode, bool scans = false, bool rewrites = false)
    {
        string name = table.QualifiedName;
        StepDraft draft = this with { Locks = Locks.Add(new StepLock(name, mode)) };
        if (scans)
        {
            draft = draft with { Scans = Scans.Add(name) };
            draft = draft.With(Plans.Hazards.ScansTable, table);
        }

        if (rewrites)
        {
            draft = draft with { Rewrites = Rewrites.Add(name) };
            draft = draft.With(Plans.Hazards.RewritesTable, table);
        }

        return scans || rewrites ? draft.With(mode == LockModes.AccessExclusive ? Plans.Hazards.BlocksReads : Plans.Hazards.BlocksWrites, table) : draft;
    }

    /// <summary>The step has this hazard.</summary>
    public StepDraft With(Hazard hazard, ObjectId subject) => this with { Hazards = Hazards.Add(new StepHazard(hazard.Name, subject.ToString())) };

    /// <summary>The step destroys what <paramref name="lost"/> names.</summary>
    public StepDraft Losing(string lost) => this with { Reversibility = Reversibility.DataLost, Loses = Loses.Add(lost) };
}
