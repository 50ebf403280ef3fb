using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

/// <summary>The statements for what a table has besides columns, of a new table and of one that stays.</summary>
/// <param name="table">The table.</param>
/// <param name="old">What it was; null when it is made.</param>
/// <param name="made">What it is to be.</param>
/// <param name="difference">The two catalogs.</param>
internal sealed class TableSteps(ObjectId table, TableFacts? old, TableFacts made, Difference difference)
{
    // Where and how the rows are stored: CREATE TABLE says it of a new table.
    public IEnumerable<StepDraft> Storage()
    {
        if (old is null)
        {
            yield break;
        }

        if (old.AccessMethod != made.AccessMethod)
        {
            string method = made.AccessMethod is not null ? Identifiers.Quote(made.AccessMethod) : made.PartitionKey is not null ? "DEFAULT" : "heap";
            yield return Alter($"SET ACCESS METHOD {method}", "its access method differs").Locking(table, LockModes.AccessExclusive, rewrites: made.PartitionKey is null);
        }

        if (old.Tablespace != made.Tablespace)
        {
            yield return Alter($"SET TABLESPACE {Identifiers.Quote(made.Tablespace ?? "pg_default")}", "its tablespace differs")
                .Locking(table, LockModes.AccessExclusive, rewrites: made.PartitionKey is null);
        }

        foreach (string change in TableSql.Changes(old.Options, made.Options))
        {
            yield return Alter(change, "its storage parameters differ").Locking(table, LockModes.ShareUpdateExclusive);
        }
    }

    /// <summary>It is freed of its composite type before anything else, and given another when its columns are that one's attributes. Spec: ALTER TABLE, OF.</summary>
    public IEnumerable<StepDraft> Typing()
    {
        if (old is null || old.OfType == made.OfType)
        {
            yield break;
        }

        if (old.OfType is not null)
        {
            // No column of a typed table can be dropped.
            yield return (Alter("NOT OF", "its type differs") with { Phase = Phase.Detach }).Locking(table, LockModes.AccessExclusive);
        }

        if (made.OfType is not null)
        {
            yield return Alter($"OF {made.OfType}", "its type differs").Locking(table, LockModes.AccessExclusive);
        }
    }

    /// <summary>What is said when the indexes and the policies of the table are there. Nothing waits for it.</summary>
    public IEnumerable<StepDraft> Marks() => Identity().Concat(Clustered()).Concat(RowSecurity()).Select(draft => draft with { Subject = table, IsCommon = true });

    private IEnumerable<StepDraft> Identity()
    {
        bool again = made.ReplicaIdentityIndex is { } index && difference.IsMade(IndexId(index));
        if (again || (old?.ReplicaIdentity, old?.ReplicaIdentityIndex) != (made.ReplicaIdentity, made.ReplicaIdentityIndex))
        {
            string identity = made.ReplicaIdentity switch
            {
                null => "DEFAULT",
                "index" => "USING INDEX " + Identifiers.Quote(made.ReplicaIdentityIndex!),
                string word => word.ToUpperInvariant(),
            };
            yield return Mark(Phase.AddForeignKeys, $"REPLICA IDENTITY {identity}", "what replication calls its rows by differs", made.ReplicaIdentityIndex);
        }
    }

    private IEnumerable<StepDraft> Clustered()
    {
        bool again = made.ClusterIndex is { } index && difference.IsMade(IndexId(index));
        if (made.ClusterIndex is not null && (again || old?.ClusterIndex != made.ClusterIndex))
        {
            yield return Mark(Phase.AddForeignKeys, $"CLUSTER ON {Identifiers.Quote(made.ClusterIndex)}", "the index that CLUSTER follows differs", made.ClusterIndex);
        }
        else if (old?.ClusterIndex is not null && made.ClusterIndex is null && difference.To.Contains(IndexId(old.ClusterIndex)))
        {
            yield return Mark(Phase.AddForeignKeys, "SET WITHOUT CLUSTER", "CLUSTER is to follow no index", null);
        }
    }

    private IEnumerable<StepDraft> RowSecurity()
    {
        if ((old?.RowSecurity ?? false) != made.RowSecurity)
        {
            StepDraft draft = Mark(Phase.SetPrivileges, $"{(made.RowSecurity ? "ENABLE" : "DISABLE")} ROW LEVEL SECURITY", "whether its policies hold differs", null);
            yield return old is null ? draft : draft.With(Hazards.ChangesAccess, table);
        }

        if ((old?.ForceRowSecurity ?? false) != made.ForceRowSecurity)
        {
            StepDraft draft = Mark(Phase.SetPrivileges, $"{(made.ForceRowSecurity ? "FORCE" : "NO FORCE")} ROW LEVEL SECURITY", "whether its policies hold for its owner differs", null);
            yield return old is null ? draft : draft.With(Hazards.ChangesAccess, table);
        }
    }

    private StepDraft Mark(Phase phase, string action, string reason, string? index)
    {
        StepDraft draft = Alter(action, reason) with { Phase = phase, After = index is null ? [] : [IndexId(index)] };
        return old is null ? draft : draft.Locking(table, LockModes.AccessExclusive);
    }

    // The index of a constraint is called as the constraint is.
    private ObjectId IndexId(string index)
    {
        ObjectId constraint = new("constraint", table.Schema, table.Name, index);
        return difference.To.Contains(constraint) || difference.From.Contains(constraint) ? constraint : new ObjectId("index", table.Schema, index);
    }

    private StepDraft Alter(string action, string reason) => new(Phase.AlterTables, $"alter {table}", $"ALTER TABLE {table.QualifiedName} {action}", reason);
}
