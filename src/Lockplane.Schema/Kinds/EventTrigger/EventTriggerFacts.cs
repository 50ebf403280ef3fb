using System.Text.Json.Serialization;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>An event trigger. One whose function is ours is no part of the catalog.</summary>
/// <remarks>Spec: CREATE EVENT TRIGGER.</remarks>
public sealed record EventTriggerFacts : ObjectFacts
{
    /// <summary>The event: <c>ddl_command_end</c>.</summary>
    [JsonRequired]
    public string Event { get; init; } = "";

    /// <summary>The command tags that it fires for, in alphabetical order; empty for all.</summary>
    public FactList<string> Tags { get; init; }

    /// <summary>The function as SQL: <c>public.log_ddl</c>.</summary>
    [JsonRequired]
    public string Function { get; init; } = "";

    /// <summary><c>disabled</c>, <c>replica</c> or <c>always</c>; null for the usual.</summary>
    public string? Enabled { get; init; }
}
