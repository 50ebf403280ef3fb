namespace Lockplane.Schema.Kinds;

/// <summary>A schema: nothing but its name, so far.</summary>
public sealed record SchemaFacts : ObjectFacts;
