using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Dsl;

namespace Lockplane.Schema.Plans;

/// <summary>Makes plans. Pure: the same inputs give the same bytes.</summary>
public static class Planner
{
    /// <summary>The plan that leads from one catalog to another.</summary>
    /// <param name="from">The catalog that the database has.</param>
    /// <param name="desired">The catalog that is wanted; what <paramref name="from"/> has unmodelled is kept.</param>
    /// <param name="options">Mode and scope.</param>
    public static Plan Plan(Catalog from, Catalog desired, PlanOptions options) => throw new NotSupportedException();

    /// <summary>The plan of statements as a person wrote them.</summary>
    /// <param name="from">The catalog that the database has.</param>
    /// <param name="to">The catalog that a shadow of it has after the statements, with what <paramref name="from"/> has unmodelled (<see cref="Catalog.WithUnmodelledFrom"/>).</param>
    /// <param name="statements">The statements as they were judged; each becomes one step.</param>
    /// <param name="options">Mode, scope and the search path that the statements were meant for.</param>
    public static Plan PlanStatements(Catalog from, Catalog to, IReadOnlyList<JudgedStatement> statements, PlanOptions options) => throw new NotSupportedException();
}
