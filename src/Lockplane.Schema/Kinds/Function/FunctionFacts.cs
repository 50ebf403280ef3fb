using System.Text.Json.Serialization;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Kinds;

/// <summary>A function, a window function or a procedure; what is left to Postgres's default is absent.</summary>
/// <remarks>Spec: CREATE FUNCTION, CREATE PROCEDURE.</remarks>
public sealed record FunctionFacts : ObjectFacts
{
    /// <summary>Its arguments in order, without the columns of RETURNS TABLE.</summary>
    public FactList<ArgumentFacts> Arguments { get; init; }

    /// <summary>What follows RETURNS: <c>SETOF public.notes</c>, <c>TABLE(id integer)</c>; null for a procedure.</summary>
    public string? Result { get; init; }

    /// <summary>The language's name.</summary>
    [JsonRequired]
    public string Language { get; init; } = "";

    /// <summary>The body, byte for byte; of an internal function the name of that in the server.</summary>
    public string? Body { get; init; }

    /// <summary>The body that was parsed when it was made (BEGIN ATOMIC or RETURN), as Postgres writes it.</summary>
    public string? SqlBody { get; init; }

    /// <summary>Of a C function, the library.</summary>
    public string? Library { get; init; }

    /// <summary>Of a C function, its name in the library.</summary>
    public string? Symbol { get; init; }

    /// <summary>A window function.</summary>
    public bool Window { get; init; }

    /// <summary><c>IMMUTABLE</c> or <c>STABLE</c>; null is VOLATILE.</summary>
    public string? Volatility { get; init; }

    /// <summary>Is null where an argument is.</summary>
    public bool Strict { get; init; }

    /// <summary>Runs with its owner's rights.</summary>
    public bool SecurityDefiner { get; init; }

    /// <summary>Says nothing about its arguments but by its result.</summary>
    public bool Leakproof { get; init; }

    /// <summary><c>SAFE</c> or <c>RESTRICTED</c>; null is UNSAFE.</summary>
    public string? Parallel { get; init; }

    /// <summary>COST, where it is not the language's default.</summary>
    public string? Cost { get; init; }

    /// <summary>ROWS, where it is not 1000.</summary>
    public string? Rows { get; init; }

    /// <summary>The planner's support function as SQL.</summary>
    public string? Support { get; init; }

    /// <summary>Settings while it runs, in the order of their names.</summary>
    public FactList<SettingFacts> Configuration { get; init; }

    /// <summary>The types of TRANSFORM FOR TYPE, in the order of their names.</summary>
    public FactList<string> Transforms { get; init; }

    /// <summary>Its body is a text that Postgres does not follow: what it needs is not among <see cref="ObjectFacts.DependsOn"/>.</summary>
    [JsonIgnore]
    public bool HidesItsNeeds => Body is not null && Language != "internal";
}

/// <summary>An argument.</summary>
public sealed record ArgumentFacts
{
    /// <summary><c>OUT</c>, <c>INOUT</c> or <c>VARIADIC</c>; null is IN.</summary>
    public string? Mode { get; init; }

    /// <summary>Its name, when it has one.</summary>
    public string? Name { get; init; }

    /// <summary>Its type.</summary>
    [JsonRequired]
    public string Type { get; init; } = "";

    /// <summary>The default's expression as Postgres writes it.</summary>
    public string? Default { get; init; }
}

/// <summary>A setting of the server and its value.</summary>
public sealed record SettingFacts
{
    /// <summary>The setting.</summary>
    [JsonRequired]
    public string Name { get; init; } = "";

    /// <summary>Its value as it is stored; a list of names as SQL would write it.</summary>
    [JsonRequired]
    public string Value { get; init; } = "";
}
