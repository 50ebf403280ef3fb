using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

/// <summary>What can be altered of an index, whether a constraint made it or not.</summary>
/// <param name="Options">Storage parameters.</param>
/// <param name="Tablespace">The tablespace, when it is not the database's.</param>
/// <param name="Statistics">Statistics targets.</param>
internal sealed record IndexSettings(FactList<StorageParameter> Options, string? Tablespace, FactList<IndexStatistics> Statistics)
{
    public static IndexSettings Of(IndexFacts facts) => new(facts.Options, facts.Tablespace, facts.Statistics);

    public static IndexSettings Of(ConstraintFacts facts) => new(facts.Options, facts.Tablespace, facts.Statistics);

    /// <summary>The settings that CREATE INDEX or ADD CONSTRAINT has made.</summary>
    public IndexSettings AsCreated() => this with { Statistics = default };

    /// <summary>The statements that turn these settings of an index into others.</summary>
    public IEnumerable<StepDraft> To(IndexSettings made, ObjectId id, ObjectId table)
    {
        if (Equals(made))
        {
            yield break;
        }

        StepDraft Alter(string action) => new(Phase.CreateIndexes, $"alter the index of {id}", $"ALTER INDEX {Attachments.IndexName(id)} {action}", "it differs") { Subject = id };
        foreach (string change in TableSql.Changes(Options, made.Options))
        {
            yield return Alter(change).Locking(table, LockModes.ShareUpdateExclusive);
        }

        if (Tablespace != made.Tablespace)
        {
            yield return Alter($"SET TABLESPACE {Identifiers.Quote(made.Tablespace ?? "pg_default")}").Locking(table, LockModes.AccessExclusive, rewrites: true);
        }

        IEnumerable<IndexStatistics> gone = Statistics.Where(o => made.Statistics.All(m => m.Column != o.Column)).Select(o => o with { Target = -1 });
        foreach (IndexStatistics target in gone.Concat(made.Statistics.Except(Statistics)))
        {
            yield return Alter($"ALTER COLUMN {target.Column} SET STATISTICS {target.Target}").Locking(table, LockModes.ShareUpdateExclusive);
        }
    }
}
