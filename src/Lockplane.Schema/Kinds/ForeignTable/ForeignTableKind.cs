using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

internal sealed class ForeignTableKind : ObjectKind<ForeignTableFacts>
{
    public override string Name => "foreign table";

    public override string? GrantWord => "TABLE";

    protected override IEnumerable<string> Create(ObjectId id, ForeignTableFacts facts)
    {
        string[] lines = [.. facts.Columns.Select(column => "    " + Column(id, facts, column))];
        string body = lines.Length == 0 ? " ()" : $" (\n{string.Join(",\n", lines)}\n)";
        yield return $"CREATE FOREIGN TABLE {id.QualifiedName}{body} SERVER {Identifiers.Quote(facts.Server)}{OptionSql.Create(facts.Options, id.Name)}";
        foreach (string statement in facts.Columns.SelectMany(column => ColumnSettingsSql.Changes(Word, id, column with { Storage = null, Statistics = null, Options = default }, column)))
        {
            yield return statement;
        }

        foreach (string parent in facts.Inherits)
        {
            yield return facts.PartitionBound is null
                ? $"ALTER FOREIGN TABLE {id.QualifiedName} INHERIT {parent}"
                : $"ALTER TABLE {parent} ATTACH PARTITION {id.QualifiedName} {facts.PartitionBound}";
        }
    }

    // Making it again loses no row: they are elsewhere.
    protected override IEnumerable<string>? Alter(ObjectId id, ForeignTableFacts old, ForeignTableFacts made)
    {
        if (!(Plain(old) with { Options = made.Options }).Equals(Plain(made)))
        {
            return null;
        }

        string change = OptionSql.Change(old.Options, made.Options, id.Name);
        return change.Length == 0 ? [] : [$"ALTER FOREIGN TABLE {id.QualifiedName}{change}"];
    }

    protected override StepDraft Judge(Difference difference, StepDraft draft, ObjectId id, ForeignTableFacts? old, ForeignTableFacts? made) =>
        old is not null ? draft.Locking(id, LockModes.AccessExclusive).With(Hazards.BreaksClients, id)
        : made!.Inherits.FirstOrDefault(parent => draft.Sql.StartsWith($"ALTER TABLE {parent} ATTACH ", StringComparison.Ordinal)) is { } upper ? Attaching(difference, draft, upper)
        : DefaultPrivilegesKind.Opening(draft, difference, id, made);

    private static StepDraft Attaching(Difference difference, StepDraft draft, string upper) => difference.From.Objects.FirstOrDefault(item => item.Facts is TableFacts && item.Id.QualifiedName == upper) is { Id: var parent }
        ? MovedTables.BesideDefault(draft.Locking(parent, LockModes.ShareUpdateExclusive).With(Hazards.ChangesAccess, parent), parent, difference.From, difference.To) : draft;

    // What is said about columns by statements of their own.
    private static ForeignTableFacts Plain(ForeignTableFacts facts) => (ForeignTableFacts)(facts with
    {
        Columns = facts.Columns.Select(c => c with { Comment = null, Privileges = null, SecurityLabels = default, DependsOn = default }).ToFactList(),
    }).Own();

    private static string Column(ObjectId id, ForeignTableFacts facts, ColumnFacts column)
    {
        FactList<OptionFacts> options = facts.ColumnOptions.FirstOrDefault(c => c.Column == column.Name)?.Options ?? default;

        // Options stand between the type and the rest.
        string plain = $"{Identifiers.Quote(column.Name)} {column.Type}";
        string rest = TableSql.Column(id, column with { Storage = null }, 0)[plain.Length..];
        return plain + OptionSql.Create(options, id.Name, column.Name) + rest;
    }
}
