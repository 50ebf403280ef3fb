using System.Collections.Immutable;
using System.Text;
using Lockplane.Sql.Errors;
using Lockplane.Sql.PgQuery;
using Lockplane.Sql.Statements;

namespace Lockplane.Schema.Dsl;

/// <summary>Reads schema files: cuts them into statements, refuses what declares nothing, finds directives, and orders what is left.</summary>
public sealed class SchemaFileReader(PgQueryParser parser)
{
    private readonly StatementRules _rules = new(parser);

    /// <summary>What the files say.</summary>
    /// <param name="files">In any order.</param>
    /// <exception cref="LockplaneException">LP201, LP202 or LP205 with file, line and column; 42601's message when a file does not parse.</exception>
    public SchemaDefinition Read(IEnumerable<SchemaFile> files)
    {
        List<SchemaStatement> statements = [];
        List<(DeclarationFacts Facts, Statement Statement)> facts = [];
        ImmutableArray<RenameDirective>.Builder renames = ImmutableArray.CreateBuilder<RenameDirective>();
        HashSet<string> granted = [];
        Dictionary<(string, string, string, string?, string), string> replaced = [];
        bool managesAll = false;
        foreach (SchemaFile file in files)
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(file.Text);
            List<(int Offset, int Length, DeclarationFacts Facts)> own = [];
            foreach (ScriptStatement item in _rules.Split(file.Name, StatementRoles.WithoutVariable(file.Text)))
            {
                if (item.Statement.Kind == "VariableSetStmt" && CatalogPrinter.IsLoadSetting(item.Text))
                {
                    continue;
                }

                string written = Encoding.UTF8.GetString(item.Statement.TextOf(utf8));
                SchemaStatement statement = new(file.Name, item.Line, item.Column, written) { Kind = item.Statement.Kind };
                DeclarationFacts declared = Check(statement, item, hasVariable: written != item.Text);
                DemandReplacedOnce(replaced, statement, declared);
                own.Add((item.Statement.Offset, item.Statement.Length, declared));
                granted.UnionWith(GrantedSchemas(item));
                // Schema public is there: CREATE SCHEMA public says what is so.
                if (declared is not { Kind: "CreateSchemaStmt", Definitions: [{ Name: "public" }] })
                {
                    statements.Add(statement);
                    facts.Add((declared, item.Statement));
                }
            }

            (ImmutableArray<RenameDirective> found, bool all) = new DirectiveReader(file.Name, file.Text).Read(own);
            renames.AddRange(found);
            managesAll |= all;
        }

        return new SchemaDefinition([.. LoadOrder.Of(facts).Select(i => statements[i])], renames.ToImmutable(), managesAll, [.. granted]);
    }

    // What replaces another's definition twice would depend on the order of the files. Once is how a circle is written.
    private static void DemandReplacedOnce(Dictionary<(string, string, string, string?, string), string> replaced, SchemaStatement statement, DeclarationFacts facts)
    {
        if (facts.Flags.Contains("replace") && facts.Definitions is [var made, ..]
            && !replaced.TryAdd((facts.Kind, made.Schema ?? "public", made.Name, made.Part, facts.Arguments), statement.Place))
        {
            string first = replaced[(facts.Kind, made.Schema ?? "public", made.Name, made.Part, facts.Arguments)];
            throw new LockplaneException(ErrorCodes.StatementNotAllowed, $"{statement.Place}: {made.Part ?? made.Name} is replaced at {first}, too, and only one of them can hold.", hint: "Describe it once.");
        }
    }

    private DeclarationFacts Check(SchemaStatement statement, ScriptStatement item, bool hasVariable)
    {
        ParseOutcome<DeclarationFacts> outcome = parser.Parse(Encoding.UTF8.GetBytes(item.Text), DeclarationFacts.Read);
        DeclarationFacts facts = outcome.Value ?? throw StatementRules.NotAllowed(statement.Place, item, "cannot be read by itself", "Write it in another way.");
        if (DeclarationRules.FindRefusal(facts, hasVariable) is var (why, hint))
        {
            throw StatementRules.NotAllowed(statement.Place, item, why, hint);
        }

        _rules.DemandOwnBusiness(statement.Place, item);
        foreach ((int offset, string text) in facts.Evaluated)
        {
            throw new LockplaneException(
                ErrorCodes.StatementNotAllowed,
                $"{PlaceOf(statement, item.Text, offset)}: '{text}' becomes a date or time when Postgres reads the statement: it would be the time at which the file was loaded, and differ at every load.",
                hint: "Write CURRENT_DATE, now() or the like for a value at run time, the date itself for a fixed one, or a cast such as 'today'::text where the text is meant.");
        }

        return facts;
    }

    private string[] GrantedSchemas(ScriptStatement item) => item.Statement.Kind != "GrantStmt" ? []
        : parser.Parse(Encoding.UTF8.GetBytes(item.Text), static tree =>
        {
            using System.Text.Json.JsonDocument document = TreeJson.Parse(tree);
            System.Text.Json.JsonElement grant = TreeJson.Statement(document).Value;
            return grant.Text("objtype") == "OBJECT_SCHEMA" && grant.Text("targtype") is null or "ACL_TARGET_OBJECT" ? grant.Names("objects") : [];
        }).Value ?? [];

    private static string PlaceOf(SchemaStatement statement, string text, int offset)
    {
        string before = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text).AsSpan(0, offset));
        int lines = before.Count(c => c == '\n');
        int column = before.Length - (before.LastIndexOf('\n') + 1) + 1;
        return $"{statement.File}:{statement.Line + lines}:{(lines == 0 ? statement.Column + column - 1 : column)}";
    }
}
