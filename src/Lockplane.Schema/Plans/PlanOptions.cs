using System.Text.Json.Serialization;
using Lockplane.Schema.Catalogs;

namespace Lockplane.Schema.Plans;

/// <summary>What a plan is made with, part of its hash.</summary>
/// <param name="Mode">How steps are grouped into transactions.</param>
/// <param name="Scope">The scope of the catalogs.</param>
/// <param name="Again">Tells plans of the same content apart, where one is to be applied again; absent the first time.</param>
/// <param name="SearchPath">The schemas that statements as a person wrote them were meant for; absent when all names are qualified.</param>
/// <param name="KeepRows">Data changes keep the rows that they touch, so that the rollback restores them; absent when they do not.</param>
public sealed record PlanOptions(
    [property: JsonRequired] PlanMode Mode, [property: JsonRequired] Scope Scope, int? Again = null, FactList<string>? SearchPath = null, bool? KeepRows = null)
{
    /// <summary>One transaction, the whole database.</summary>
    public static PlanOptions Default { get; } = new(PlanMode.Transactional, Scope.All);
}

/// <summary>How steps are grouped into transactions.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PlanMode>))]
public enum PlanMode
{
    /// <summary>All steps in one.</summary>
    [JsonStringEnumMemberName("transactional")]
    Transactional = 1,
}
