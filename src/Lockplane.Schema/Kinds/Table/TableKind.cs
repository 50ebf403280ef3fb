using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;

namespace Lockplane.Schema.Kinds;

internal sealed class TableKind : ObjectKind
{
    public override string Name => "table";

    public override Type FactsType => typeof(TableFacts);

    public override IEnumerable<StepDraft> Steps(Difference difference) =>
        difference.Each<TableFacts>().SelectMany(t => (t.Old, t.Made) switch
        {
            (null, { } made) => [Create(t.Id, made, difference.To)],
            ({ }, null) => [Drop(t.Id)],
            ({ } old, { } made) => new ColumnSteps(t.Id, old, made, difference).All(),
            _ => Enumerable.Empty<StepDraft>(),
        });

    private static StepDraft Create(ObjectId id, TableFacts made, Catalog to)
    {
        IEnumerable<(string Name, ConstraintFacts Facts)> inline = to.Objects
            .Where(o => o.Id.Schema == id.Schema && o.Id.Name == id.Name && o.Facts is ConstraintFacts constraint && ConstraintKind.IsInline(constraint))
            .Select(o => (o.Id.Part!, (ConstraintFacts)o.Facts))
            .OrderBy(constraint => constraint.Item2.Type);
        return new StepDraft(Phase.CreateTables, $"create {id}", TableSql.Create(id, made, inline), $"{id} is wanted and not there");
    }

    private static StepDraft Drop(ObjectId id) =>
        new StepDraft(Phase.DropTables, $"drop {id}", $"DROP TABLE {id.QualifiedName}", $"{id} is there and not wanted")
            .Locking(id, LockModes.AccessExclusive).With(Hazards.DropsData, id).With(Hazards.BreaksClients, id).Losing($"the rows of {id}");
}
