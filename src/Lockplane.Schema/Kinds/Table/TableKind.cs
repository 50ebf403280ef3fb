namespace Lockplane.Schema.Kinds;

internal sealed class TableKind : ObjectKind
{
    public override string Name => "table";

    public override Type FactsType => typeof(TableFacts);
}
