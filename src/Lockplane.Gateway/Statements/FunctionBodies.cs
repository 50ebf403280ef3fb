using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text;
using Lockplane.Sql.PgQuery;
using Lockplane.Sql.Plpgsql;
using Lockplane.Sql.Statements;

namespace Lockplane.Gateway.Statements;

/// <summary>Judges the bodies of functions and of DO like statements, each by itself: what they call is told to the caller. Thread-safe.</summary>
internal sealed class FunctionBodies(PgQueryParser parser, Profile profile)
{
    // DO in DO, or EXECUTE of a constant that holds one: each level costs this process stack.
    private const int MostLevels = 8;

    // A function's own frame: the statement that makes it is not what is judged.
    private static readonly FrozenSet<string> Frame = FrozenSet.Create(StringComparer.Ordinal, "CreateFunctionStmt", "FunctionParameter", "ReturnStmt");

    // What CREATE TYPE AS RANGE makes, in the type's own schema.
    private static readonly FrozenSet<string> RangeConstructors = FrozenSet.Create(StringComparer.Ordinal,
        "range_constructor2", "range_constructor3", "multirange_constructor0", "multirange_constructor1", "multirange_constructor2");

    [ThreadStatic]
    private static int _level;

    private readonly StatementReader _statements = new(parser);
    private readonly PlpgsqlReader _plpgsql = new(parser);

    /// <summary>The refusal of a function.</summary>
    public static Finding Refused(CatalogFunction function, string why, Profile profile, bool listed) => new("LP311", $"function {function.Name} is not in profile {profile.Name}",
        $"{function.Name}: {why}", $"Use another function, or add {function.Name} to allow_functions of profile {profile.Name}.", -1, function.Name.ToString(), listed);

    /// <summary>What is held against a function by itself.</summary>
    public IEnumerable<Finding> Judge(CatalogFunction function, IFunctionJudge calls)
    {
        if (function.IsTrigger && function.Language == "plpgsql")
        {
            // PL/pgSQL raises an error when something else than a trigger calls it, and what triggers do is the schema's.
            yield break;
        }

        if (function.IsSecurityDefiner && !function.Settings.Any(static setting => setting.StartsWith("search_path=", StringComparison.Ordinal)))
        {
            yield return Refused(function, "it is SECURITY DEFINER and does not set search_path.", profile, listed: true);
        }

        foreach (Finding finding in Settings(function).Concat(Code(function, calls)))
        {
            yield return Refused(function, finding.Message + ".", profile, finding.Listed) with { Lasting = finding.Lasting };
        }
    }

    /// <summary>What is held against the body of DO by itself.</summary>
    public IEnumerable<Finding> JudgeDo(BodyFact body, IFunctionJudge calls)
    {
        IEnumerable<Finding> findings = body.Language is null or "plpgsql"
            ? Nested(() => Plpgsql(_plpgsql.ReadDo(body.Text), calls))
            : [Unreadable($"language {body.Language} cannot be judged")];
        return findings.Select(finding => new Finding(finding.Code, $"what DO runs is not in profile {profile.Name}", finding.Subject == "DoStmt" ? finding.Detail : finding.Message + ".", "Send the statements themselves.", body.Location, "DoStmt", finding.Listed, finding.Lasting));
    }

    private IEnumerable<Finding> Settings(CatalogFunction function) => function.Settings.Select(setting => setting.Split('=', 2)).Select(pair =>
        SettingRules.Protected(new(SettingAction.Set, pair[0], ImmutableArray.Create<string?>(pair.Length > 1 ? pair[1] : null), IsLocal: true, -1), profile)).OfType<Finding>();

    private List<Finding> Code(CatalogFunction function, IFunctionJudge calls)
    {
        switch (function.Language)
        {
            case "internal" when function.Kind == CatalogFunctionKind.Aggregate || RangeConstructors.Contains(function.Source):
                return [];
            case "c" or "internal" when function.Extension is not null && ExtensionLists.Allows(function.Extension, function.Name.Name):
                return [];
            case "c" or "internal":
                return [Unreadable(function.Extension is null ? $"language {function.Language} cannot be judged" : $"its code in C, of extension {function.Extension}, is on no list")];
            case "sql" or "plpgsql":
                return Nested(() => function.Definition is null ? [Unreadable("it is too long to be judged")] : Definition(function, function.Definition, calls));
            default:
                return [Unreadable($"language {function.Language} cannot be judged")];
        }
    }

    private List<Finding> Definition(CatalogFunction function, string definition, IFunctionJudge calls)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(definition);
        ParseOutcome<ImmutableArray<Statement>> outcome = _statements.Read(utf8);
        if (!outcome.Succeeded || outcome.Value is not [{ Kind: "CreateFunctionStmt" } create])
        {
            return [DoesNotParse("definition", outcome.Error)];
        }

        // Defaults of parameters, and a body of the SQL standard, are in the statement itself; settings were judged.
        Statement inner = create with { Nodes = [.. create.Nodes.Where(node => !Frame.Contains(node.Type) && node.Type != "VariableSetStmt")], Settings = [], Bodies = [] };
        List<Finding> findings = [.. Statement(inner, calls)];
        foreach (BodyFact body in create.Bodies)
        {
            findings.AddRange(function.Language == "plpgsql"
                ? Plpgsql(_plpgsql.ReadFunction(Encoding.UTF8.GetString(utf8, 0, body.Location) + "AS", body.Text), calls)
                : Sql(body.Text, calls));
        }

        return findings;
    }

    private List<Finding> Sql(string body, IFunctionJudge calls) => _statements.Read(Encoding.UTF8.GetBytes(body)) is var outcome && outcome.Succeeded
        ? [.. outcome.Value.SelectMany(statement => Statement(statement, calls))]
        : [DoesNotParse("body", outcome.Error)];

    private List<Finding> Plpgsql(PlpgsqlBody body, IFunctionJudge calls)
    {
        if (body.Fault is not null)
        {
            return [Unreadable($"its body cannot be read: {body.Fault}") with { Lasting = body.IsLasting }];
        }

        return [.. body.Built.Select(_ => Unreadable("it runs a text that it builds (EXECUTE)")), .. body.Statements.SelectMany(statement => Statement(statement, calls))];
    }

    private List<Finding> Statement(Statement statement, IFunctionJudge calls) => StatementClasses.ChangesSchema(statement)
        ? [new("LP310", "it changes the schema", StatementRules.SchemaChange(statement).Detail, "", -1)]
        : [.. StatementRules.All(statement, profile, calls)];

    private static Finding DoesNotParse(string what, SqlSyntaxError? error) => error is { IsLasting: false }
        ? Unreadable($"its {what} could not be parsed: {error.Message}") with { Lasting = false }
        : Unreadable($"its {what} does not parse");

    private static Finding Unreadable(string why) => new("LP311", why, why + ".", "", -1);

    private static List<Finding> Nested(Func<List<Finding>> judge)
    {
        if (_level >= MostLevels)
        {
            return [Unreadable("it is nested too deeply")];
        }

        _level++;
        try
        {
            return judge();
        }
        catch (InvalidDataException e)
        {
            return [Unreadable("it has a form that the gate does not know: " + e.Message)];
        }
        finally
        {
            _level--;
        }
    }
}
