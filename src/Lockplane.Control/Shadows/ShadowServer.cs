using System.Buffers.Binary;
using System.Security.Cryptography;
using Lockplane.Control.Connections;
using Lockplane.Sql;
using Lockplane.Sql.Errors;
using Lockplane.Sql.PgQuery;
using Npgsql;

namespace Lockplane.Control.Shadows;

/// <summary>Makes scratch databases on one server.</summary>
/// <remarks>
/// A shadow trusts nothing that is loaded into it: whatever runs there runs as the login role <c>lockplane_shadow_&lt;n&gt;</c>, which is no
/// superuser, owns only its scratch database, is in no role but those that stand for others on it (<see cref="ShadowRoles"/>), and whose one allowed connection is ours. The
/// number n is held by an advisory lock for as long as the shadow lives; a database or role whose number nobody holds was left by a killed process and is dropped.
/// </remarks>
/// <param name="login">A login with CREATEDB and CREATEROLE, at the database where all that make shadows on the server meet; not pooled.</param>
/// <param name="parser">Reads the statements that are run.</param>
/// <param name="standsFor">The role that the shadow role stands for; null means the owner of the database that a shadow is like.</param>
internal sealed class ShadowServer(NpgsqlConnectionStringBuilder login, PgQueryParser parser, string? standsFor = null)
{
    private const int MaxShadows = 16;

    // The first four bytes of SHA-256("lockplane/shadow"): the class of the advisory locks that hold numbers.
    internal static readonly int LockClass = BinaryPrimitives.ReadInt32BigEndian(SHA256.HashData("lockplane/shadow"u8));

    /// <summary>The parser.</summary>
    internal PgQueryParser Parser => parser;

    /// <summary>Makes an empty scratch database with the encoding and locale of <paramref name="like"/>, whose owner the shadow role stands for.</summary>
    /// <exception cref="LockplaneException">LP403 when the role may not, the major differs, or all numbers are taken.</exception>
    internal async Task<Shadow> CreateAsync(NpgsqlConnection like, CancellationToken cancellation)
    {
        (string locale, string owner) = await ReadDatabaseAsync(like, cancellation).ConfigureAwait(false);
        NpgsqlConnection administrator = await OpenAdministratorAsync(like, cancellation).ConfigureAwait(false);
        try
        {
            int number = await TakeNumberAsync(administrator, cancellation).ConfigureAwait(false);
            string name = $"lockplane_shadow_{number}";
            string password = NewPassword();
            await DropAsync(administrator, name, cancellation).ConfigureAwait(false);
            try
            {
                await CreateAsync(administrator, name, password, locale, cancellation).ConfigureAwait(false);
                bool superuser = await IsSuperuserAsync(administrator, cancellation).ConfigureAwait(false);
                ShadowRoles roles = new(administrator, name, standsFor ?? owner, superuser);
                await roles.CreateEverybodyAsync(cancellation).ConfigureAwait(false);
                IReadOnlyDictionary<string, string> versions = await ReadExtensionsAsync(like, cancellation).ConfigureAwait(false);
                return await EnterAsync(administrator, name, name, password, roles, versions, superuser, () => DropAsync(administrator, name, CancellationToken.None), cancellation).ConfigureAwait(false);
            }
            catch
            {
                await DropAsync(administrator, name, CancellationToken.None).ConfigureAwait(false);
                throw;
            }
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            await administrator.DisposeAsync().ConfigureAwait(false);
            throw new LockplaneException(
                ErrorCodes.ShadowIncomplete,
                $"Role {login.Username} may not make a scratch database: {e.MessageText}.",
                hint: "Give the role CREATEDB and CREATEROLE, or set shadow_url to a login that has them.",
                inner: e);
        }
        catch
        {
            await administrator.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The administrator's connection, which holds the locks on what it uses.</summary>
    /// <exception cref="LockplaneException">LP403 when the major differs or the server cannot be reached.</exception>
    internal async Task<NpgsqlConnection> OpenAdministratorAsync(NpgsqlConnection like, CancellationToken cancellation)
    {
        NpgsqlConnection administrator = new(login.ConnectionString);
        try
        {
            await OpenAsync(administrator, cancellation).ConfigureAwait(false);
            return administrator.PostgreSqlVersion.Major == like.PostgreSqlVersion.Major ? administrator : throw new LockplaneException(
                ErrorCodes.ShadowIncomplete,
                $"The shadow server has major version {administrator.PostgreSqlVersion.Major}, the target {like.PostgreSqlVersion.Major}.",
                hint: "Set shadow_url to a server of the target's major version.");
        }
        catch
        {
            await administrator.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Connects to a scratch database, as its shadow role and, where the administrator is one, as a superuser.</summary>
    internal async Task<Shadow> EnterAsync(
        NpgsqlConnection administrator, string name, string database, string password, ShadowRoles roles, IReadOnlyDictionary<string, string> versions, bool superuser, Func<Task> drop, CancellationToken cancellation)
    {
        ShadowAdministrator closedList = new(superuser ? await ConnectSuperuserAsync(database, cancellation).ConfigureAwait(false) : null, roles, versions);
        try
        {
            return new Shadow(administrator, await ConnectAsync(name, database, password, cancellation).ConfigureAwait(false), name, database, roles, closedList, parser, drop);
        }
        catch
        {
            await closedList.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    internal static string NewPassword() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    /// <summary>How long the password of a shadow role is good for.</summary>
    internal static string ValidUntil => $"VALID UNTIL '{DateTime.UtcNow.AddHours(1):O}'";

    /// <summary>Drops a database. With many tables that takes as long as it takes.</summary>
    internal static Task DropDatabaseAsync(NpgsqlConnection administrator, string name, CancellationToken cancellation) =>
        RunLongAsync(administrator, $"DROP DATABASE IF EXISTS {name} WITH (FORCE)", cancellation);

    internal static async Task RunLongAsync(NpgsqlConnection administrator, string sql, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new(sql, administrator) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }

    internal static async Task DropAsync(NpgsqlConnection administrator, string name, CancellationToken cancellation)
    {
        await DropDatabaseAsync(administrator, name, cancellation).ConfigureAwait(false);
        await ShadowRoles.DropAsync(administrator, name, cancellation).ConfigureAwait(false);
        await administrator.RunAsync(cancellation, $"DROP ROLE IF EXISTS {name}").ConfigureAwait(false);
    }

    private static async Task CreateAsync(NpgsqlConnection administrator, string name, string password, string locale, CancellationToken cancellation)
    {
        // INHERIT: as owner of its database it is in pg_database_owner, which schema public belongs to; before 16 that counts only so.
        await administrator.RunAsync(
            cancellation,
            $"CREATE ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT CONNECTION LIMIT 1 PASSWORD '{password}' {ValidUntil}").ConfigureAwait(false);
        // CREATE DATABASE ... OWNER and DROP DATABASE ask for membership in the owner; the shadow role itself is in none of the administrator's.
        bool superuser = await IsSuperuserAsync(administrator, cancellation).ConfigureAwait(false);
        if (!superuser)
        {
            await administrator.RunAsync(cancellation, $"GRANT {name} TO CURRENT_USER").ConfigureAwait(false);
        }

        await administrator.RunAsync(cancellation, $"CREATE DATABASE {name} OWNER {name} TEMPLATE template0 {locale}").ConfigureAwait(false);
    }

    private static async Task<NpgsqlConnection> OpenAsync(NpgsqlConnectionStringBuilder login, CancellationToken cancellation, params string[] settings)
    {
        NpgsqlConnection connection = new(login.ConnectionString);
        try
        {
            await OpenAsync(connection, cancellation).ConfigureAwait(false);
            await connection.RunAsync(cancellation, settings).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<NpgsqlConnection> ConnectAsync(string name, string database, string password, CancellationToken cancellation)
    {
        NpgsqlConnectionStringBuilder own = new(login.ConnectionString) { Username = name, Password = password, Database = database, Pooling = false };
        return await OpenAsync(own, cancellation, "SET statement_timeout = '60s'", "SET lock_timeout = '10s'", "SET client_min_messages = error", "SET synchronous_commit = off").ConfigureAwait(false);
    }

    // Opened while the database is empty, or a copy, which has none of its template's settings: nothing that is loaded has set anything for it.
    private async Task<NpgsqlConnection> ConnectSuperuserAsync(string name, CancellationToken cancellation)
    {
        NpgsqlConnectionStringBuilder own = new(login.ConnectionString) { Database = name, Pooling = false };
        return await OpenAsync(
            own, cancellation, "SET search_path = public, pg_temp", "SET statement_timeout = '60s'", "SET lock_timeout = '10s'", "SET client_min_messages = error", "SET check_function_bodies = off").ConfigureAwait(false);
    }

    internal static async Task<IReadOnlyDictionary<string, string>> ReadExtensionsAsync(NpgsqlConnection like, CancellationToken cancellation)
    {
        Dictionary<string, string> versions = new(StringComparer.Ordinal);
        await using NpgsqlCommand command = new("SELECT extname::text, extversion FROM pg_catalog.pg_extension", like);
        await using NpgsqlDataReader rows = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        while (await rows.ReadAsync(cancellation).ConfigureAwait(false))
        {
            versions[rows.GetString(0)] = rows.GetString(1);
        }

        return versions;
    }

    private static async Task OpenAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        try
        {
            await connection.OpenAsync(cancellation).ConfigureAwait(false);
        }
        catch (NpgsqlException e)
        {
            throw new LockplaneException(ErrorCodes.ShadowIncomplete, $"The shadow server cannot be used: {e.Message}", hint: "Check shadow_url.", inner: e);
        }
    }

    private static async Task<int> TakeNumberAsync(NpgsqlConnection administrator, CancellationToken cancellation)
    {
        for (int number = 1; number <= MaxShadows; number++)
        {
            if (await administrator.ReadScalarAsync<bool>("SELECT pg_catalog.pg_try_advisory_lock($1, $2)", cancellation, LockClass, number).ConfigureAwait(false))
            {
                return number;
            }
        }

        throw new LockplaneException(ErrorCodes.ShadowIncomplete, $"All {MaxShadows} scratch databases of the shadow server are in use.", hint: "Try again when other plans are done.");
    }

    internal static Task<bool> IsSuperuserAsync(NpgsqlConnection connection, CancellationToken cancellation) =>
        connection.ReadScalarAsync<bool>("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user", cancellation);

    internal static async Task<(string Locale, string Owner)> ReadDatabaseAsync(NpgsqlConnection like, CancellationToken cancellation)
    {
        // datlocale and the builtin provider came with 17; before, only icu had a locale of its own.
        string column = like.PostgreSqlVersion.Major >= 17 ? "datlocale" : "daticulocale";
        await using NpgsqlCommand command = new(
            $"""
            SELECT pg_catalog.pg_encoding_to_char(encoding), datcollate, datctype, datlocprovider::text, {column}, pg_catalog.pg_get_userbyid(datdba)::text
            FROM pg_catalog.pg_database WHERE datname = current_database()
            """,
            like);
        await using NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        await row.ReadAsync(cancellation).ConfigureAwait(false);
        string provider = row.GetString(3) switch
        {
            "i" => $" LOCALE_PROVIDER icu ICU_LOCALE {Identifiers.QuoteLiteral(row.GetString(4))}",
            "b" => $" LOCALE_PROVIDER builtin BUILTIN_LOCALE {Identifiers.QuoteLiteral(row.GetString(4))}",
            _ => " LOCALE_PROVIDER libc",
        };
        string locale = $"ENCODING {Identifiers.QuoteLiteral(row.GetString(0))} LC_COLLATE {Identifiers.QuoteLiteral(row.GetString(1))} LC_CTYPE {Identifiers.QuoteLiteral(row.GetString(2))}{provider}";
        return (locale, row.GetString(5));
    }
}
