using System.Collections.Immutable;
using Lockplane.Schema.Plans;

namespace Lockplane.Cli;

/// <summary>A step as people see it.</summary>
/// <param name="Step">The step.</param>
/// <param name="Mark"><c>+</c> makes something, <c>-</c> drops something, <c>~</c> does anything else.</param>
/// <param name="Again">The step that drops what this one makes, or makes what this one drops; null where there is none.</param>
/// <param name="Differs">The lines are a diff with the definition that is there, and not the statement alone.</param>
/// <param name="AsBefore">It makes again, word for word, what is there already.</param>
/// <param name="Lines">The statement, or the diff.</param>
/// <param name="Gone">The definition of what is dropped for good, as the rollback would make it again.</param>
internal sealed record ShownStep(PlanStep Step, char Mark, int? Again, bool Differs, bool AsBefore, ImmutableArray<SqlLine> Lines, ImmutableArray<SqlLine> Gone)
{
    /// <summary>A plan's steps. What is there already is known from the rollback, which makes it again.</summary>
    public static ImmutableArray<ShownStep> Of(Plan plan)
    {
        Dictionary<string, string> old = new(StringComparer.Ordinal);
        foreach (PlanStep step in plan.Rollback.Steps.Where(IsDefinition))
        {
            old.TryAdd(SubjectOf(step), step.Sql);
        }

        ILookup<string, PlanStep> made = plan.Steps.Where(step => MarkOf(step) == '+').ToLookup(SubjectOf, StringComparer.Ordinal);
        ILookup<string, PlanStep> dropped = plan.Steps.Where(step => MarkOf(step) == '-').ToLookup(SubjectOf, StringComparer.Ordinal);
        return [.. plan.Steps.Select(step => Show(step, old, MarkOf(step) switch { '-' => made, '+' => dropped, _ => null }))];
    }

    /// <summary>Steps without what was there before them: those of a rollback.</summary>
    public static ImmutableArray<ShownStep> Plain(ImmutableArray<PlanStep> steps) => [.. steps.Select(step => new ShownStep(step, MarkOf(step), null, false, false, DefinitionDiff.Plain(step.Sql), []))];

    private static ShownStep Show(PlanStep step, Dictionary<string, string> old, ILookup<string, PlanStep>? others)
    {
        char mark = MarkOf(step);
        int? again = others?[SubjectOf(step)].FirstOrDefault()?.N;
        string? before = FindOld(step, old);
        // ALTER POLICY says a part and CREATE POLICY all: one says nothing about the other.
        bool comparable = mark != '-' && before is not null && IsDefinition(step) && FirstWord(before) == FirstWord(step.Sql);
        ImmutableArray<SqlLine> diff = comparable ? DefinitionDiff.Of(before!, step.Sql.TrimStart()) : [];
        ImmutableArray<SqlLine> gone = mark == '-' && again is null && before is not null ? DefinitionDiff.Plain(before, '-') : [];
        // CREATE OR REPLACE of what is there changes it.
        mark = comparable && again is null ? '~' : mark;
        return new ShownStep(step, mark, again, !diff.IsEmpty, comparable && diff.IsEmpty, diff.IsEmpty ? DefinitionDiff.Plain(step.Sql) : diff, gone);
    }

    // A statement that a person wrote is described by its kind; what it is about is told by its hazards, if anything tells.
    private static string? FindOld(PlanStep step, Dictionary<string, string> old)
    {
        if (old.TryGetValue(SubjectOf(step), out string? found))
        {
            return found;
        }

        string[] named = [.. step.Hazards.Select(hazard => hazard.Object).Distinct(StringComparer.Ordinal).Where(old.ContainsKey)];
        return step.Reason == WrittenReason && named.Length == 1 ? old[named[0]] : null;
    }

    private const string WrittenReason = "as it was written";

    private static char MarkOf(PlanStep step) => FirstWord(step.Description) switch
    {
        "CREATE" or "ADD" => '+',
        "DROP" when !step.Description.StartsWith("drop default of ", StringComparison.Ordinal) => '-',
        _ => '~',
    };

    // Descriptions are a verb and an object. What is set of an object, such as its comment, is another subject than the object.
    private static string SubjectOf(PlanStep step) => FirstWord(step.Description) is "CREATE" or "ADD" or "ALTER" or "DROP"
        ? step.Description[(step.Description.IndexOf(' ', StringComparison.Ordinal) + 1)..] : step.Description;

    // The statement says all of what it is about, so that an old one and a new one can be compared.
    private static bool IsDefinition(PlanStep step) => FirstWord(step.Description) is "ADD" or "DESCRIBE" || FirstWord(step.Sql) == "CREATE"
        || step.Sql.StartsWith("ALTER POLICY ", StringComparison.Ordinal) || step.Description.StartsWith("set default of ", StringComparison.Ordinal);

    private static string FirstWord(string text) => text.TrimStart().Split([' ', '\n', '\t', '\r'], 2)[0].ToUpperInvariant();
}
