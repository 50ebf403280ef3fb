namespace Lockplane.Schema.Kinds;

internal sealed class SchemaKind : ObjectKind
{
    public override string Name => "schema";

    public override Type FactsType => typeof(SchemaFacts);
}
