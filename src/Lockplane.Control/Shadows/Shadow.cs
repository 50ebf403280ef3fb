using Lockplane.Control.Connections;
using Lockplane.Control.Introspection;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Dsl;
using Lockplane.Sql;
using Lockplane.Sql.PgQuery;
using Npgsql;

namespace Lockplane.Control.Shadows;

/// <summary>One scratch database; it is dropped, with its roles, when disposed.</summary>
/// <param name="administrator">Who made it, in the server's database <c>postgres</c>.</param>
/// <param name="connection">The shadow role's one connection to its database.</param>
/// <param name="name">The shadow role.</param>
/// <param name="database">The database.</param>
/// <param name="roles">The roles that stand for others.</param>
/// <param name="closedList">Who runs what Postgres reserves to superusers.</param>
/// <param name="parser">Finds what has another name here.</param>
/// <param name="drop">Drops what was made for it, once nobody is connected.</param>
internal sealed class Shadow(
    NpgsqlConnection administrator, NpgsqlConnection connection, string name, string database, ShadowRoles roles, ShadowAdministrator closedList, PgQueryParser parser, Func<Task> drop) : IAsyncDisposable
{
    // Schemas that a stand-in could not be given something in yet.
    private bool _hasNewSchemas = true;

    /// <summary>The shadow role's one connection to its database.</summary>
    internal NpgsqlConnection Connection => connection;

    /// <summary>Who made it; its session holds the lock on the shadow's number.</summary>
    internal NpgsqlConnection Administrator => administrator;

    /// <summary>The shadow role, and the database of a shadow that is no copy.</summary>
    internal string Name => name;

    /// <summary>The roles that stand for others.</summary>
    internal ShadowRoles Roles => roles;

    /// <summary>Whether something on it was made by a superuser, and not by the shadow role.</summary>
    internal bool HasSuperusersWork => closedList.HasRun;

    /// <summary>Runs one statement as the shadow role, with the shadow's names for roles and for the database.</summary>
    /// <exception cref="PostgresException">The server refused it.</exception>
    internal async Task RunAsync(string sql, CancellationToken cancellation)
    {
        StatementRoles names = StatementRoles.Read(parser, sql);
        if (!names.Mentions.IsEmpty)
        {
            await roles.AddAsync(names.Mentions.Select(m => m.Name), cancellation).ConfigureAwait(false);
            await AdmitAsync(cancellation).ConfigureAwait(false);
        }

        if (ClosedList.Find(parser, names.Kind, sql) is { } facts && await RunOfClosedListAsync(facts, names, sql, cancellation).ConfigureAwait(false))
        {
            return;
        }

        string here = names.Rewrite(sql, roles.NameOf, database);
        // Whoever is named as the grantor has to be who grants; a role may change its own settings, and no other's.
        if ((names.Grantor ?? names.SettingsOf) is { } role && roles.NameOf(role) is { } acting && acting != name)
        {
            await RunAsAsync(acting, here, cancellation).ConfigureAwait(false);
        }
        else
        {
            await connection.RunAsync(cancellation, here).ConfigureAwait(false);
        }

        _hasNewSchemas |= names.Kind == "CreateSchemaStmt";
    }

    /// <summary>Has the server read one statement, so that its names and types are known to be right; nothing is planned or run.</summary>
    /// <exception cref="PostgresException">The server refused it.</exception>
    internal async Task CheckAsync(string sql, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new(sql, connection);
        await command.PrepareAsync(cancellation).ConfigureAwait(false);
        await command.UnprepareAsync(cancellation).ConfigureAwait(false);
    }

    // False when the shadow role is to run it.
    private async Task<bool> RunOfClosedListAsync(ClosedListFacts facts, StatementRoles names, string sql, CancellationToken cancellation)
    {
        ShadowActor actor = ClosedList.ActorOf(facts);
        if (actor == ShadowActor.Extension)
        {
            if (await closedList.CreateExtensionAsync(connection, facts, cancellation).ConfigureAwait(false) is { } own)
            {
                await connection.RunAsync(cancellation, own).ConfigureAwait(false);
            }

            return true;
        }

        if (actor == ShadowActor.Shadow || (actor == ShadowActor.Either && !closedList.IsThere))
        {
            return false;
        }

        bool super = ClosedList.HasSuperuserOwner(facts);
        if (super)
        {
            await roles.AddSuperusersAsync(names.Mentions.Select(m => m.Name), cancellation).ConfigureAwait(false);
        }

        await closedList.RunAsync(actor, facts, names.Rewrite(sql, super ? roles.SuperuserNameOf : roles.NameOf, database), cancellation).ConfigureAwait(false);
        return true;
    }

    /// <summary>Whether one of the statements is run by the administrator, who does not see what another transaction has not committed.</summary>
    internal bool NeedsCommits(IEnumerable<string> statements) => statements.Any(sql =>
        ClosedList.Find(parser, StatementRoles.Read(parser, sql).Kind, sql) is { } facts && ClosedList.ActorOf(facts) is not ShadowActor.Shadow);

    /// <summary>The catalog, with the names of the roles that are stood for, and the objects on which privileges were granted or revoked.</summary>
    internal async Task<(Catalog Catalog, IReadOnlySet<ObjectId> Managed)> ReadAsync(Scope scope, CancellationToken cancellation)
    {
        await connection.RunAsync(cancellation, [.. (await SchemasAsync(true, cancellation).ConfigureAwait(false)).Select(schema => $"REVOKE USAGE, CREATE ON SCHEMA {schema} FROM {roles.Everybody}")]).ConfigureAwait(false);
        _hasNewSchemas = true;
        return await closedList.ReadAsync(() => CatalogReader.ReadShadowAsync(connection, scope, roles.RealNames, cancellation), cancellation).ConfigureAwait(false);
    }

    // A new owner needs CREATE on the schema. The role that is stood for may have been made the owner by a superuser, who is not asked.
    private async Task AdmitAsync(CancellationToken cancellation)
    {
        if (_hasNewSchemas)
        {
            await connection.RunAsync(cancellation, [.. (await SchemasAsync(false, cancellation).ConfigureAwait(false)).Select(schema => $"GRANT USAGE, CREATE ON SCHEMA {schema} TO {roles.Everybody}")]).ConfigureAwait(false);
            _hasNewSchemas = false;
        }
    }

    private async Task<List<string>> SchemasAsync(bool admitted, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new(
            """
            SELECT n.nspname::text FROM pg_catalog.pg_namespace n
            WHERE (n.oid >= 16384 OR n.nspname = 'public') AND n.nspname !~ '^pg_' AND pg_catalog.pg_has_role(n.nspowner, 'USAGE')
              AND $2 = EXISTS (SELECT FROM pg_catalog.aclexplode(n.nspacl) a JOIN pg_catalog.pg_roles r ON r.oid = a.grantee WHERE r.rolname = $1::pg_catalog.name)
            """,
            connection);
        command.Parameters.Add(new NpgsqlParameter { Value = roles.Everybody });
        command.Parameters.Add(new NpgsqlParameter { Value = admitted });
        List<string> schemas = [];
        await using NpgsqlDataReader rows = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        while (await rows.ReadAsync(cancellation).ConfigureAwait(false))
        {
            schemas.Add(Identifiers.Quote(rows.GetString(0)));
        }

        return schemas;
    }

    private async Task RunAsAsync(string role, string sql, CancellationToken cancellation)
    {
        await connection.RunAsync(cancellation, $"SET ROLE {role}").ConfigureAwait(false);
        try
        {
            await connection.RunAsync(cancellation, sql).ConfigureAwait(false);
        }
        finally
        {
            try
            {
                await connection.RunAsync(cancellation, "SET ROLE NONE").ConfigureAwait(false);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InFailedSqlTransaction)
            {
                // The role goes back with the transaction.
            }
        }
    }

    /// <summary>Ends the connections to the database; nothing can be run any more.</summary>
    internal async Task LeaveAsync()
    {
        await connection.DisposeAsync().ConfigureAwait(false);
        await closedList.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await LeaveAsync().ConfigureAwait(false);
            if (administrator.State == System.Data.ConnectionState.Open)
            {
                await drop().ConfigureAwait(false);
            }
        }
        catch (NpgsqlException)
        {
            // The server went away: the next shadow of this number drops what is left.
        }
        finally
        {
            await administrator.DisposeAsync().ConfigureAwait(false);
        }
    }
}
