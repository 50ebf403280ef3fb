using Lockplane.Sql.Statements;

namespace Lockplane.Gateway.Statements;

/// <summary>Finds where a statement calls functions (by name, in attribute notation, by operators and casts, in DO) and has each judged.</summary>
internal static class FunctionRules
{
    // Each name of a column is compared with each function in FROM: a text of the most bytes must not make that minutes.
    private const long MostComparisons = 1_000_000;

    public static IEnumerable<Finding> Judge(Statement statement, Profile profile, IFunctionJudge functions)
    {
        if (TooMany(statement) is { } limit)
        {
            return [limit];
        }

        IEnumerable<Finding?> findings = statement.Calls.Select(call => JudgeCall(call, profile, functions))
            .Concat(statement.Attributes.Select(attribute => JudgeAttribute(attribute, statement, profile, functions)))
            .Concat(statement.Operators.Select(op => functions.Judge(new FunctionUse(UseForm.Operator, op.Schema, op.Name, op.Location))))
            .Concat(statement.Types.Select(type => functions.Judge(new FunctionUse(UseForm.Type, type.Schema, type.Name, type.Location))))
            .Concat(statement.Bodies.Select(functions.Judge));
        return findings.OfType<Finding>();
    }

    /// <summary>The refusal of a name.</summary>
    public static Finding Refused(FunctionUse use, Profile profile) => new("LP311", $"function {use.Display} is not in profile {profile.Name}", $"{use.Display} is used {use.How}.",
        $"Use another function, or add it to allow_functions of profile {profile.Name}.", use.Location, use.Display, use.Form != UseForm.Operator && Profile.MayObserve(use.Display));

    private static Finding? TooMany(Statement statement) => (long)statement.Attributes.Length * statement.RangeFunctions.Length <= MostComparisons ? null : new(
        Wire.SqlState.ProgramLimitExceeded, "the statement has too many names of columns beside functions in FROM", $"There are {statement.Attributes.Length} names and {statement.RangeFunctions.Length} functions.",
        "Send several statements.", statement.Offset);

    private static Finding? JudgeCall(CallFact call, Profile profile, IFunctionJudge functions)
    {
        if (call is { Schema: null or "pg_catalog", Name: "set_config" } && SettingRules.JudgeSetConfig(call, profile) is { } finding)
        {
            return finding;
        }

        return functions.Judge(new FunctionUse(call.Form switch { CallForm.TableSample => UseForm.TableSample, CallForm.Grammar => UseForm.Grammar, _ => UseForm.Call }, call.Schema, call.Name, call.Location));
    }

    /// <summary>
    /// <c>(x).name</c> calls a function where x has no such field; <c>t.name</c> does where t is a function in FROM that returns a scalar, or a row for which there is a function of that name.
    /// The names of pg_catalog's functions of one argument that are not allowed are no columns anywhere; none of them takes a row, but they are few, and so sure.
    /// </summary>
    private static Finding? JudgeAttribute(AttributeFact attribute, Statement statement, Profile profile, IFunctionJudge functions)
    {
        UseForm form = attribute.Qualifier is null || statement.RangeFunctions.Any(function => MayBeScalar(function, attribute)) ? UseForm.Field : UseForm.Column;
        FunctionUse use = new(form, null, attribute.Name, attribute.Location);
        return profile.RefusesColumn(attribute.Name) ? Refused(use, profile) : functions.Judge(use);
    }

    private static bool MayBeScalar(RangeFunctionFact function, AttributeFact attribute)
    {
        string? name = function.Alias ?? function.Function;
        if (name is not null && name != attribute.Qualifier)
        {
            return false;
        }

        return !Profile.ReturnsRows(function.Function) && attribute.Name != name && !function.Columns.Contains(attribute.Name);
    }
}
