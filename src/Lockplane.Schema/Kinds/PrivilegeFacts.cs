using System.Text.Json.Serialization;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>Privileges as they differ from those that a new object of the kind has by itself (of Postgres's own objects: from those that initdb gave).</summary>
/// <remarks>Spec: Privileges. An object whose privileges were granted and revoked until they are the default again has none of this.</remarks>
public sealed record PrivilegeFacts
{
    /// <summary>Given beyond the default.</summary>
    public FactList<GrantFacts> Granted { get; init; }

    /// <summary>Given by default and taken away.</summary>
    public FactList<GrantFacts> Revoked { get; init; }
}

/// <summary>What one role gave another.</summary>
public sealed record GrantFacts
{
    /// <summary>The role that has them; <c>public</c>, which no role can be called, is everybody.</summary>
    [JsonRequired]
    public string To { get; init; } = "";

    /// <summary>The role that gave them, where it is not the owner.</summary>
    public string? By { get; init; }

    /// <summary>As in GRANT, in alphabetical order: <c>INSERT</c>, <c>SELECT</c>.</summary>
    [JsonRequired]
    public FactList<string> Privileges { get; init; }

    /// <summary>WITH GRANT OPTION. Of one role, those with and those without stand apart.</summary>
    public bool Grantable { get; init; }
}

/// <summary>A label that a security module reads.</summary>
public sealed record SecurityLabelFacts
{
    /// <summary>The module.</summary>
    [JsonRequired]
    public string Provider { get; init; } = "";

    /// <summary>What it says.</summary>
    [JsonRequired]
    public string Label { get; init; } = "";
}
