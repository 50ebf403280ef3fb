namespace Lockplane.Schema.Kinds;

internal sealed class ConstraintKind : ObjectKind
{
    public override string Name => "constraint";

    public override Type FactsType => typeof(ConstraintFacts);
}
