using Lockplane.Schema.Catalogs;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

internal sealed class OperatorKind() : DefinedKind("operator")
{
    // An operator is never quoted.
    public override string Reference(ObjectId id) => MadeName(id) + id.Signature;

    protected override string MadeName(ObjectId id) => $"{Identifiers.Quote(id.Schema!)}.{id.Name}";
}
