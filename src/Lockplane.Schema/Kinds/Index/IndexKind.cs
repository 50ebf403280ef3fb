namespace Lockplane.Schema.Kinds;

internal sealed class IndexKind : ObjectKind
{
    public override string Name => "index";

    public override Type FactsType => typeof(IndexFacts);
}
