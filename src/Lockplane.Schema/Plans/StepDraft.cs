using System.Collections.Immutable;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Plans;

/// <summary>When in a plan a statement runs: what is depended on is made first and dropped last.</summary>
internal enum Phase
{
    // What stands on tables: views, triggers, policies.
    DropViews,
    DropForeignKeys,
    DropConstraints,
    DropIndexes,

    // Sequences from columns, tables from composite types.
    Detach,

    // What frees names and dependencies inside tables that stay: columns, defaults and identities that go.
    LoosenTables,
    DropTables,
    DropSequences,
    CreateSchemas,

    // What tables stand on: types, functions.
    CreateTypes,
    CreateSequences,
    CreateTables,
    AlterTables,
    AlterSequences,
    AddConstraints,
    CreateIndexes,
    AddForeignKeys,
    CreateViews,

    // Functions whose body is a text that is read when they are made.
    CreateFunctions,
    SetPrivileges,
    DropTypes,
    DropSchemas,

    // What acts on statements or sessions that come later: event triggers, default privileges, settings.
    SetDefaults,
}

/// <summary>One statement with what is known about it, before it has a number and a segment.</summary>
internal sealed record StepDraft(Phase Phase, string Description, string Sql, string Reason)
{
    /// <summary>What it makes, changes or drops.</summary>
    public ObjectId? Subject { get; init; }

    /// <summary>It says what every kind of object can have, such as a comment: nothing waits for it.</summary>
    public bool IsCommon { get; init; }

    /// <summary>The objects whose statements come before this one, besides those that its subject depends on: what is dropped goes after what they drop, all else comes after what they make.</summary>
    public ImmutableArray<ObjectId> After { get; init; } = [];

    /// <summary>What is dropped goes before what it needs; all else comes after what it needs.</summary>
    public bool Frees => Phase is <= Phase.DropSequences or Phase.DropTypes or Phase.DropSchemas;

    public ImmutableArray<StepLock> Locks { get; init; } = [];

    public ImmutableArray<string> Rewrites { get; init; } = [];

    public ImmutableArray<string> Scans { get; init; } = [];

    public ImmutableArray<StepHazard> Hazards { get; init; } = [];

    public Reversibility Reversibility { get; init; } = Reversibility.Exact;

    /// <summary>How many rows a data change must touch.</summary>
    public RowBounds? Rows { get; init; }

    /// <summary>The rows that a data change keeps.</summary>
    public KeptRows? Keeps { get; init; }

    /// <summary>The kept rows that it brings back.</summary>
    public KeptRows? Restores { get; init; }

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

    /// <summary>The statement goes on to the tables that inherit from the table, and does to them what it does to it. Spec: ALTER TABLE, Notes on ONLY.</summary>
    public StepDraft GoingDown(ObjectId table, Catalog catalog)
    {
        string name = table.QualifiedName;
        if (Locks.FirstOrDefault(l => l.Relation == name) is not { Mode: var mode } || catalog.DescendantsOf(table).ToArray() is not { Length: > 0 } children)
        {
            return this;
        }

        // As of one, of each: there may be thousands.
        bool scans = Scans.Contains(name);
        bool rewrites = Rewrites.Contains(name);
        StepDraft[] each = [.. children.Select(child => new StepDraft(Phase, Description, Sql, Reason).Locking(child, mode, scans, rewrites))];
        return this with
        {
            Locks = [.. Locks, .. each.SelectMany(draft => draft.Locks)],
            Scans = [.. Scans, .. each.SelectMany(draft => draft.Scans)],
            Rewrites = [.. Rewrites, .. each.SelectMany(draft => draft.Rewrites)],
            Hazards = [.. Hazards, .. each.SelectMany(draft => draft.Hazards)],
        };
    }

    /// <summary>The step has this hazard.</summary>
    public StepDraft With(Hazard hazard, ObjectId subject) => this with { Hazards = Hazards.Add(new StepHazard(hazard.Name, subject.ToString())) };

    /// <summary>The step destroys what <paramref name="lost"/> names.</summary>
    public StepDraft Losing(string lost) => this with { Reversibility = Reversibility.DataLost, Loses = Loses.Add(lost) };
}
