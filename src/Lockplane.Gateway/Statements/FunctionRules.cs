using Lockplane.Sql.Statements;

namespace Lockplane.Gateway.Statements;

/// <summary>Judges calls: by name, in attribute notation, and by operators of other schemas.</summary>
internal static class FunctionRules
{
    public static IEnumerable<Finding> Judge(Statement statement, Profile profile)
    {
        foreach (CallFact call in statement.Calls)
        {
            if (JudgeCall(call, profile) is { } finding)
            {
                yield return finding;
            }
        }

        foreach (AttributeFact attribute in statement.Attributes)
        {
            if (!IsColumn(attribute, statement, profile))
            {
                yield return Refused(attribute.Name, "in attribute notation", attribute.Location, profile);
            }
        }

        foreach (OperatorFact op in statement.Operators)
        {
            if (op.Schema != "pg_catalog")
            {
                yield return Refused($"OPERATOR({op.Schema}.{op.Name})", "as an operator of another schema than pg_catalog", op.Location, profile);
            }
        }
    }

    private static Finding? JudgeCall(CallFact call, Profile profile)
    {
        if (call is { Schema: null or "pg_catalog", Name: "set_config" })
        {
            return SettingRules.JudgeSetConfig(call, profile);
        }

        if (profile.AllowsFunction(call.Schema, call.Name))
        {
            return null;
        }

        return Refused(call.Schema is null ? call.Name : call.Schema + "." + call.Name, call.Form == CallForm.TableSample ? "as a sampling method" : "as a function", call.Location, profile);
    }

    /// <summary>
    /// <c>(x).name</c> calls a function where x has no such field; <c>t.name</c> does where t is a function in FROM that returns a scalar. For the alias of a table it would need a
    /// function of the table's row type, so there only known names are refused.
    /// </summary>
    private static bool IsColumn(AttributeFact attribute, Statement statement, Profile profile)
    {
        if (profile.RefusesColumn(attribute.Name))
        {
            return false;
        }

        if (attribute.Qualifier is null)
        {
            return profile.AllowsField(attribute.Name);
        }

        foreach (RangeFunctionFact function in statement.RangeFunctions)
        {
            if (MayBeScalar(function, attribute) && !profile.AllowsField(attribute.Name))
            {
                return false;
            }
        }

        return true;
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

    private static Finding Refused(string name, string how, int offset, Profile profile) => new("LP311", $"function {name} is not in profile {profile.Name}", $"{name} is used {how}.",
        $"Use another function, or add it to allow_functions of profile {profile.Name}.", offset, name, Profile.MayObserve(name));
}
