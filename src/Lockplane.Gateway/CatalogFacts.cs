using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Lockplane.Gateway;

/// <summary>What kind of thing pg_proc has.</summary>
public enum CatalogFunctionKind
{
    /// <summary>A function.</summary>
    Function,

    /// <summary>A procedure.</summary>
    Procedure,

    /// <summary>An aggregate.</summary>
    Aggregate,

    /// <summary>A window function.</summary>
    Window,
}

/// <summary>The name of a function or operator in its schema.</summary>
public readonly record struct CatalogName(string Schema, string Name)
{
    /// <inheritdoc/>
    public override string ToString() => Schema + "." + Name;
}

/// <summary>One function outside of pg_catalog; overloads are several.</summary>
public sealed record CatalogFunction
{
    /// <summary>Its name.</summary>
    public required CatalogName Name { get; init; }

    /// <summary>What it is.</summary>
    public CatalogFunctionKind Kind { get; init; }

    /// <summary>Its language, such as <c>plpgsql</c>.</summary>
    public required string Language { get; init; }

    /// <summary>Whether it runs with the rights of its owner.</summary>
    public bool IsSecurityDefiner { get; init; }

    /// <summary>Settings while it runs, <c>name=value</c>.</summary>
    public ImmutableArray<string> Settings { get; init; } = [];

    /// <summary>The extension that it came with; null for none.</summary>
    public string? Extension { get; init; }

    /// <summary>Its CREATE FUNCTION where its body can be judged (SQL and PL/pgSQL); null for others, and where it is longer than the limit.</summary>
    public string? Definition { get; init; }

    /// <summary>Its body as pg_proc has it; of a function in C the symbol.</summary>
    public string Source { get; init; } = "";

    /// <summary>Whether only a trigger can call it.</summary>
    public bool IsTrigger { get; init; }

    /// <summary>Whether it can be called with one argument: then so by <c>(x).name</c>.</summary>
    public bool TakesOne { get; init; }

    /// <summary>Whether that argument can be a row: then it can be called by <c>t.name</c>.</summary>
    public bool TakesRow { get; init; }

    /// <summary>Of an aggregate the functions that it is made of, without those of pg_catalog that no query can call.</summary>
    public ImmutableArray<CatalogName> Parts { get; init; } = [];
}

/// <summary>An operator outside of pg_catalog, and the function that it is.</summary>
public readonly record struct CatalogOperator(CatalogName Name, CatalogName Function);

/// <summary>A cast with a function outside of pg_catalog, or to a type outside of it.</summary>
public readonly record struct CatalogCast(CatalogName Target, CatalogName Function);

/// <summary>A database's functions, and what else calls one: an immutable snapshot.</summary>
public sealed class CatalogFacts
{
    private readonly FrozenDictionary<string, ImmutableArray<CatalogFunction>> _functions;
    private readonly FrozenDictionary<string, ImmutableArray<CatalogOperator>> _operators;
    private readonly FrozenDictionary<string, ImmutableArray<CatalogCast>> _casts;
    private readonly FrozenSet<string> _builtIn;
    private readonly FrozenSet<string> _fields;

    /// <param name="functions">All outside of pg_catalog.</param>
    /// <param name="operators">All outside of pg_catalog.</param>
    /// <param name="casts">All that call a function outside of pg_catalog.</param>
    /// <param name="builtIn">The names of pg_catalog's functions.</param>
    /// <param name="fields">The names of columns, of composite types' attributes and of functions' result columns.</param>
    public CatalogFacts(
        IEnumerable<CatalogFunction> functions, IEnumerable<CatalogOperator> operators, IEnumerable<CatalogCast> casts, IEnumerable<string> builtIn, IEnumerable<string> fields)
    {
        _functions = Group(functions, static function => function.Name.Name);
        _operators = Group(operators, static op => op.Name.Name);
        _casts = Group(casts, static cast => cast.Target.Name);
        _builtIn = builtIn.ToFrozenSet(StringComparer.Ordinal);
        _fields = fields.ToFrozenSet(StringComparer.Ordinal);
    }

    /// <summary>The views over pg_settings: an UPDATE of one calls set_config by a rule.</summary>
    public ImmutableArray<CatalogName> SettingsViews { get; init; } = [];

    /// <summary>The functions of a name; in every schema when that is null.</summary>
    public IEnumerable<CatalogFunction> Functions(string? schema, string name) => Of(_functions, name).Where(function => schema is null || function.Name.Schema == schema);

    /// <summary>The operators of a name.</summary>
    public IEnumerable<CatalogOperator> Operators(string? schema, string name) => Of(_operators, name).Where(op => schema is null || op.Name.Schema == schema);

    /// <summary>The casts to a type of this name.</summary>
    public IEnumerable<CatalogCast> Casts(string? schema, string name) => Of(_casts, name).Where(cast => schema is null || cast.Target.Schema == schema);

    /// <summary>Whether pg_catalog has a function of this name.</summary>
    public bool IsBuiltIn(string name) => _builtIn.Contains(name);

    /// <summary>Whether something has a column or attribute of this name.</summary>
    public bool IsField(string name) => _fields.Contains(name);

    private static FrozenDictionary<string, ImmutableArray<T>> Group<T>(IEnumerable<T> items, Func<T, string> name) =>
        items.GroupBy(name, StringComparer.Ordinal).ToFrozenDictionary(group => group.Key, group => group.ToImmutableArray(), StringComparer.Ordinal);

    private static ImmutableArray<T> Of<T>(FrozenDictionary<string, ImmutableArray<T>> items, string name) => items.TryGetValue(name, out ImmutableArray<T> found) ? found : [];
}
