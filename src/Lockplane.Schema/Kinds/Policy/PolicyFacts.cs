using System.Text.Json.Serialization;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>A row security policy of a table.</summary>
/// <remarks>Spec: CREATE POLICY. Whether a table's policies are in force is a fact of the table.</remarks>
public sealed record PolicyFacts : ObjectFacts
{
    /// <summary>AS RESTRICTIVE; otherwise permissive.</summary>
    public bool Restrictive { get; init; }

    /// <summary><c>ALL</c>, <c>SELECT</c>, <c>INSERT</c>, <c>UPDATE</c> or <c>DELETE</c>.</summary>
    [JsonRequired]
    public string Command { get; init; } = "ALL";

    /// <summary>The roles that it is for, in alphabetical order; empty for all.</summary>
    public FactList<string> Roles { get; init; }

    /// <summary>USING, as Postgres writes it.</summary>
    public string? Using { get; init; }

    /// <summary>WITH CHECK, as Postgres writes it.</summary>
    public string? Check { get; init; }
}
