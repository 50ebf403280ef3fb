using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using Lockplane.Sql.Errors;
using Lockplane.Sql.Lexing;

namespace Lockplane.Schema.Dsl;

/// <summary>Finds the directive comments of a schema file and what each is about. None is ever overlooked: what cannot be understood or placed is an error.</summary>
/// <remarks>
/// <c>-- lockplane: renamed from old_name</c> in the line above a definition, or at its end; <c>-- lockplane: manages all privileges</c> anywhere.
/// </remarks>
internal sealed partial class DirectiveReader(string file, string text)
{
    private readonly byte[] _utf8 = Encoding.UTF8.GetBytes(text);

    /// <summary>Reads them.</summary>
    /// <param name="statements">The file's statements: their offset and length in bytes, and what each defines.</param>
    /// <exception cref="LockplaneException">LP202 with the place.</exception>
    public (ImmutableArray<RenameDirective> Renames, bool ManagesAllPrivileges) Read(IReadOnlyList<(int Offset, int Length, DeclarationFacts Facts)> statements)
    {
        ImmutableArray<RenameDirective>.Builder renames = ImmutableArray.CreateBuilder<RenameDirective>();
        bool managesAll = false;
        if (!text.Contains("lockplane", StringComparison.OrdinalIgnoreCase))
        {
            return ([], false);
        }

        foreach ((int start, int end) in SqlSpans.Comments(_utf8) ?? throw Wrong(0, "comments cannot be told from text", "Correct the text."))
        {
            Match match = Directive().Match(Encoding.UTF8.GetString(_utf8.AsSpan(start, end - start)));
            if (!match.Success)
            {
                continue;
            }

            string words = match.Groups["words"].Value.Trim();
            if (match.Groups["mark"].Value != "--")
            {
                throw Wrong(start, "a directive is a comment of one line", "Write it after two hyphens.");
            }

            if (!match.Groups["colon"].Success)
            {
                throw Wrong(start, "a directive has a colon after the first word", "Write `-- lockplane: " + words + "`.");
            }

            if (ManagesAll().IsMatch(words))
            {
                managesAll = true;
            }
            else if (Renamed().Match(words) is { Success: true } renamed)
            {
                renames.Add(Rename(statements, start, end, renamed));
            }
            else
            {
                throw Wrong(start, $"\"{words}\" is no directive of schema files", "Known are `renamed from old_name` and `manages all privileges`.");
            }
        }

        return (renames.ToImmutable(), managesAll);
    }

    private RenameDirective Rename(IReadOnlyList<(int Offset, int Length, DeclarationFacts Facts)> statements, int start, int end, Match renamed)
    {
        Definition about = (StandsAlone(start) ? Next(statements, end) : Before(statements, start))
            ?? throw Wrong(start, "the directive is at no definition that can have another name", "Write it in the line above the definition, or at the end of its line.");
        string? schema = renamed.Groups["schema"].Success ? Name(renamed.Groups["schema"].Value) : null;
        if (schema is not null && about.Part is not null)
        {
            throw Wrong(start, $"{about.Part} is a part of {about.Name} and has no schema of its own", "Write the old name alone.");
        }

        return new RenameDirective(about.Kind, about.Schema, about.Name, about.Part, schema, Name(renamed.Groups["name"].Value), Place(start));
    }

    // In the line above: nothing but white space, other comments and a comma stands between the directive and the definition.
    private Definition? Next(IReadOnlyList<(int Offset, int Length, DeclarationFacts Facts)> statements, int end)
    {
        (int at, Definition? next) = Definitions(statements).Where(d => d.At >= end).OrderBy(d => d.At).FirstOrDefault();
        return next is not null && IsBlank(end, at) ? next : null;
    }

    // At the end: the last definition that began before; after the last token of a statement, the statement's own.
    private Definition? Before(IReadOnlyList<(int Offset, int Length, DeclarationFacts Facts)> statements, int start)
    {
        (int offset, int length, DeclarationFacts? facts) = statements.LastOrDefault(s => s.Offset < start);
        if (facts is null)
        {
            return null;
        }

        int after = _utf8.AsSpan(start).IndexOfAny((byte)'\n', (byte)'\r');
        bool isAtEnd = start >= offset + length || after < 0 || IsBlank(start + after, offset + length);
        Definition? last = isAtEnd ? facts.Definitions.FirstOrDefault() : Definitions([(offset, length, facts)]).Where(d => d.At < start).OrderBy(d => d.At).LastOrDefault().Definition;
        return last is null or { Kind: "AlterTableStmt" or "AlterDomainStmt", Part: null } ? null : last;
    }

    private static IEnumerable<(int At, Definition Definition)> Definitions(IReadOnlyList<(int Offset, int Length, DeclarationFacts Facts)> statements) =>
        statements.SelectMany(s => s.Facts.Definitions.Where(d => d is not { Kind: "AlterTableStmt" or "AlterDomainStmt" }).Select(d => (s.Offset + d.Offset, d)));

    private bool StandsAlone(int start)
    {
        int line = _utf8.AsSpan(0, start).LastIndexOfAny((byte)'\n', (byte)'\r') + 1;
        return IsBlank(line, start);
    }

    private bool IsBlank(int from, int to) => to <= from || Blank().IsMatch(Encoding.UTF8.GetString(_utf8.AsSpan(from, to - from)));

    private string Place(int offset)
    {
        string before = Encoding.UTF8.GetString(_utf8.AsSpan(0, offset));
        return $"{file}:{before.Count(c => c == '\n') + 1}:{before.Length - before.LastIndexOf('\n')}";
    }

    private LockplaneException Wrong(int offset, string why, string hint) => new(ErrorCodes.Directive, $"{Place(offset)}: {why}.", hint: hint);

    private static string Name(string written) => written.StartsWith('"') ? written[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal) : written.ToLowerInvariant();

    // Without the colon it is meant as one all the same.
    [GeneratedRegex(@"^(?<mark>--|/\*)\s*lockplane((?<colon>\s*:)|(?=\s+(renamed?\s+from|manages?\s+all)\b))(?<words>.*?)(\*/)?$", RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex Directive();

    [GeneratedRegex(@"^renamed\s+from\s+((?<schema>""([^""]|"""")+""|[\p{L}_][\w$]*)\s*\.\s*)?(?<name>""([^""]|"""")+""|[\p{L}_][\w$]*)$", RegexOptions.IgnoreCase)]
    private static partial Regex Renamed();

    [GeneratedRegex(@"^manages\s+all\s+privileges$", RegexOptions.IgnoreCase)]
    private static partial Regex ManagesAll();

    [GeneratedRegex(@"^(\s|,|;|--[^\r\n]*|/\*.*?\*/)*$", RegexOptions.Singleline)]
    private static partial Regex Blank();
}
