using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;

namespace Lockplane.Schema.Kinds;

internal sealed class OperatorClassKind : ObjectKind<OperatorClassFacts>
{
    public override string Name => "operator class";

    protected override IEnumerable<string> Create(ObjectId id, OperatorClassFacts facts)
    {
        // At least one entry has to stand there; the storage that it has by itself says nothing.
        string? storage = facts.Storage ?? (facts.Members.Count == 0 ? facts.Type : null);
        IEnumerable<string> members = storage is null ? facts.Members : facts.Members.Append($"STORAGE {storage}");
        string method = id.Signature!;
        string name = (id with { Signature = null }).QualifiedName;
        yield return $"CREATE OPERATOR CLASS {name} {(facts.Default ? "DEFAULT " : "")}FOR TYPE {facts.Type}{method} FAMILY {facts.Family} AS\n    {string.Join(",\n    ", members)}";
    }

    protected override StepDraft Judge(Difference difference, StepDraft draft, ObjectId id, OperatorClassFacts? old, OperatorClassFacts? made) =>
        made is null ? draft.With(Hazards.BreaksClients, id) : draft;
}
