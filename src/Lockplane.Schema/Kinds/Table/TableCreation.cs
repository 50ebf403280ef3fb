using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

/// <summary>The statements that make a table: CREATE TABLE, and what it cannot say.</summary>
internal sealed class TableCreation(ObjectId table, TableFacts made, Difference difference)
{
    private readonly TableForm _form = TableForms.Of(table, made, difference);

    private int Major => difference.To.ServerMajor;

    public IEnumerable<StepDraft> All()
    {
        string reason = difference.IsRebuilt(table) ? "Postgres cannot alter what differs, so it is made again" : $"{table} is wanted and not there";
        TableFacts first = made with
        {
            Columns = made.Columns.Where(c => !difference.IsLate(table, c.Name)).Select(c => StandsApart(c) ? c with { Default = null } : c).ToFactList(),
        };
        (List<string> lines, List<ColumnFacts> written) = Lines(first);
        StepDraft create = new(Phase.CreateTables, $"create {table}", TableSql.Create(table, first, _form, lines), reason);
        yield return _form == TableForm.PartitionOf ? create.Locking(made.Inherits[0], LockModes.AccessExclusive) : create;
        foreach (StepDraft draft in new ColumnSteps(table, first with { Columns = written.ToFactList() }, first, difference).AfterCreation())
        {
            yield return draft;
        }

        foreach (ColumnFacts column in first.Columns.Select(c => made.Find(c.Name)!).Where(StandsApart))
        {
            ObjectId name = ObjectId.Column(table.Schema!, table.Name, column.Name);
            yield return new StepDraft(
                Phase.AlterTables, $"set default of {name}", $"ALTER TABLE {Only}{table.QualifiedName} ALTER COLUMN {Identifiers.Quote(column.Name)} SET DEFAULT {column.Default}",
                "it calls what needs the table first") { Subject = name };
        }

        foreach (StepDraft draft in Joining())
        {
            yield return draft;
        }
    }

    /// <summary>What the columns that are added late are to be, besides what ADD COLUMN has made of them.</summary>
    public IEnumerable<StepDraft> AfterLateColumns()
    {
        ColumnFacts[] late = [.. made.Columns.Where(c => difference.IsLate(table, c.Name))];
        IEnumerable<ColumnFacts> written = late.Select(c => c.Inherited ? FromOrigin(c.Name) : TableSql.AsWritten(made, c, Major));
        return late.Length == 0 ? [] : new ColumnSteps(table, made with { Columns = written.ToFactList() }, made with { Columns = late.ToFactList() }, difference).AfterCreation();
    }

    // ADD COLUMN gives all tables below what it says, whatever those between have been made to be since.
    private ColumnFacts FromOrigin(string column)
    {
        ObjectId origin = difference.To.LateColumns.Origin(table, column);
        TableFacts first = (TableFacts)difference.To.Find(origin)!.Facts;
        return TableForms.Inherited(origin, TableSql.AsWritten(first, first.Find(column)!, Major), table, Major);
    }

    private string Only => made.PartitionKey is null ? "" : "ONLY ";

    private bool StandsApart(ColumnFacts column) => TableParts.DefaultStandsApart(difference.To, table, column);

    // What stands between the parentheses, and the columns that the table has then.
    private (List<string> Lines, List<ColumnFacts> Written) Lines(TableFacts first)
    {
        IReadOnlyList<ColumnFacts> upper = TableForms.Merged(table, first, difference.To);
        List<string> lines = [];
        List<ColumnFacts> written = [];
        foreach (ColumnFacts column in first.Columns)
        {
            ColumnFacts? inherited = upper.FirstOrDefault(c => c.Name == column.Name);
            ColumnFacts own = TableSql.AsWritten(made, column, Major);
            ColumnFacts named = TableForms.Named(table, column, difference);
            string line = _form switch
            {
                TableForm.OfType => TableSql.OwnOptions(named, null),
                TableForm.PartitionOf => TableSql.OwnOptions(named, inherited),
                TableForm.Inheriting when column.Inherited => OwnNotNull(column),
                TableForm.Inheriting when column.NotNullInherited => TableSql.Column(table, column with { NotNull = false }, Major),
                _ => TableSql.Column(table, named, Major),
            };
            if (line.Length > 0)
            {
                lines.Add(line);
            }

            written.Add(_form switch
            {
                TableForm.OfType => own with { Storage = null, Compression = null },
                TableForm.PartitionOf => own with { Storage = inherited!.Storage, Compression = inherited.Compression, Default = column.Default ?? inherited.Default },
                TableForm.Inheriting when column.Inherited && inherited is not null => inherited with
                {
                    NotNull = inherited.NotNull || line.Length > 0, NotNullName = line.Length > 0 ? column.NotNullName : inherited.NotNullName, NotNullInherited = line.Length == 0 && inherited.NotNullInherited, Identity = null,
                },
                TableForm.Inheriting when inherited is not null => own with
                {
                    NotNull = own.NotNull || inherited.NotNull,
                    Default = own.Default ?? inherited.Default,
                    Storage = own.Storage ?? inherited.Storage,
                    Compression = own.Compression ?? inherited.Compression,
                },
                _ => own,
            });
        }

        lines.AddRange(Constraints().Select(o => ConstraintSql.Definition(o.Id.Part!, (ConstraintFacts)o.Facts)));
        return (lines, written);
    }

    // From 18 on a table can refuse null in an inherited column by a constraint of its own.
    private string OwnNotNull(ColumnFacts column) =>
        Major >= 18 && column is { NotNull: true, NotNullInherited: false, NotNullNotValid: false }
            ? $"CONSTRAINT {Identifiers.Quote(TableForms.NotNullName(table, column))} NOT NULL {Identifiers.Quote(column.Name)}{(column.NotNullNoInherit ? " NO INHERIT" : "")}"
            : "";

    // A table that is to be attached has to have its parent's checks before.
    private IEnumerable<CatalogObject> Constraints()
    {
        IEnumerable<CatalogObject> own = TableParts.Inline(difference.To, table);
        return _form != TableForm.Attached
            ? own
            : difference.To.ConstraintsOf(table).Where(o => o.Facts is ConstraintFacts { Inherited: true } facts && !IsAddedByParent(o.Id, facts)).Concat(own);
    }

    private bool IsAddedByParent(ObjectId id, ConstraintFacts facts) => !TableForms.IsAttachedLate(made, difference)
        && !TableParts.IsInline(difference.To, id.On(made.Inherits[0]), Upper(id) ?? facts);

    private ConstraintFacts? Upper(ObjectId id) =>
        difference.To.Find(id.On(made.Inherits[0]))?.Facts as ConstraintFacts;

    private IEnumerable<StepDraft> Joining()
    {
        if (_form == TableForm.InheritingAfterwards)
        {
            foreach (ObjectId parent in made.Inherits)
            {
                yield return new StepDraft(Phase.AlterTables, $"let {table} inherit from {parent}", $"ALTER TABLE {table.QualifiedName} INHERIT {parent.QualifiedName}", "its columns stand in another order")
                    .Locking(parent, LockModes.ShareUpdateExclusive);
            }
        }

        if (_form == TableForm.Attached)
        {
            ObjectId parent = made.Inherits[0];
            bool late = TableForms.IsAttachedLate(made, difference);
            StepDraft attach = new StepDraft(
                late ? Phase.AddForeignKeys : Phase.AlterTables, $"attach {table}", $"ALTER TABLE {parent.QualifiedName} ATTACH PARTITION {table.QualifiedName} {made.PartitionBound}",
                $"it is to be a partition of {parent}").Locking(parent, LockModes.ShareUpdateExclusive);
            attach = MovedTables.BesideDefault(attach, parent, difference.From, difference.To);
            yield return late ? attach with { Subject = table, IsCommon = true, After = [.. difference.To.PartsOf(table)] } : attach;
        }
    }
}
