using System.Text.Json.Serialization;

namespace Lockplane.Schema.Kinds;

/// <summary>Extended statistics.</summary>
/// <remarks>Spec: CREATE STATISTICS.</remarks>
public sealed record StatisticsFacts : ObjectFacts
{
    /// <summary>What stands behind the name, as Postgres writes it: <c>(ndistinct) ON a, b FROM public.t</c>.</summary>
    [JsonRequired]
    public string Definition { get; init; } = "";

    /// <summary>How many values ANALYZE gathers, when it is not the system's number; 0 is none.</summary>
    public int? Target { get; init; }
}
