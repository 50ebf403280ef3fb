using System.Text.Json.Serialization;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>What is known of a rare kind of object: the text that makes it. It changes by being dropped and made again.</summary>
/// <remarks>
/// Of access methods, aggregates, casts, collations, conversions, languages, operators, transforms and text search objects. Spec: the page of CREATE of the kind.
/// </remarks>
public record DefinedFacts : ObjectFacts
{
    /// <summary>What follows the name in CREATE, with all names in full: <c>(PARSER = pg_catalog."default")</c>.</summary>
    [JsonRequired]
    public string Definition { get; init; } = "";

    /// <summary>A conversion that Postgres takes by itself.</summary>
    public bool Default { get; init; }

    /// <summary>A language that everybody may write functions in.</summary>
    public bool Trusted { get; init; }

    /// <summary>Of a text search configuration what goes to which dictionaries: <c>FOR email, url WITH pg_catalog.simple</c>.</summary>
    public FactList<string> Members { get; init; }
}
