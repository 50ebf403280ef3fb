using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text;
using Lockplane.Schema.Plans;
using Lockplane.Sql;
using Lockplane.Sql.Errors;
using Lockplane.Sql.PgQuery;
using Lockplane.Sql.Statements;

namespace Lockplane.Schema.Dsl;

/// <summary>Which statements may stand in a plan, and what may stand neither there nor in a schema file: by Postgres's node types.</summary>
public sealed class StatementRules(PgQueryParser parser)
{
    private readonly StatementReader _reader = new(parser);

    // Schema changes that no plan may hold: they reach beyond the database, so that no shadow and no manifest shows them.
    private static readonly FrozenSet<string> BeyondDatabase = FrozenSet.Create(
        StringComparer.Ordinal,
        "CreateRoleStmt", "AlterRoleStmt", "AlterRoleSetStmt", "DropRoleStmt", "GrantRoleStmt", "DropOwnedStmt", "ReassignOwnedStmt",
        "CreatedbStmt", "AlterDatabaseStmt", "AlterDatabaseRefreshCollStmt", "AlterDatabaseSetStmt", "DropdbStmt",
        "CreateTableSpaceStmt", "DropTableSpaceStmt", "AlterTableSpaceOptionsStmt", "CreateSubscriptionStmt", "AlterSubscriptionStmt", "DropSubscriptionStmt");

    private static readonly FrozenSet<string> DataChanges = FrozenSet.Create(StringComparer.Ordinal, "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt");

    /// <summary>The statements of a script, verbatim, when a plan may hold all of them.</summary>
    /// <exception cref="LockplaneException">LP201, LP204 or LP205 with line and column; LP201 when there is none or it does not parse.</exception>
    public ImmutableArray<JudgedStatement> CheckPlanStatements(string sql, string name = "statement")
    {
        ImmutableArray<JudgedStatement>.Builder judged = ImmutableArray.CreateBuilder<JudgedStatement>();
        byte[] utf8 = Encoding.UTF8.GetBytes(sql);
        foreach (ScriptStatement item in Split(name, StatementRoles.WithoutVariable(sql)))
        {
            string written = Encoding.UTF8.GetString(item.Statement.TextOf(utf8));
            string place = $"{name}:{item.Line}:{item.Column}";
            Statement statement = item.Statement;
            if (FindDataChange(statement) is { } change)
            {
                throw new LockplaneException(
                    ErrorCodes.RowBoundsMissing, $"{place}: {Words(change)} changes rows, and nothing says how many it may touch.", hint: "A plan changes the schema; send data changes through the gateway.");
            }

            // The settings of the database that the plan is applied to, whatever it is called there.
            bool ofThisDatabase = written != item.Text && statement.Kind is "AlterDatabaseSetStmt" or "AlterRoleSetStmt";
            if (BeyondDatabase.Contains(statement.Kind) && !ofThisDatabase)
            {
                throw NotAllowed(place, item, "reaches beyond the database, where no shadow can show what it does", "Have an administrator run it directly.");
            }

            if (!StatementClasses.IsSchemaChange(statement.Kind) && statement.Node("IntoClause") is null)
            {
                throw NotAllowed(place, item, "does not change the schema", "A plan holds statements that create, alter, drop, grant or comment.");
            }

            TreeForms forms = DemandOwnBusiness(place, item);
            judged.Add(new JudgedStatement(written, Describe(statement), HazardsOf(statement, forms), IsConditional(statement.Kind, forms)));
        }

        return judged.Count > 0
            ? judged.ToImmutable()
            : throw new LockplaneException(ErrorCodes.StatementNotAllowed, $"{name} holds no statement.", hint: "Give at least one.");
    }

    /// <summary>Refuses a plan from elsewhere whose steps, forward or back, hold what no plan may hold.</summary>
    /// <exception cref="LockplaneException">As <see cref="CheckPlanStatements"/>.</exception>
    public void DemandPlanStatements(Plan plan)
    {
        foreach (PlanStep step in plan.Steps.Concat(plan.Rollback.Steps))
        {
            if (CheckPlanStatements(step.Sql, $"step {step.N}").Length != 1)
            {
                throw new LockplaneException(ErrorCodes.StatementNotAllowed, $"Step {step.N} holds more than one statement.", hint: "A step is one statement.");
            }
        }
    }

    internal ImmutableArray<ScriptStatement> Split(string name, string sql)
    {
        ParseOutcome<SqlScript> outcome = SqlScript.Split(_reader, sql);
        if (outcome.Error is { } error)
        {
            throw new LockplaneException(ErrorCodes.StatementNotAllowed, $"{Place(name, sql, error.Position)}: {error.Message} ({error.SqlState}).", hint: "Correct the text; it has to be Postgres's SQL.");
        }

        return outcome.Value!.Statements;
    }

    // Our own schema and secrets: looked for in the tree, where names are folded and unescaped, so that no spelling hides them.
    internal TreeForms DemandOwnBusiness(string place, ScriptStatement item)
    {
        ParseOutcome<TreeForms> outcome = parser.Parse(Encoding.UTF8.GetBytes(item.Text), TreeForms.Read);
        if (!outcome.Succeeded || outcome.Value.NamesLockplane)
        {
            throw NotAllowed(place, item, "names lockplane, the schema of the ledger", "Leave schema lockplane alone; give the object another name.");
        }

        if (outcome.Value.HasPassword)
        {
            throw new LockplaneException(ErrorCodes.SecretInText, $"{place}: the statement holds a password.");
        }

        if (outcome.Value.IsTemporary)
        {
            throw NotAllowed(place, item, "makes something temporary, which is gone after the apply", "Leave TEMPORARY out.");
        }

        if (CallRules.FindRefused(item.Statement) is { } call)
        {
            throw NotAllowed(place, item, $"calls {call.Name}, which reaches beyond the schema", "Leave the call out.");
        }

        CopyFact? file = item.Statement.Copies.Where(c => c.Target != CopyTarget.Client).Select(c => (CopyFact?)c).FirstOrDefault();
        if (file is not null)
        {
            throw NotAllowed(place, item, "reads or writes a file or program of the server", "Use COPY FROM STDIN through the gateway.");
        }

        return outcome.Value;
    }

    // Of ALTER, only a part may depend on what is there.
    private static bool IsConditional(string kind, TreeForms forms) => kind switch
    {
        "CreateStmt" or "CreateSchemaStmt" or "IndexStmt" or "CreateSeqStmt" or "CreateExtensionStmt" or "CreateForeignTableStmt" or "CreateStatsStmt" => forms.IfNotExists,
        "DropStmt" => forms.MissingOk,
        _ => false,
    };

    // CREATE TABLE AS runs its query, which may change rows in a WITH; a function's or rule's body is not run.
    private static string? FindDataChange(Statement statement) => DataChanges.Contains(statement.Kind)
        ? statement.Kind
        : statement.Node("IntoClause") is null ? null : statement.Nodes.Select(node => node.Type).FirstOrDefault(DataChanges.Contains);

    // What is dropped and made again in one plan leaves the catalog as it was, so the form of each statement has to tell.
    private static ImmutableArray<StepHazard> HazardsOf(Statement statement, TreeForms forms)
    {
        Hazard? data = statement.Kind == "TruncateStmt" || forms.Destroys ? Hazards.DropsData : forms.ConvertsData ? Hazards.ConvertsData : null;
        Hazard? access = forms.OpensAccess ? Hazards.ChangesAccess : forms.BringsCode ? Hazards.BringsCode : null;
        Hazard? calls = CallRules.FindUnknown(statement) is null ? null : Hazards.CallsFunctions;
        Hazard[] hazards = [.. new[] { data, access, calls }.OfType<Hazard>()];
        string[] subjects = [.. statement.Relations.Select(r => "table " + (r.Schema is null ? Identifiers.Quote(r.Name) : Identifiers.QuoteQualified(r.Schema, r.Name)))];
        return [.. hazards.SelectMany(hazard => (subjects.Length > 0 ? subjects : ["what the statement names"]).Select(subject => new StepHazard(hazard.Name, subject)))];
    }

    private static string Describe(Statement statement)
    {
        string words = Words(statement.Kind);
        return statement.Relations.Length > 0 && statement.Kind is "CreateStmt" or "AlterTableStmt" or "IndexStmt" or "TruncateStmt" or "ViewStmt"
            ? $"{words} {(statement.Kind == "IndexStmt" ? "on " : "")}{statement.Relations[0].Name}"
            : words;
    }

    // CreateEventTrigStmt -> "create event trig"; the commonest by their own words.
    private static string Words(string kind) => kind switch
    {
        "CreateStmt" => "create table",
        "SelectStmt" => "select",
        "CreateTableAsStmt" => "create table as",
        "AlterTableStmt" => "alter table",
        "IndexStmt" => "create index",
        "ViewStmt" => "create view",
        "RenameStmt" => "rename",
        "CreateSeqStmt" => "create sequence",
        _ => string.Concat(kind.Replace("Stmt", "", StringComparison.Ordinal).Select((c, i) => char.IsUpper(c) && i > 0 ? " " + char.ToLowerInvariant(c) : char.ToLowerInvariant(c).ToString())),
    };

    internal static LockplaneException NotAllowed(string place, ScriptStatement item, string why, string hint) =>
        new(ErrorCodes.StatementNotAllowed, $"{place}: {Words(item.Statement.Kind)} ({item.Statement.Kind}) {why}.", hint: hint);

    private static string Place(string name, string sql, int position)
    {
        string before = new([.. sql.EnumerateRunes().Take(Math.Max(position - 1, 0)).SelectMany(r => r.ToString())]);
        int line = before.Count(c => c == '\n') + 1;
        int column = before.Length - (before.LastIndexOf('\n') + 1) + 1;
        return $"{name}:{line}:{column}";
    }
}
