using System.Collections.Immutable;
using Lockplane.Schema.Plans;
using Lockplane.Sql.Statements;

namespace Lockplane.Schema.Dsl;

/// <summary>One statement of a plan that a person wrote, as the statement rules judged it.</summary>
/// <param name="Sql">The statement, verbatim and without the semicolon.</param>
/// <param name="Description">What it does, in a few words: <c>create table</c>.</param>
/// <param name="Hazards">What its form alone tells.</param>
/// <param name="Facts">What stands in it.</param>
/// <param name="IsConditional">Whether it does nothing at all where what it names is there already, or is not there: CREATE ... IF NOT EXISTS, DROP ... IF EXISTS.</param>
/// <param name="Change">What changes rows in it; null for a schema change.</param>
/// <param name="Rename">What gets another name by it; null where nothing does.</param>
/// <param name="IsConcurrent">It says CONCURRENTLY, and so locks less.</param>
public sealed record JudgedStatement(
    string Sql, string Description, ImmutableArray<StepHazard> Hazards, Statement Facts, bool IsConditional = false, DataChange? Change = null, WrittenRename? Rename = null, bool IsConcurrent = false);

/// <summary>An INSERT, UPDATE, DELETE or MERGE.</summary>
/// <param name="Schema">The schema of the table whose rows change, as it is written; null when it is left to the search path.</param>
/// <param name="Table">The table.</param>
/// <param name="Rows">How many rows it must touch.</param>
public sealed record DataChange(string? Schema, string Table, RowBounds Rows);
