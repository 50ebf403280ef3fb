using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

internal sealed class CompositeTypeKind : ObjectKind<CompositeTypeFacts>
{
    public override string Name => "composite type";

    public override string Word => "TYPE";

    public override string? GrantWord => "TYPE";

    protected override IEnumerable<string> Create(ObjectId id, CompositeTypeFacts facts)
    {
        string[] lines = [.. facts.Columns.Select(column => "    " + Attribute(column))];
        yield return lines.Length == 0 ? $"CREATE TYPE {id.QualifiedName} AS ()" : $"CREATE TYPE {id.QualifiedName} AS (\n{string.Join(",\n", lines)}\n)";
    }

    // A new attribute comes last; where another order is wanted, the type is made anew.
    protected override IEnumerable<string>? Alter(ObjectId id, CompositeTypeFacts old, CompositeTypeFacts made)
    {
        IEnumerable<string> kept = old.Columns.Select(c => c.Name).Where(name => made.Find(name) is not null);
        IEnumerable<string> added = made.Columns.Select(c => c.Name).Where(name => old.Find(name) is null);
        if (!kept.Concat(added).SequenceEqual(made.Columns.Select(c => c.Name)))
        {
            return null;
        }

        string[] actions =
        [
            .. old.Columns.Where(c => made.Find(c.Name) is null).Select(c => $"DROP ATTRIBUTE {Identifiers.Quote(c.Name)}"),
            .. made.Columns.Where(c => old.Find(c.Name) is { } before && (before.Type, before.Collation) != (c.Type, c.Collation)).Select(Retype),
            .. made.Columns.Where(c => old.Find(c.Name) is null).Select(c => "ADD ATTRIBUTE " + Attribute(c)),
        ];
        return actions.Select(action => $"ALTER TYPE {id.QualifiedName} {action}");
    }

    protected override StepDraft Judge(Difference difference, StepDraft draft, ObjectId id, CompositeTypeFacts? old, CompositeTypeFacts? made)
    {
        if (old is null || draft.Sql.StartsWith($"ALTER TYPE {id.QualifiedName} ADD ATTRIBUTE ", StringComparison.Ordinal))
        {
            return draft;
        }

        StepDraft broken = draft.With(Hazards.BreaksClients, id);
        return made is null || !draft.Sql.StartsWith($"ALTER TYPE {id.QualifiedName} DROP ATTRIBUTE ", StringComparison.Ordinal)
            ? broken : broken.With(Hazards.DropsData, id).Losing($"what columns of {id} hold in the attributes that go");
    }

    private static string Attribute(ColumnFacts column) =>
        $"{Identifiers.Quote(column.Name)} {column.Type}{(column.Collation is null ? "" : $" COLLATE {column.Collation}")}";

    private static string Retype(ColumnFacts column) =>
        $"ALTER ATTRIBUTE {Identifiers.Quote(column.Name)} TYPE {column.Type}{(column.Collation is null ? "" : $" COLLATE {column.Collation}")}";
}
