using System.Collections.Immutable;
using Lockplane.Schema.Plans;

namespace Lockplane.Schema.Dsl;

/// <summary>One statement of a plan that a person wrote, as the statement rules judged it.</summary>
/// <param name="Sql">The statement, verbatim and without the semicolon.</param>
/// <param name="Description">What it does, in a few words: <c>create table</c>.</param>
/// <param name="Hazards">What its form alone tells.</param>
/// <param name="IsConditional">Whether it does nothing at all where what it names is there already, or is not there: CREATE ... IF NOT EXISTS, DROP ... IF EXISTS.</param>
public sealed record JudgedStatement(string Sql, string Description, ImmutableArray<StepHazard> Hazards, bool IsConditional = false);
