using Lockplane.Schema.Catalogs;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

/// <summary>Writes views.</summary>
internal static class ViewSql
{
    /// <summary>CREATE OR REPLACE VIEW with its options.</summary>
    public static string Create(ObjectId id, ViewFacts facts, bool replace = false)
    {
        string options = string.Join(", ", Options(facts).Where(o => o.Value is not null).Select(o => $"{o.Name}={o.Value}"));
        return $"CREATE {(replace ? "OR REPLACE " : "")}VIEW {id.QualifiedName}{Columns(facts)}{(options.Length == 0 ? "" : $" WITH ({options})")} AS\n{facts.Definition}";
    }

    /// <summary>A view of the same columns that needs nothing but their types: what stands in for one that needs a function that needs the view.</summary>
    public static ViewFacts Hollow(ViewFacts facts) => new()
    {
        Columns = facts.Columns,
        Definition = " SELECT " + string.Join(",\n    ", facts.Columns.Select(c =>
            $"NULL::{c.Type}{(c.Collation is null ? "" : " COLLATE " + c.Collation)} AS {Identifiers.Quote(c.Name)}")),
    };

    /// <summary>ALTER VIEW for what differs in options.</summary>
    public static IEnumerable<string> OptionChanges(ObjectId id, ViewFacts old, ViewFacts made)
    {
        (string Name, string? Value)[] changed = [.. Options(made).Where((o, i) => o.Value != Options(old)[i].Value)];
        string set = string.Join(", ", changed.Where(o => o.Value is not null).Select(o => $"{o.Name}={o.Value}"));
        string reset = string.Join(", ", changed.Where(o => o.Value is null).Select(o => o.Name));
        return
        [
            .. set.Length == 0 ? Array.Empty<string>() : [$"ALTER VIEW {id.QualifiedName} SET ({set})"],
            .. reset.Length == 0 ? Array.Empty<string>() : [$"ALTER VIEW {id.QualifiedName} RESET ({reset})"],
        ];
    }

    /// <summary>ALTER VIEW ... ALTER COLUMN; null drops the default.</summary>
    public static string Default(ObjectId id, string column, string? expression) =>
        $"ALTER VIEW {id.QualifiedName} ALTER COLUMN {Identifiers.Quote(column)} {(expression is null ? "DROP DEFAULT" : "SET DEFAULT " + expression)}";

    // A view can have no columns at all.
    private static string Columns(ViewFacts facts) => facts.Columns.Count == 0 ? "" : $" ({Identifiers.QuoteList(facts.Columns.Select(c => c.Name))})";

    private static (string Name, string? Value)[] Options(ViewFacts facts) =>
    [
        ("security_barrier", facts.SecurityBarrier ? "true" : null), ("security_invoker", facts.SecurityInvoker ? "true" : null), ("check_option", facts.CheckOption),
    ];
}
