using System.Collections.Frozen;
using System.Collections.Immutable;
using Lockplane.Sql.Errors;
using Lockplane.Sql.Statements;

namespace Lockplane.Gateway.Statements;

/// <summary>What a configuration adds to a profile's lists.</summary>
public sealed record ProfileAdditions
{
    /// <summary>Node types, such as <c>LockStmt</c>. Not what changes the schema. The body of DO is judged like statements all the same.</summary>
    public ImmutableArray<string> AllowNodes { get; init; } = [];

    /// <summary>Functions: <c>schema.name</c>, which also passes without its schema, or <c>name</c> for one of pg_catalog.</summary>
    public ImmutableArray<string> AllowFunctions { get; init; } = [];

    /// <summary>Settings that SET and set_config may write. Context, role, encoding and other pinned settings stay refused.</summary>
    public ImmutableArray<string> AllowSettings { get; init; } = [];

    /// <summary>The schemas that a client's search_path may name when nothing else is configured.</summary>
    public static readonly ImmutableArray<string> DefaultSchemas = ["$user", "public"];

    /// <summary>The schemas that a client's search_path may name, at start-up and by SET; <c>$user</c> is the one named as the role.</summary>
    public ImmutableArray<string> AllowSchemas { get; init; } = DefaultSchemas;

    /// <summary>The settings that hold the row level security context start with one of these.</summary>
    public ImmutableArray<string> ContextPrefixes { get; init; } = [GatewayOptions.DefaultContextPrefix];
}

/// <summary>An allow-list of node types, functions and settings: what is not on it is refused. Immutable.</summary>
public sealed class Profile
{
    // Their results are rows, never a scalar that attribute notation could hand to a function.
    private static readonly FrozenSet<string> CompositeFunctions = FrozenSet.Create(StringComparer.Ordinal,
        "json_populate_record", "json_populate_recordset", "jsonb_populate_record", "jsonb_populate_recordset");

    private readonly FrozenSet<string> _nodes;
    private readonly FrozenSet<string> _functions;
    private readonly FrozenSet<string> _unqualified;
    private readonly FrozenSet<string> _settings;
    private readonly FrozenSet<string> _refusedAttributes;
    private readonly FrozenSet<string> _resultColumns;
    private readonly FrozenSet<string> _schemas;
    private readonly ImmutableArray<string> _contextPrefixes;

    private Profile(ProfileKind kind, ProfileMode mode, ProfileAdditions additions)
    {
        foreach (string node in additions.AllowNodes)
        {
            RefuseAddition(node);
        }

        (Kind, Mode) = (kind, mode);
        _nodes = Union(additions.AllowNodes, StringComparer.Ordinal, Names("nodes.txt", "nodes-write.txt"));
        _functions = Union(additions.AllowFunctions.Select(static function => function.StartsWith("pg_catalog.", StringComparison.Ordinal) ? function["pg_catalog.".Length..] : function),
            StringComparer.Ordinal, [.. Names("functions-stable.txt", "functions-write.txt"), "functions-volatile.txt"]);
        _unqualified = additions.AllowFunctions.Select(static function => function[(function.IndexOf('.', StringComparison.Ordinal) + 1)..]).ToFrozenSet(StringComparer.Ordinal);
        _settings = Union(additions.AllowSettings, StringComparer.OrdinalIgnoreCase, Names("settings.txt", "settings-write.txt"));
        _refusedAttributes = NameLists.Read("functions-one-argument.txt").Union(NameLists.Read("functions-refused.txt")).Except(_functions).ToFrozenSet(StringComparer.Ordinal);
        _resultColumns = NameLists.Read("result-columns.txt");
        _schemas = additions.AllowSchemas.ToFrozenSet(StringComparer.Ordinal);
        _contextPrefixes = additions.ContextPrefixes;
    }

    /// <summary>Which of the profiles it is.</summary>
    public ProfileKind Kind { get; }

    /// <summary>What becomes of what its lists refuse.</summary>
    public ProfileMode Mode { get; }

    /// <summary>Its name in the configuration.</summary>
    public string Name => NameOf(Kind);

    /// <summary>Whether its sessions' statements are judged.</summary>
    public bool IsGated => Kind != ProfileKind.Passthrough;

    /// <summary>Whether rows may be changed.</summary>
    public bool Writes => Kind != ProfileKind.Observer;

    /// <summary>The default: an application's data, no schema changes.</summary>
    /// <exception cref="LockplaneException">LP001: an addition that no profile may have.</exception>
    public static Profile Application(ProfileAdditions? additions = null) => new(ProfileKind.Application, ProfileMode.Enforce, additions ?? new());

    /// <summary>The profile that a rule describes.</summary>
    /// <exception cref="LockplaneException">LP001: a rule that cannot be meant, or an addition that no profile may have.</exception>
    public static Profile From(ProfileRule rule)
    {
        rule.Validate();
        return new(rule.Kind, rule.Mode, rule.Additions);
    }

    /// <summary>A profile's name in the configuration.</summary>
    public static string NameOf(ProfileKind kind) => kind switch
    {
        ProfileKind.Application => "application",
        ProfileKind.Migrator => "migrator",
        ProfileKind.Observer => "observer",
        _ => "passthrough",
    };

    /// <summary>Whether it permits anything that another does not: then sessions under it cannot go on under the other.</summary>
    internal bool AllowsMoreThan(Profile other) => (Kind != other.Kind && Kind is ProfileKind.Passthrough or ProfileKind.Migrator) || (other.IsGated
        && ((Mode == ProfileMode.Observe && other.Mode == ProfileMode.Enforce)
        || !_nodes.IsSubsetOf(other._nodes) || !_functions.IsSubsetOf(other._functions) || !_unqualified.IsSubsetOf(other._unqualified) || !_settings.IsSubsetOf(other._settings) || !_schemas.IsSubsetOf(other._schemas)
        || !other._refusedAttributes.IsSubsetOf(_refusedAttributes) || other._contextPrefixes.Any(prefix => !_contextPrefixes.Contains(prefix, StringComparer.OrdinalIgnoreCase))));

    internal bool AllowsNode(string type) => _nodes.Contains(type);

    /// <summary>Whether a function may be called, as far as its name says; a name without a schema is taken to be the one that is allowed.</summary>
    internal bool AllowsFunction(string? schema, string name) => schema is null or "pg_catalog" ? AllowsBuiltIn(name) || (schema is null && _unqualified.Contains(name)) : AllowsOwn(new(schema, name));

    /// <summary>Whether a function of pg_catalog may be called.</summary>
    internal bool AllowsBuiltIn(string name) => _functions.Contains(name);

    /// <summary>Whether a function of another schema is named as one that may be called, whatever it does.</summary>
    internal bool AllowsOwn(CatalogName function) => _functions.Contains(function.ToString());

    internal bool AllowsSetting(string name) => _settings.Contains(name);

    /// <summary>Whether a search_path names allowed schemas only; pg_catalog, which is always searched, may be named too.</summary>
    internal bool AllowsSearchPath(string value) => SearchPath.Parse(value, "$user") is { } names && names.All(AllowsSchema);

    /// <summary>Whether SET search_path may name these: as at start-up. A migrator keeps the path of its login, since its schema changes are planned with that.</summary>
    internal bool AllowsSearchPath(IEnumerable<string?> names) => Kind != ProfileKind.Migrator && names.All(AllowsSchema);

    internal bool IsContext(string setting)
    {
        // The signed context is in one of these.
        if (setting.StartsWith("lockplane.", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

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
    internal bool AllowsField(string name) => _resultColumns.Contains(name) || _functions.Contains(name) || _unqualified.Contains(name);

    /// <summary>True when the name is that of a function that must not be called in attribute notation; other names are columns.</summary>
    internal bool RefusesColumn(string name) => _refusedAttributes.Contains(name);

    /// <summary>True when a function that no list allows may pass in mode observe: one of pg_catalog's that neither runs text nor writes settings. What others do is not known from the name.</summary>
    internal static bool MayObserve(string function)
    {
        string name = function.StartsWith("pg_catalog.", StringComparison.Ordinal) ? function["pg_catalog.".Length..] : function;
        return !NameLists.Read("functions-refused.txt").Contains(name) && (NameLists.Read("functions-one-argument.txt").Contains(name) || NameLists.Read("functions-unlisted.txt").Contains(name)
            || NameLists.Read("functions-write.txt").Contains(name));
    }

    /// <summary>True when the function's result is a row, whatever its arguments.</summary>
    internal static bool ReturnsRows(string? function) => function is not null && CompositeFunctions.Contains(function);

    // The empty name is that of no schema: SET search_path = ''.
    private bool AllowsSchema(string? name) => name is "" or "pg_catalog" || (name is not null && _schemas.Contains(name));

    // An observer has the lists for reading only.
    private string[] Names(string reading, string writing) => Writes ? [reading, writing] : [reading];

    private static FrozenSet<string> Union(IEnumerable<string> additions, StringComparer comparer, params IEnumerable<string> files) =>
        files.SelectMany(NameLists.Read).Concat(additions).ToFrozenSet(comparer);

    private static void RefuseAddition(string node)
    {
        if (StatementClasses.IsSchemaChange(node))
        {
            throw new LockplaneException(ErrorCodes.Configuration, $"allow_nodes cannot hold {node}.", "It changes the schema.", "Remove it from allow_nodes.");
        }
    }
}
