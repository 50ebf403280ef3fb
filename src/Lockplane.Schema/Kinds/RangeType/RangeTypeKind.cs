using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql.Errors;

namespace Lockplane.Schema.Kinds;

internal sealed class RangeTypeKind : ObjectKind<RangeTypeFacts>
{
    public override string Name => "range type";

    public override string Word => "TYPE";

    public override string? GrantWord => "TYPE";

    protected override IEnumerable<string> Create(ObjectId id, RangeTypeFacts facts)
    {
        (string Name, string? Value)[] options =
        [
            ("SUBTYPE", facts.Subtype), ("SUBTYPE_OPCLASS", facts.OperatorClass), ("COLLATION", facts.Collation), ("CANONICAL", facts.Canonical),
            ("SUBTYPE_DIFF", facts.SubtypeDiff), ("MULTIRANGE_TYPE_NAME", facts.Multirange),
        ];
        yield return $"CREATE TYPE {id.QualifiedName} AS RANGE ({string.Join(", ", options.Where(o => o.Value is not null).Select(o => $"{o.Name} = {o.Value}"))})";
    }

    // The function takes the type and goes with it; all else that needs the type is gone by then.
    protected override string Drop(ObjectId id, RangeTypeFacts facts) => base.Drop(id, facts) + (facts.Canonical is null ? "" : " CASCADE");

    // The function takes and gives the type, so that a shell of it comes first. Spec: CREATE TYPE, Range Types.
    protected override IEnumerable<StepDraft> Steps(Difference difference, ObjectId id, RangeTypeFacts? old, RangeTypeFacts? made)
    {
        IEnumerable<StepDraft> shell = made?.Canonical is null || !difference.IsMade(id)
            ? [] : [new StepDraft(Phase.CreateTypes, $"create a shell of {id}", $"CREATE TYPE {id.QualifiedName}", "the function of its canonical form takes it") { Subject = Shell(id) }];
        return shell.Concat(base.Steps(difference, id, old, made));
    }

    /// <summary>What the function of the canonical form needs of the type.</summary>
    public static ObjectId Shell(ObjectId type) => type with { Kind = "shell" };

    /// <summary>The function gives the canonical form of the type.</summary>
    public static bool IsCanonical(ObjectId function, ObjectId type, Catalog catalog) =>
        catalog.Find(type)?.Facts is RangeTypeFacts facts && function.QualifiedName == $"{facts.Canonical}({type.QualifiedName})";

    protected override StepDraft Judge(Difference difference, StepDraft draft, ObjectId id, RangeTypeFacts? old, RangeTypeFacts? made)
    {
        if (old is null || made is not null)
        {
            return draft;
        }

        // What depends on it and is in no catalog would go along.
        return old.Canonical is null || difference.From.Scope == Scope.All ? draft.With(Hazards.BreaksClients, id) : throw new LockplaneException(
            ErrorCodes.Dependency, $"{id} can go only by CASCADE, for the function of its canonical form, and that could reach what the scope leaves out.",
            hint: "Plan it with the whole database in scope.");
    }
}
