using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>An operator family, also one that Postgres made along with an operator class.</summary>
/// <remarks>Spec: CREATE OPERATOR FAMILY, ALTER OPERATOR FAMILY.</remarks>
public sealed record OperatorFamilyFacts : ObjectFacts
{
    /// <summary>The operators and functions that are in it and in none of its classes, as ALTER OPERATOR FAMILY adds them, in alphabetical order.</summary>
    public FactList<string> Members { get; init; }
}
