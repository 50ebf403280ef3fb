using Lockplane.Control.Connections;
using Lockplane.Schema.Dsl;
using Lockplane.Sql;
using Lockplane.Sql.Errors;
using Npgsql;

namespace Lockplane.Control.Shadows;

/// <summary>Runs the statements of the closed list on a shadow, as the superuser that <c>shadow_url</c> names; where it names none, they are refused.</summary>
/// <remarks>
/// Its connection was opened before anything was loaded, so that no setting of the database reaches it, and its search_path holds only public behind pg_catalog. No statement here evaluates an
/// expression or calls a function that was loaded; event triggers are disabled but while the catalog is read, when nothing else is run.
/// </remarks>
/// <param name="connection">The superuser's connection to the scratch database; null when the administrator is none.</param>
/// <param name="roles">The roles that stand for others.</param>
/// <param name="versions">The target's extensions and their versions.</param>
internal sealed class ShadowAdministrator(NpgsqlConnection? connection, ShadowRoles roles, IReadOnlyDictionary<string, string> versions) : IAsyncDisposable
{
    // How event triggers are to be, while they are disabled.
    private readonly SortedDictionary<string, string> _eventTriggers = new(StringComparer.Ordinal);

    /// <summary>Whether there is a superuser.</summary>
    public bool IsThere => connection is not null;

    /// <summary>Whether it has made something.</summary>
    public bool HasRun { get; private set; }

    /// <summary>Runs a statement of the closed list.</summary>
    /// <param name="actor">Which part of the list.</param>
    /// <param name="facts">The statement.</param>
    /// <param name="sql">Its text, with the shadow's names.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task RunAsync(ShadowActor actor, ClosedListFacts facts, string sql, CancellationToken cancellation)
    {
        NpgsqlConnection superuser = connection ?? throw Missing(StatementName(facts.Kind));
        HasRun = true;
        switch (actor)
        {
            case ShadowActor.EventTrigger when facts.Kind == "AlterEventTrigStmt":
                _eventTriggers[facts.Text("trigname")!] = facts.Text("tgenabled") ?? "O";
                break;
            case ShadowActor.EventTrigger:
                string name = facts.Text("trigname")!;
                await using (NpgsqlTransaction transaction = await superuser.BeginTransactionAsync(cancellation).ConfigureAwait(false))
                {
                    await superuser.RunAsync(cancellation, sql, $"ALTER EVENT TRIGGER {Identifiers.Quote(name)} DISABLE").ConfigureAwait(false);
                    await transaction.CommitAsync(cancellation).ConfigureAwait(false);
                }

                _eventTriggers[name] = "O";
                break;
            case ShadowActor.Wrapper:
                await superuser.RunAsync(cancellation, sql, $"GRANT USAGE ON FOREIGN DATA WRAPPER {Identifiers.Quote(facts.Text("fdwname")!)} TO {roles.Everybody}").ConfigureAwait(false);
                break;
            default:
                await superuser.RunAsync(cancellation, sql).ConfigureAwait(false);
                break;
        }
    }

    /// <summary>Says what a CREATE EXTENSION has to be run as: by the shadow role when that text is not null, otherwise it has been run.</summary>
    /// <exception cref="LockplaneException">LP403: the server does not have it in the target's version, or it is on no list.</exception>
    public async Task<string?> CreateExtensionAsync(NpgsqlConnection shadow, ClosedListFacts facts, CancellationToken cancellation)
    {
        string name = facts.Text("extname")!;
        Dictionary<string, string> options = facts.Options("options").ToDictionary(o => o.Name, o => o.Value, StringComparer.Ordinal);
        string? wanted = options.GetValueOrDefault("new_version") ?? versions.GetValueOrDefault(name);
        (bool isTrusted, bool needsSuperuser, string? ownSchema) = await FindVersionAsync(shadow, name, wanted, cancellation).ConfigureAwait(false);
        string schema = options.GetValueOrDefault("schema") ?? "public";
        string sql = $"CREATE EXTENSION {(facts.Flag("if_not_exists") ? "IF NOT EXISTS " : "")}{Identifiers.Quote(name)}"
            + (ownSchema is null ? $" SCHEMA {Identifiers.Quote(schema)}" : "") + (wanted is null ? "" : $" VERSION {Identifiers.QuoteLiteral(wanted)}") + (options.ContainsKey("cascade") ? " CASCADE" : "");
        if (isTrusted || !needsSuperuser)
        {
            return sql;
        }

        if (!ClosedList.HasExtension(name))
        {
            throw new LockplaneException(
                ErrorCodes.ShadowIncomplete, $"Extension {name} is not made on a shadow: it is neither trusted by the server nor on the list of those whose scripts are known to be harmless.",
                hint: "Leave it out by [scope] ignore, or have an administrator make it on the target.");
        }

        NpgsqlConnection superuser = connection ?? throw Missing($"Extension {name}");
        HasRun = true;
        await DemandNoTrapsAsync(superuser, name, ownSchema ?? schema, cancellation).ConfigureAwait(false);
        await superuser.RunAsync(cancellation, sql).ConfigureAwait(false);
        await DisarmAsync(superuser, name, cancellation).ConfigureAwait(false);
        return null;
    }

    /// <summary>Lets event triggers be what they are to be, and takes from the stand-ins what they needed, while a catalog is read.</summary>
    public async Task<T> ReadAsync<T>(Func<Task<T>> read, CancellationToken cancellation)
    {
        if (connection is null || (_eventTriggers.Count == 0 && (await WrappersAsync(connection, cancellation).ConfigureAwait(false)).Count == 0))
        {
            return await read().ConfigureAwait(false);
        }

        List<string> wrappers = await WrappersAsync(connection, cancellation).ConfigureAwait(false);
        string[] names = [.. (await ReadNamesAsync(connection, "SELECT evtname::text FROM pg_catalog.pg_event_trigger", cancellation).ConfigureAwait(false)).Where(_eventTriggers.ContainsKey)];
        try
        {
            await connection.RunAsync(cancellation, wrappers.Select(w => $"REVOKE USAGE ON FOREIGN DATA WRAPPER {w} FROM {roles.Everybody}")).ConfigureAwait(false);
            await connection.RunAsync(cancellation, names.Where(n => _eventTriggers[n] != "D").Select(n => $"ALTER EVENT TRIGGER {Identifiers.Quote(n)} ENABLE{Mode(_eventTriggers[n])}")).ConfigureAwait(false);
            return await read().ConfigureAwait(false);
        }
        finally
        {
            await connection.RunAsync(CancellationToken.None, names.Select(n => $"ALTER EVENT TRIGGER {Identifiers.Quote(n)} DISABLE")).ConfigureAwait(false);
            await connection.RunAsync(CancellationToken.None, wrappers.Select(w => $"GRANT USAGE ON FOREIGN DATA WRAPPER {w} TO {roles.Everybody}")).ConfigureAwait(false);
        }
    }

    public ValueTask DisposeAsync() => connection?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static string Mode(string enabled) => enabled switch { "R" => " REPLICA", "A" => " ALWAYS", _ => "" };

    // Those of extensions are no objects of the catalog, nor are the privileges on them.
    private static Task<List<string>> WrappersAsync(NpgsqlConnection connection, CancellationToken cancellation) => ReadNamesAsync(
        connection,
        """
        SELECT pg_catalog.quote_ident(f.fdwname) FROM pg_catalog.pg_foreign_data_wrapper f
        WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass AND d.objid = f.oid AND d.deptype = 'e')
        """,
        cancellation);

    private static async Task<List<string>> ReadNamesAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation, params string[] values)
    {
        await using NpgsqlCommand command = new(sql, connection);
        foreach (string value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        List<string> names = [];
        await using NpgsqlDataReader rows = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        while (await rows.ReadAsync(cancellation).ConfigureAwait(false))
        {
            names.Add(rows.GetString(0));
        }

        return names;
    }

    private static async Task<(bool IsTrusted, bool NeedsSuperuser, string? Schema)> FindVersionAsync(NpgsqlConnection shadow, string name, string? wanted, CancellationToken cancellation)
    {
        Dictionary<string, (bool, bool, string?)> found = new(StringComparer.Ordinal);
        string? standard = null;
        await using (NpgsqlCommand command = new(
            """
            SELECT v.version, v.trusted, v.superuser, v.schema::text, e.default_version
            FROM pg_catalog.pg_available_extension_versions v JOIN pg_catalog.pg_available_extensions e ON e.name = v.name WHERE v.name = $1::pg_catalog.name
            """,
            shadow))
        {
            command.Parameters.Add(new NpgsqlParameter { Value = name });
            await using NpgsqlDataReader rows = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
            while (await rows.ReadAsync(cancellation).ConfigureAwait(false))
            {
                found[rows.GetString(0)] = (rows.GetBoolean(1), rows.GetBoolean(2), rows.IsDBNull(3) ? null : rows.GetString(3));
                standard = rows.IsDBNull(4) ? null : rows.GetString(4);
            }
        }

        return found.TryGetValue(wanted ?? standard ?? "", out (bool, bool, string?) version) ? version : throw new LockplaneException(
            ErrorCodes.ShadowIncomplete,
            found.Count == 0 ? $"The shadow server has no extension {name}{(wanted is null ? "" : $"; the target has its version {wanted}")}."
                : $"The shadow server has no version {wanted} of extension {name}: it has {string.Join(", ", found.Keys.Order(StringComparer.Ordinal))}.",
            hint: "Install it on the server of shadow_url, or set shadow_url to a server that has it.");
    }

    // An extension's script finds its own objects first, unless one of the same name and a better fit is in the schema already.
    private static async Task DemandNoTrapsAsync(NpgsqlConnection superuser, string name, string schema, CancellationToken cancellation)
    {
        List<string> traps = await ReadNamesAsync(
            superuser,
            """
            SELECT pg_catalog.format('%s', pg_catalog.pg_describe_object(o.classid, o.oid, 0))
            FROM (
                SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass AS classid, p.oid, p.pronamespace AS namespace FROM pg_catalog.pg_proc p
                UNION ALL SELECT 'pg_catalog.pg_operator'::pg_catalog.regclass, o.oid, o.oprnamespace FROM pg_catalog.pg_operator o
            ) o
            JOIN pg_catalog.pg_namespace n ON n.oid = o.namespace AND n.nspname = $1::pg_catalog.name
            WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = o.classid AND d.objid = o.oid AND d.deptype = 'e')
            ORDER BY 1 LIMIT 5
            """,
            cancellation,
            schema).ConfigureAwait(false);
        if (traps.Count > 0)
        {
            throw new LockplaneException(
                ErrorCodes.ShadowIncomplete, $"Extension {name} is not made on a shadow in schema {schema}: a superuser runs its script, and the schema holds functions or operators that it could call.",
                string.Join("; ", traps), "Make the extension in a schema of its own, or have an administrator make it on the target.");
        }
    }

    // What connects to other servers or reads files: functions are taken from everybody, wrappers lose their handler. Neither is a fact of the catalog: both belong to the extension.
    private async Task DisarmAsync(NpgsqlConnection superuser, string name, CancellationToken cancellation)
    {
        List<string> acts = await ReadNamesAsync(
            superuser,
            """
            SELECT CASE d.classid
                WHEN 'pg_catalog.pg_proc'::pg_catalog.regclass THEN pg_catalog.format('REVOKE ALL ON ROUTINE %s FROM PUBLIC', d.objid::pg_catalog.regprocedure)
                ELSE pg_catalog.format('ALTER FOREIGN DATA WRAPPER %I NO HANDLER', (SELECT f.fdwname FROM pg_catalog.pg_foreign_data_wrapper f WHERE f.oid = d.objid)) END
            FROM pg_catalog.pg_depend d
            JOIN pg_catalog.pg_extension x ON x.oid = d.refobjid AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
            WHERE d.deptype = 'e' AND x.extname = $1::pg_catalog.name
              AND (d.classid = 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass OR (d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND x.extname = 'dblink'))
            """,
            cancellation,
            name).ConfigureAwait(false);
        List<string> wrappers = await ReadNamesAsync(
            superuser,
            """
            SELECT pg_catalog.quote_ident(f.fdwname) FROM pg_catalog.pg_foreign_data_wrapper f
            JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass AND d.objid = f.oid AND d.deptype = 'e'
            JOIN pg_catalog.pg_extension x ON x.oid = d.refobjid AND x.extname = $1::pg_catalog.name
            """,
            cancellation,
            name).ConfigureAwait(false);
        await superuser.RunAsync(cancellation, [.. acts, .. wrappers.Select(w => $"GRANT USAGE ON FOREIGN DATA WRAPPER {w} TO {roles.Everybody}")]).ConfigureAwait(false);
    }

    private static string StatementName(string kind) => kind switch
    {
        "CreateEventTrigStmt" or "AlterEventTrigStmt" => "An event trigger",
        "CreateFdwStmt" => "A foreign data wrapper",
        "CreatePublicationStmt" => "A publication of all tables",
        "GrantStmt" => "REVOKE on one of Postgres's own objects",
        _ => $"{kind}",
    };

    private static LockplaneException Missing(string what) => new(
        ErrorCodes.ShadowIncomplete, $"{what} needs a superuser on the shadow, and the role of shadow_url is none.", hint: "Set shadow_url to a superuser of a server for shadows, or leave it out by [scope] ignore.");
}
