namespace Lockplane.Schema.Kinds;

/// <summary>What is true of an object apart from its name. Each kind has one record of this.</summary>
/// <remarks>Compared by value. Written as canonical JSON with absent members for null, false and empty.</remarks>
public abstract record ObjectFacts;
