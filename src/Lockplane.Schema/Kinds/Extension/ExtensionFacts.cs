using System.Text.Json.Serialization;

namespace Lockplane.Schema.Kinds;

/// <summary>An extension. Its members belong to it and are no objects of their own; its version is part of the environment.</summary>
/// <remarks>Spec: CREATE EXTENSION. It has an owner that no statement can change, so that is no fact; plpgsql is there without being mentioned.
/// The comment that came with it is no fact, nor is that it was taken away.</remarks>
public sealed record ExtensionFacts : ObjectFacts
{
    /// <summary>The schema that its members are in; of one whose members are in several, the first.</summary>
    [JsonRequired]
    public string Schema { get; init; } = "";

    /// <summary>Its members can be moved to another schema.</summary>
    public bool Relocatable { get; init; }
}
