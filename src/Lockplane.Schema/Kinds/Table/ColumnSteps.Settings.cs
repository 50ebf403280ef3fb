using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

/// <summary>Not-null constraints, storage and statistics of columns, and what comes from the tables that a table inherits from.</summary>
internal sealed partial class ColumnSteps
{
    // The largest majority of types; the others are named where they are asked for.
    private static readonly string[] KeptMain = ["numeric", "inet", "cidr"];

    private int Major => difference.To.ServerMajor;

    private bool HasChildren => made.PartitionKey is not null || difference.To.ChildrenOf(table).Any() || difference.From.ChildrenOf(table).Any();

    // Statements about a parent that stays go on to the tables that inherit from it.
    private IEnumerable<(ObjectId Id, TableFacts Old, TableFacts Made)> Parents => made.Inherits
        .Where(parent => difference.Stays(parent) && old.Inherits.Contains(parent))
        .Select(parent => (parent, difference.From.Find(parent)?.Facts as TableFacts, difference.To.Find(parent)?.Facts as TableFacts))
        .Where(p => p.Item2 is not null && p.Item3 is not null)
        .Select(p => (p.parent, p.Item2!, p.Item3!));

    /// <summary>What makes the columns that CREATE TABLE has made (<c>old</c>) those that are wanted.</summary>
    public IEnumerable<StepDraft> AfterCreation() =>
    [
        .. Kept().Where(pair => pair.Before.Default is not null && pair.After.Default is null).Select(pair => DropParentsDefault(pair.After)),
        .. Altered(),
    ];

    private StepDraft DropParentsDefault(ColumnFacts column) =>
        Alter(Phase.AlterTables, $"drop default of {Column(column.Name)}", $"ALTER COLUMN {Identifiers.Quote(column.Name)} DROP DEFAULT", "its parent's has one", only: true);

    private bool IsDroppedByParent(ColumnFacts column) => (old.IsPartition || column.Inherited)
        && Parents.Any(p => p.Old.Find(column.Name) is not null && (p.Made.Find(column.Name) is null || difference.IsRemade(p.Id, column.Name)));

    // The column as the parent's ADD COLUMN makes it here.
    private ColumnFacts? AddedByParent(ColumnFacts column) => Parents
        .Where(p => p.Made.Find(column.Name) is not null && (p.Old.Find(column.Name) is null || difference.IsRemade(p.Id, column.Name)))
        .Select(p => Given(p.Id, p.Made.Find(column.Name)!, new ColumnSteps(p.Id, p.Old, p.Made, difference).AddedByParent(column)))
        .FirstOrDefault();

    // Defaults and ways of storing come from the table that the column was added to, whatever those between have made of them since.
    private ColumnFacts Given(ObjectId parent, ColumnFacts upper, ColumnFacts? given) =>
        TableForms.Inherited(parent, given is null ? upper : upper with { Default = given.Default, Storage = given.Storage, Compression = given.Compression }, table, Major);

    // Each column as it is before it is altered: as it was, as its parent has added it, or as ADD COLUMN has made it.
    private IEnumerable<(ColumnFacts Before, ColumnFacts After)> Made() => made.Columns.Select(c => IsAdded(c)
        ? (AddedByParent(c) ?? TableSql.AsWritten(made, c, Major), c)
        : (old.Find(c.Name)!, c));

    private IEnumerable<StepDraft> NotNull(ColumnFacts before, ColumnFacts after)
    {
        ObjectId id = Column(after.Name);
        before = AfterParents(before);
        bool loosens = before.NotNullNotValid != after.NotNullNotValid && after.NotNullNotValid;

        if (before.NotNull && (!after.NotNull || loosens))
        {
            yield return Alter(Phase.AlterTables, $"let {id} be null", $"ALTER COLUMN {Identifiers.Quote(after.Name)} DROP NOT NULL", "it is to take null")
                .Locking(table, LockModes.AccessExclusive).With(Hazards.Weakens, id);
        }

        if (after.NotNull && (!before.NotNull || loosens))
        {
            yield return RefuseNull(id, after);
        }
        else if (after.NotNull)
        {
            if (before.NotNullInherited && !after.NotNullInherited && !made.IsPartition)
            {
                yield return Alter(Phase.AlterTables, $"refuse null in {id}", $"ALTER COLUMN {Identifiers.Quote(after.Name)} SET NOT NULL", "it is to refuse null whatever its parent does")
                    .Locking(table, LockModes.AccessExclusive);
            }

            foreach (StepDraft draft in AlterNotNull(id, before, after))
            {
                yield return draft;
            }
        }

        if (after.NotNull && after.NotNullComment != (before.NotNull && !loosens ? before.NotNullComment : null))
        {
            string text = after.NotNullComment is null ? "NULL" : Identifiers.QuoteLiteral(after.NotNullComment);
            yield return new StepDraft(
                Phase.AlterTables, $"describe the not-null constraint of {id}", $"COMMENT ON CONSTRAINT {Identifiers.Quote(TableForms.NotNullName(table, after))} ON {Table} IS {text}", "its comment differs");
        }
    }

    // What the parents' statements make of the column's not-null constraint here.
    private ColumnFacts AfterParents(ColumnFacts before)
    {
        foreach ((ObjectId id, TableFacts oldUpper, TableFacts madeUpper) in Parents)
        {
            (ColumnFacts? was, ColumnFacts? now) = (oldUpper.Find(before.Name), madeUpper.Find(before.Name));
            bool inherits = Major < 18 || old.IsPartition || before.NotNullInherited;
            if (was is null || now is null)
            {
                continue;
            }

            ColumnFacts given = TableForms.Inherited(id, now, table, Major) with { NotNullNotValid = now.NotNullNotValid };
            if (was.NotNull && !now.NotNull && inherits)
            {
                before = before with { NotNull = false, NotNullName = null, NotNullNotValid = false };
            }
            else if (given.NotNull && (!before.NotNull || (was.NotNull && was.NotNullName != now.NotNullName && inherits)))
            {
                before = before with { NotNull = true, NotNullName = given.NotNullName, NotNullNotValid = !before.NotNull && given.NotNullNotValid, NotNullInherited = before.NotNull ? before.NotNullInherited : given.NotNullInherited };
            }
        }

        return before;
    }

    private StepDraft RefuseNull(ObjectId id, ColumnFacts after)
    {
        string name = Identifiers.Quote(after.Name);
        string action = TableForms.Named(table, after, difference) is { NotNullName: null, NotNullNotValid: false, NotNullNoInherit: false }
            ? $"ALTER COLUMN {name} SET NOT NULL"
            : $"ADD CONSTRAINT {Identifiers.Quote(TableForms.NotNullName(table, after))} NOT NULL {name}{(after.NotNullNoInherit ? " NO INHERIT" : "")}{(after.NotNullNotValid ? " NOT VALID" : "")}";
        StepDraft draft = Alter(Phase.AlterTables, $"refuse null in {id}", action, "it is to refuse null");
        return after.NotNullNotValid
            ? draft.Locking(table, LockModes.AccessExclusive)
            : draft.Locking(table, LockModes.AccessExclusive, scans: true).With(Hazards.CanFail, id);
    }

    private IEnumerable<StepDraft> AlterNotNull(ObjectId id, ColumnFacts before, ColumnFacts after)
    {
        string constraint = Identifiers.Quote(TableForms.NotNullName(table, after));
        if (before.NotNullName != after.NotNullName)
        {
            yield return Alter(
                Phase.AlterTables, $"rename the not-null constraint of {id}",
                $"RENAME CONSTRAINT {Identifiers.Quote(TableForms.NotNullName(table, before))} TO {constraint}", "its name differs")
                .Locking(table, LockModes.AccessExclusive);
        }

        if (before.NotNullNoInherit != after.NotNullNoInherit)
        {
            yield return Alter(
                Phase.AlterTables, $"alter the not-null constraint of {id}", $"ALTER CONSTRAINT {constraint} {(after.NotNullNoInherit ? "NO INHERIT" : "INHERIT")}", "whether it is inherited differs")
                .Locking(table, LockModes.AccessExclusive);
        }

        if (before.NotNullNotValid && !after.NotNullNotValid)
        {
            yield return Alter(Phase.AlterTables, $"validate the not-null constraint of {id}", $"VALIDATE CONSTRAINT {constraint}", "the rows from before it are to be checked")
                .Locking(table, LockModes.ShareUpdateExclusive, scans: true).With(Hazards.CanFail, id);
        }
    }

    private IEnumerable<StepDraft> Settings(ColumnFacts before, ColumnFacts after)
    {
        // A change of type takes the new type's ways of storing.
        ColumnFacts was = difference.IsRetyped(table, after.Name) ? before with { Storage = null, Compression = null } : before;
        string column = $"ALTER COLUMN {Identifiers.Quote(after.Name)} ";
        if (was.Storage != after.Storage)
        {
            string storage = after.Storage ?? (Major >= 16 ? "default" : KeptMain.Contains(after.Type.Split('(')[0]) ? "main" : "extended");
            yield return Set(after, column + $"SET STORAGE {storage.ToUpperInvariant()}", LockModes.AccessExclusive);
        }

        if (was.Compression != after.Compression)
        {
            yield return Set(after, column + $"SET COMPRESSION {after.Compression ?? "default"}", LockModes.AccessExclusive);
        }

        if (was.Statistics != after.Statistics)
        {
            yield return Set(after, column + $"SET STATISTICS {after.Statistics ?? -1}", LockModes.ShareUpdateExclusive);
        }

        foreach (string change in TableSql.Changes(was.Options, after.Options))
        {
            yield return Set(after, column + change, LockModes.ShareUpdateExclusive);
        }
    }

    private StepDraft Set(ColumnFacts column, string action, string mode) =>
        Alter(Phase.AlterTables, $"alter {Column(column.Name)}", action, "how it is stored or measured differs", only: true).Locking(table, mode);
}
