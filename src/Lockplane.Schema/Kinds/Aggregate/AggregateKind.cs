using Lockplane.Schema.Catalogs;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

internal sealed class AggregateKind() : DefinedKind("aggregate", "FUNCTION")
{
    // Of one without arguments: count(*). GRANT takes it for a function.
    public override string Reference(ObjectId id) => id.Signature == "()" ? MadeName(id) + "(*)" : id.QualifiedName;

    public override string GrantReference(ObjectId id) => id.QualifiedName;

    protected override string MadeName(ObjectId id) => Identifiers.QuoteQualified(id.Schema!, id.Name);
}
