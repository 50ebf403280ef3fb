using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Lockplane.Gateway;
using Lockplane.Gateway.Statements;
using Lockplane.Hosting;
using Lockplane.Hosting.Configuration;
using Lockplane.Sql.PgQuery;
using Lockplane.Sql.Statements;

namespace Lockplane.Cli;

/// <summary><c>lockplane check-sql</c>: what the gate would do with statements, and why.</summary>
internal static class CheckSqlCommand
{
    // Of a statement as it is shown.
    private const int LongestLine = 160;

    private static readonly string[] Outcomes = ["passes", "observed", "refused", "schema change"];

    public static Command Create(Terminal terminal)
    {
        Argument<string> file = new("file") { Description = "A script, or a log (Postgres's in format stderr or jsonlog, or the gateway's audit); - for standard input.", HelpName = "FILE|-" };
        Option<string?> config = new("--config") { Description = "The configuration whose [[profile]] rules decide; otherwise ./lockplane.toml, otherwise the one that `./dev up` wrote.", HelpName = "FILE" };
        Option<string?> facts = new("--db") { Description = "The database whose own functions are judged: a postgresql:// URL, or the NAME of a [databases.NAME]. Without it none of them is known, and all are refused.", HelpName = "URL|NAME" };
        Option<string> user = new("--user") { Description = "The role of the session.", HelpName = "ROLE", DefaultValueFactory = _ => "" };
        Option<string> database = new("--database") { Description = "The database of the session.", HelpName = "NAME", DefaultValueFactory = _ => "" };
        Option<string?> profile = new("--profile") { Description = "The profile, whatever the rules say: application, migrator or observer.", HelpName = "NAME" };
        profile.AcceptOnlyFromAmong("application", "migrator", "observer");
        Option<bool> json = new(TargetOptions.JsonName) { Description = "Canonical JSON on standard output and nothing else." };
        Command command = new("check-sql", "Say what the gateway would do with statements, and why. Exits with 2 when one would be refused.") { file, config, facts, user, database, profile, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            LockplaneConfiguration configuration = ConfigurationLoader.Load(parsed.GetValue(config));
            string path = parsed.GetRequiredValue(file);
            string text = await SchemaSource.ReadTextAsync(path, terminal, cancellation);
            using PgQueryParser parser = Corridor.MakeParser(configuration, terminal.Progress);
            Profile judged = Choose(configuration, parsed.GetValue(profile), parsed.GetRequiredValue(database), parsed.GetRequiredValue(user));
            DatabaseFacts known = await ReadFactsAsync(configuration, parsed.GetValue(facts), parser, cancellation);
            ImmutableArray<CheckedText> results = Check(text, new StatementGate(parser, judged, configuration.Gateway.MaxStatementBytes, known), judged, parser);
            if (parsed.GetValue(json))
            {
                terminal.WriteJson(CanonicalText.Of(ToJson(judged, results)));
            }
            else
            {
                Write(terminal, path == "-" ? "stdin" : path, judged, results);
            }

            return results.Any(result => result.Verdict.Kind != VerdictKind.Permit) ? ExitCode.Found : ExitCode.Done;
        });
        return command;
    }

    private sealed record CheckedText(SentText Text, Verdict Verdict)
    {
        public string Outcome => (Verdict.Kind, Verdict.Refusal) switch
        {
            (VerdictKind.Permit, null) => "passes",
            (VerdictKind.Permit, _) => "observed",
            (VerdictKind.Ddl, _) => "schema change",
            _ => "refused",
        };
    }

    private static Profile Choose(LockplaneConfiguration configuration, string? name, string database, string user)
    {
        if (name is null)
        {
            return new Profiles(configuration.Profiles).Find(database, user);
        }

        ProfileRule? rule = configuration.Profiles.FirstOrDefault(rule => Profile.NameOf(rule.Kind) == name);
        return Profile.From(rule ?? new ProfileRule { Kind = Enum.GetValues<ProfileKind>().First(kind => Profile.NameOf(kind) == name) });
    }

    private static async Task<DatabaseFacts> ReadFactsAsync(LockplaneConfiguration configuration, string? database, PgQueryParser parser, CancellationToken cancellation)
    {
        DatabaseFacts facts = new();
        if (database is not null)
        {
            await using Corridor corridor = Corridor.Open(configuration, database, parser);
            facts.Current = CatalogFactsMapping.Map(await corridor.ControlPlane.ReadFunctionsAsync(cancellation));
        }

        return facts;
    }

    private static ImmutableArray<CheckedText> Check(string text, StatementGate gate, Profile profile, PgQueryParser parser) =>
        [.. SentSql.Read(text, new StatementReader(parser)).Select(sent => new CheckedText(sent, profile.IsGated ? gate.Judge(Encoding.UTF8.GetBytes(sent.Sql)) : Verdict.Permitted))];

    private static void Write(Terminal terminal, string source, Profile profile, ImmutableArray<CheckedText> results)
    {
        foreach (CheckedText result in results)
        {
            if (result.Verdict.Refusal is not { } refusal)
            {
                continue;
            }

            // The position is in the text; the line that it falls on is shown.
            string before = new([.. result.Text.Sql.EnumerateRunes().Take(Math.Max(0, refusal.Position - 1)).SelectMany(rune => rune.ToString())]);
            int line = before.Count(c => c == '\n');
            terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{source}:{result.Text.Line + line}: {terminal.Red(result.Outcome)} {refusal.Code}: {PrintableText.Line(refusal.Message)}"));
            terminal.Output.WriteLine("    " + PrintableText.Line(result.Text.Sql.Split('\n')[line], LongestLine));
            WriteField(terminal, "detail", refusal.Detail);
            WriteField(terminal, "hint", refusal.Hint);
        }

        string counts = string.Join(", ", Outcomes
            .Select(outcome => (outcome, count: results.Count(result => result.Outcome == outcome))).Where(pair => pair.count > 0)
            .Select(pair => pair.outcome switch
            {
                "passes" => PrintableText.Count(pair.count, "passes", "pass"),
                "schema change" => PrintableText.Count(pair.count, "schema change", "schema changes"),
                _ => PrintableText.Count(pair.count, pair.outcome, pair.outcome),
            }));
        string mode = profile.Mode == ProfileMode.Observe ? " in mode observe" : "";
        terminal.Output.WriteLine($"{PrintableText.Count(results.Length, "statement", "statements")} under profile {profile.Name}{mode}: {(counts.Length > 0 ? counts : "nothing to judge")}.");
    }

    private static void WriteField(Terminal terminal, string name, string? text)
    {
        if (text is not null)
        {
            terminal.Output.WriteLine(terminal.Dim($"    {name}: {PrintableText.Line(text)}"));
        }
    }

    private static JsonObject ToJson(Profile profile, ImmutableArray<CheckedText> results) => new()
    {
        ["profile"] = profile.Name,
        ["mode"] = profile.Mode == ProfileMode.Observe ? "observe" : "enforce",
        ["statements"] = new JsonArray([.. results.Select(ToJson)]),
    };

    private static JsonObject ToJson(CheckedText result)
    {
        JsonObject json = new() { ["line"] = result.Text.Line, ["outcome"] = result.Outcome.Replace(' ', '_'), ["sql"] = result.Text.Sql };
        if (result.Verdict.Refusal is { } refusal)
        {
            json["code"] = refusal.Code;
            json["message"] = refusal.Message;
            json["detail"] = refusal.Detail;
            json["hint"] = refusal.Hint;
            json["position"] = refusal.Position;
            json["subject"] = refusal.Subject;
        }

        return json;
    }
}
