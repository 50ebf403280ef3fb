using System.Text.RegularExpressions;
using Lockplane.Sql.Errors;
using Npgsql;

namespace Lockplane.Dev;

/// <summary>The database <c>shop</c> that <c>lockplane dev</c> comes with: two tenants, row level security, and roles with no more rights than they need.</summary>
internal static partial class SampleDatabase
{
    public const string Name = "shop";

    /// <summary>Owns the database and its tables; applies plans. No superuser, cannot create databases or roles.</summary>
    public const string Owner = "shop_owner";

    /// <summary>Makes scratch databases and their roles, and nothing else.</summary>
    public const string Shadow = "lockplane_shadow";

    /// <summary>The application's roles, which own nothing and bypass nothing; the last one logs in by token.</summary>
    public static IReadOnlyList<string> ApplicationRoles { get; } = ["app_acme", "app_globex", "app_token"];

    /// <summary>The role that a token logs in as.</summary>
    public const string TokenRole = "app_token";

    private const string Group = "shop_app";

    /// <summary>Makes the database when it is missing. Killed half-way, it begins anew: the database gets its name last.</summary>
    /// <param name="server">The server, whose superuser makes it.</param>
    /// <param name="passwords">Gives a role's password.</param>
    /// <param name="progress">Told when there is something to do.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task CreateAsync(EmbeddedPostgres server, Func<string, string> passwords, Action<string> progress, CancellationToken cancellation)
    {
        await using NpgsqlConnection administrator = await OpenAsync(server, "postgres", cancellation);
        if (await ExistsAsync(administrator, cancellation))
        {
            return;
        }

        progress($"Making the sample database {Name}");
        const string Unfinished = Name + "_unfinished";
        await RunAsync(administrator, $"DROP DATABASE IF EXISTS {Unfinished} WITH (FORCE)", cancellation);
        await CreateRolesAsync(administrator, passwords, cancellation);
        await RunAsync(administrator, $"CREATE DATABASE {Unfinished} OWNER {Owner}", cancellation);
        await using (NpgsqlConnection connection = await OpenAsync(server, Unfinished, cancellation))
        {
            foreach (string statement in await ReadScriptAsync(cancellation))
            {
                await RunAsync(connection, statement.Replace($"DATABASE {Name} ", $"DATABASE {Unfinished} ", StringComparison.Ordinal), cancellation);
            }
        }

        await RunAsync(administrator, $"ALTER DATABASE {Unfinished} RENAME TO {Name}", cancellation);
    }

    private static async Task<NpgsqlConnection> OpenAsync(EmbeddedPostgres server, string database, CancellationToken cancellation)
    {
        NpgsqlConnection connection = new(server.AdminConnectionString(database) + ";Pooling=false");
        try
        {
            await connection.OpenAsync(cancellation);
            return connection;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidPassword)
        {
            await connection.DisposeAsync();
            throw new LockplaneException(ErrorCodes.Configuration, $"The cluster in {server.Root} has other passwords than those kept in the state folder.", null,
                $"Bring the kept passwords back, or remove {server.Root} to begin anew: that loses its data.", e);
        }
    }

    private static async Task<bool> ExistsAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new($"SELECT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = '{Name}')", connection);
        return (bool)(await command.ExecuteScalarAsync(cancellation))!;
    }

    private static async Task CreateRolesAsync(NpgsqlConnection administrator, Func<string, string> passwords, CancellationToken cancellation)
    {
        // Only named roles may connect, also to the server's own databases.
        List<string> statements = ["REVOKE ALL ON DATABASE postgres FROM PUBLIC", "REVOKE ALL ON DATABASE template1 FROM PUBLIC"];
        AddRole(Group, "NOLOGIN");
        AddRole(Owner, "LOGIN");
        AddRole(Shadow, "LOGIN CREATEDB CREATEROLE");
        foreach (string role in ApplicationRoles)
        {
            AddRole(role, "LOGIN");
            statements.Add($"GRANT {Group} TO {role}");

            // What the gate reads texts by, also for a login past the gateway.
            statements.Add($"ALTER ROLE {role} SET client_encoding = 'UTF8'");
            statements.Add($"ALTER ROLE {role} SET standard_conforming_strings = 'on'");
        }

        statements.Add($"GRANT CONNECT ON DATABASE postgres TO {Shadow}");
        foreach (string statement in statements)
        {
            await RunAsync(administrator, statement, cancellation);
        }

        void AddRole(string role, string attributes)
        {
            statements.Add($"DROP ROLE IF EXISTS {role}");
            statements.Add($"CREATE ROLE {role} {attributes}" + (attributes == "NOLOGIN" ? "" : $" PASSWORD '{passwords(role)}'"));
        }
    }

    private static async Task<IEnumerable<string>> ReadScriptAsync(CancellationToken cancellation)
    {
        await using Stream stream = typeof(SampleDatabase).Assembly.GetManifestResourceStream("sample.sql")!;
        using StreamReader reader = new(stream);
        return BlankLines().Split((await reader.ReadToEndAsync(cancellation)).Trim()).Where(block => block.Split('\n').Any(line => !line.StartsWith("--", StringComparison.Ordinal)));
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    [GeneratedRegex(@"\n\s*\n")]
    private static partial Regex BlankLines();
}
