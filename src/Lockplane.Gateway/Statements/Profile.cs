using System.Collections.Frozen;
using System.Collections.Immutable;
using Lockplane.Sql.Errors;
using Lockplane.Sql.Statements;

namespace Lockplane.Gateway.Statements;

/// <summary>What a configuration adds to a profile's lists.</summary>
public sealed record ProfileAdditions
{
    /// <summary>Node types, such as <c>LockStmt</c>. Not DO, nor what changes the schema.</summary>
    public ImmutableArray<string> AllowNodes { get; init; } = [];

    /// <summary>Functions: <c>schema.name</c>, which also passes without its schema, or <c>name</c> for one of pg_catalog.</summary>
    public ImmutableArray<string> AllowFunctions { get; init; } = [];

    /// <summary>Settings that SET and set_config may write. Context, role, encoding and other pinned settings stay refused.</summary>
    public ImmutableArray<string> AllowSettings { get; init; } = [];

    /// <summary>The schemas that a client's search_path may name at start-up when nothing else is configured.</summary>
    public static readonly ImmutableArray<string> DefaultSchemas = ["$user", "public"];

    /// <summary>The schemas that a client's search_path may name at start-up; <c>$user</c> is the one named as the role.</summary>
    public ImmutableArray<string> AllowSchemas { get; init; } = DefaultSchemas;

    /// <summary>The settings that hold the row level security context start with one of these.</summary>
    public ImmutableArray<string> ContextPrefixes { get; init; } = ["app."];
}

/// <summary>An allow-list of node types, functions and settings: what is not on it is refused. Immutable.</summary>
public sealed class Profile
{
    // Their results are rows, never a scalar that attribute notation could hand to a function.
    private static readonly FrozenSet<string> CompositeFunctions = FrozenSet.Create(StringComparer.Ordinal,
        "json_populate_record", "json_populate_recordset", "jsonb_populate_record", "jsonb_populate_recordset");

    private readonly FrozenSet<string> _nodes;
    private readonly FrozenSet<string> _functions;
    private readonly FrozenSet<string> _settings;
    private readonly FrozenSet<string> _refusedAttributes;
    private readonly FrozenSet<string> _resultColumns;
    private readonly FrozenSet<string> _schemas;
    private readonly ImmutableArray<string> _contextPrefixes;

    private Profile(string name, ProfileAdditions additions)
    {
        Name = name;
        foreach (string node in additions.AllowNodes)
        {
            RefuseAddition(node);
        }

        _nodes = NameLists.Read("nodes.txt").Union(additions.AllowNodes).ToFrozenSet(StringComparer.Ordinal);
        _functions = NameLists.Read("functions-stable.txt").Union(NameLists.Read("functions-volatile.txt")).Union(additions.AllowFunctions)
            .Union(additions.AllowFunctions.Select(static function => function[(function.IndexOf('.', StringComparison.Ordinal) + 1)..])).ToFrozenSet(StringComparer.Ordinal);
        _settings = NameLists.Read("settings.txt").Union(additions.AllowSettings).ToFrozenSet(StringComparer.OrdinalIgnoreCase);
        _refusedAttributes = NameLists.Read("functions-one-argument.txt").Union(NameLists.Read("functions-refused.txt")).Except(_functions).ToFrozenSet(StringComparer.Ordinal);
        _resultColumns = NameLists.Read("result-columns.txt");
        _schemas = additions.AllowSchemas.ToFrozenSet(StringComparer.Ordinal);
        _contextPrefixes = additions.ContextPrefixes;
    }

    /// <summary>Which of the profiles it is.</summary>
    public ProfileKind Kind { get; private init; }

    /// <summary>Its name in the configuration.</summary>
    public string Name { get; }

    /// <summary>The default: an application's data, no schema changes.</summary>
    /// <exception cref="LockplaneException">LP001: an addition that no profile may have.</exception>
    public static Profile Application(ProfileAdditions? additions = null) => new("application", additions ?? new());

    /// <summary>Whether it permits anything that another does not: then sessions under it cannot go on under the other.</summary>
    internal bool AllowsMoreThan(Profile other) => !_nodes.IsSubsetOf(other._nodes) || !_functions.IsSubsetOf(other._functions) || !_settings.IsSubsetOf(other._settings)
        || !other._refusedAttributes.IsSubsetOf(_refusedAttributes) || other._contextPrefixes.Any(prefix => !_contextPrefixes.Contains(prefix, StringComparer.OrdinalIgnoreCase));

    internal bool AllowsNode(string type) => _nodes.Contains(type);

    internal bool AllowsFunction(string? schema, string name) => _functions.Contains(schema is null or "pg_catalog" ? name : schema + "." + name);

    internal bool AllowsSetting(string name) => _settings.Contains(name);

    /// <summary>Whether a search_path names allowed schemas only; pg_catalog, which is always searched, may be named too.</summary>
    internal bool AllowsSearchPath(string value) => SearchPath.Parse(value, "$user") is { } names && names.All(name => name == "pg_catalog" || _schemas.Contains(name));

    internal bool IsContext(string setting)
    {
        foreach (string prefix in _contextPrefixes)
        {
            if (setting.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>True when the name, in attribute notation on a value that may be a scalar, is known to be a column or an allowed function.</summary>
    internal bool AllowsField(string name) => _resultColumns.Contains(name) || _functions.Contains(name);

    /// <summary>True when the name is that of a function that must not be called in attribute notation; other names are columns.</summary>
    internal bool RefusesColumn(string name) => _refusedAttributes.Contains(name);

    /// <summary>True when the function's result is a row, whatever its arguments.</summary>
    internal static bool ReturnsRows(string? function) => function is not null && CompositeFunctions.Contains(function);

    private static void RefuseAddition(string node)
    {
        if (node == "DoStmt" || StatementClasses.IsSchemaChange(node))
        {
            throw new LockplaneException(ErrorCodes.Configuration, $"allow_nodes cannot hold {node}.",
                node == "DoStmt" ? "DO runs a text that the gate does not judge." : "It changes the schema.", "Remove it from allow_nodes.");
        }
    }
}
