namespace Lockplane.Schema.Kinds;

internal sealed class SequenceKind : ObjectKind
{
    public override string Name => "sequence";

    public override Type FactsType => typeof(SequenceFacts);
}
