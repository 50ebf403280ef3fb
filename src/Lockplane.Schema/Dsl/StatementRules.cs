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

    /// <summary>The statements of a script, verbatim, when a plan may hold all of them.</summary>
    /// <param name="sql">The script; a data change in it has a directive that says how many rows it must touch.</param>
    /// <param name="name">How messages name it.</param>
    /// <param name="rows">What stands for the directive of the only statement; null when the script has them.</param>
    /// <exception cref="LockplaneException">LP201, LP202, LP204 or LP205 with line and column; LP201 when there is none or it does not parse.</exception>
    public ImmutableArray<JudgedStatement> CheckPlanStatements(string sql, string name = "statement", RowBounds? rows = null)
    {
        ImmutableArray<JudgedStatement>.Builder judged = ImmutableArray.CreateBuilder<JudgedStatement>();
        byte[] utf8 = Encoding.UTF8.GetBytes(sql);
        ImmutableArray<ScriptStatement> items = Split(name, StatementRoles.WithoutVariable(sql));
        DataChangeFacts[] changes = [.. items.Select(item => FindDataChange($"{name}:{item.Line}:{item.Column}", item))];
        IReadOnlyDictionary<int, RowBounds> bounds = new DirectiveReader(name, sql).ReadRows([.. items.Select((item, i) => (item.Statement.Offset, item.Statement.Length, changes[i].Kind is not null))]);
        for (int i = 0; i < items.Length; i++)
        {
            ScriptStatement item = items[i];
            string written = Encoding.UTF8.GetString(item.Statement.TextOf(utf8));
            string place = $"{name}:{item.Line}:{item.Column}";
            Statement statement = item.Statement;
            DataChange? change = Bound(place, changes[i], bounds.GetValueOrDefault(i) ?? rows);
            // The settings of the database that the plan is applied to, whatever it is called there.
            bool ofThisDatabase = written != item.Text && statement.Kind is "AlterDatabaseSetStmt" or "AlterRoleSetStmt"
                && parser.Parse(Encoding.UTF8.GetBytes(item.Text), DeclarationFacts.Read).Value is { Databases.Length: > 0 } facts && facts.Databases.All(database => database == StatementRoles.DatabaseVariable);
            if (BeyondDatabase.Contains(statement.Kind) && !ofThisDatabase)
            {
                throw NotAllowed(place, item, "reaches beyond the database, where no shadow can show what it does", "Have an administrator run it directly.");
            }

            if (change is null && !StatementClasses.IsSchemaChange(statement.Kind) && !(statement.Kind == "SelectStmt" && statement.Node("IntoClause") is not null))
            {
                throw NotAllowed(place, item, "does not change the schema", "A plan holds statements that create, alter, drop, grant or comment, and data changes.");
            }

            if (change is not null && (change.Schema is "information_schema" || (change.Schema ?? change.Table).StartsWith("pg_", StringComparison.Ordinal)))
            {
                throw NotAllowed(place, item, "changes rows of Postgres's own catalogs", "Change the schema by its own statements.");
            }

            TreeForms forms = DemandOwnBusiness(place, item);
            judged.Add(new JudgedStatement(written, Describe(statement), HazardsOf(item, forms, change), statement, IsConditional(statement.Kind, forms), change, parser.Parse(Encoding.UTF8.GetBytes(item.Text), WrittenRename.Read).Value, forms.IsConcurrent));
        }

        return judged.Count > 0
            ? judged.ToImmutable()
            : throw new LockplaneException(ErrorCodes.StatementNotAllowed, $"{name} holds no statement.", hint: "Give at least one.");
    }

    /// <summary>The statements of a plan's steps; refuses a plan whose steps hold what no plan may hold. The way back is not asked: it follows from the steps.</summary>
    /// <exception cref="LockplaneException">As <see cref="CheckPlanStatements"/>.</exception>
    public ImmutableArray<JudgedStatement> JudgePlan(Plan plan) => [.. plan.Steps.Select(Judge)];

    private JudgedStatement Judge(PlanStep step)
    {
        if (step.Rows is { } bounds && (bounds.Min < 0 || bounds.Max < bounds.Min))
        {
            throw new LockplaneException(ErrorCodes.Directive, $"Step {step.N} is to touch {bounds.Min} to {bounds.Max} rows, which no step can.", hint: "Give rows a min of 0 or more and a max that is not less.");
        }

        if (CheckPlanStatements(step.Sql, $"step {step.N}", step.Rows) is not [JudgedStatement judged])
        {
            throw new LockplaneException(ErrorCodes.StatementNotAllowed, $"Step {step.N} holds more than one statement.", hint: "A step is one statement.");
        }

        return judged.Change?.Rows == step.Rows && step.Restores is null && (step.Keeps is null || step.Rows is not null)
            ? judged
            : throw new LockplaneException(
                ErrorCodes.Directive, $"Step {step.N} says about rows what does not fit its statement.", hint: "rows and keeps belong to a data change, and restores to a rollback that `lockplane rollback` makes in the database where the rows are kept.");
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

        if (outcome.Value.HasSecret)
        {
            throw new LockplaneException(ErrorCodes.SecretInText, $"{place}: the statement holds a secret.");
        }

        if (outcome.Value.IsTemporary)
        {
            throw NotAllowed(place, item, "makes something temporary, which is gone after the apply", "Leave TEMPORARY out.");
        }

        if (CallRules.FindRefused(item.Statement) is { } name)
        {
            throw NotAllowed(place, item, $"calls {name}, which reaches beyond the schema", "Leave the call out.");
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
    private DataChangeFacts FindDataChange(string place, ScriptStatement item)
    {
        DataChangeFacts facts = parser.Parse(Encoding.UTF8.GetBytes(item.Text), DataChangeFacts.Read).Value ?? throw NotAllowed(place, item, "cannot be read by itself", "Write it in another way.");
        return facts.Hidden is null
            ? facts
            : throw NotAllowed(place, item, $"holds {WithArticle(facts.Hidden)}, and the server does not say how many rows that touches", "Write each data change as a statement of its own.");
    }

    private static DataChange? Bound(string place, DataChangeFacts facts, RowBounds? rows) => facts.Kind is null ? null
        : rows is null ? throw new LockplaneException(
            ErrorCodes.RowBoundsMissing,
            $"{place}: {WithArticle(facts.Kind)} changes rows, and nothing says how many it may touch.",
            hint: "Write a directive in the line above, or at its end: -- lockplane: rows 1..100")
        : new DataChange(facts.Schema, facts.Table!, rows);

    // What is dropped and made again in one plan leaves the catalog as it was, so the form of each statement has to tell.
    private ImmutableArray<StepHazard> HazardsOf(ScriptStatement item, TreeForms forms, DataChange? change)
    {
        Statement statement = item.Statement;
        StepHazard[] changed = change is null ? [] : [new StepHazard(Hazards.ChangesData.Name, TableText(change.Schema, change.Table))];
        Hazard? data = statement.Kind == "TruncateStmt" || forms.Destroys ? Hazards.DropsData : forms.ConvertsData ? Hazards.ConvertsData : null;
        Hazard? access = forms.OpensAccess ? Hazards.ChangesAccess : forms.BringsCode ? Hazards.BringsCode : null;
        Hazard? calls = CallRules.FindUnknown(statement) is null ? null : Hazards.CallsFunctions;
        Hazard[] hazards = [.. new[] { data, access, calls }.OfType<Hazard>()];
        string[] subjects = [.. statement.Relations.Select(r => TableText(r.Schema, r.Name)), .. parser.Parse(Encoding.UTF8.GetBytes(item.Text), DroppedObjects.Read).Value ?? []];
        return [.. changed, .. hazards.SelectMany(hazard => (subjects.Length > 0 ? subjects : ["what the statement names"]).Select(subject => new StepHazard(hazard.Name, subject)))];
    }

    private static string TableText(string? schema, string name) => "table " + (schema is null ? Identifiers.Quote(name) : Identifiers.QuoteQualified(schema, name));

    private static string Describe(Statement statement)
    {
        string words = Words(statement.Kind);
        return statement.Relations.Length > 0 && statement.Kind is "CreateStmt" or "AlterTableStmt" or "IndexStmt" or "TruncateStmt" or "ViewStmt" or "InsertStmt" or "UpdateStmt" or "DeleteStmt" or "MergeStmt"
            ? $"{words} {Preposition(statement.Kind)}{statement.Relations[0].Name}"
            : words;
    }

    private static string Preposition(string kind) => kind switch
    {
        "IndexStmt" => "on ",
        "InsertStmt" or "MergeStmt" => "into ",
        "DeleteStmt" => "from ",
        _ => "",
    };

    private static string WithArticle(string kind) => kind is "InsertStmt" or "UpdateStmt" ? $"an {Words(kind)}" : $"a {Words(kind)}";

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
