namespace Lockplane.Schema.Kinds;

/// <summary>A composite type that stands alone: its attributes are its columns. Those of tables and views are theirs.</summary>
/// <remarks>Spec: CREATE TYPE.</remarks>
public sealed record CompositeTypeFacts : RelationFacts;
