using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Lockplane.Control.Connections;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Dsl;
using Lockplane.Sql;
using Npgsql;

namespace Lockplane.Control.Shadows;

/// <summary>What is known of a template; it is the comment of its database.</summary>
/// <param name="Key">What it was built from: <see cref="ShadowTemplates"/> says of what.</param>
/// <param name="Used">When it was last copied, by the server's clock.</param>
/// <param name="Roles">For each role the one that stands for it.</param>
internal sealed record TemplateState(string Key, string Used, SortedDictionary<string, string> Roles);

/// <summary>Keeps at most three built shadows on the server, as databases that are only copied: <c>lockplane_template_1</c> to <c>_3</c>.</summary>
/// <remarks>
/// <para>
/// A shadow that was built and checked becomes a template by other names for its database and roles, in one transaction: there are no half-built ones. What validates is a copy of it,
/// <c>lockplane_template_&lt;n&gt;_copy</c>, owned by the template's shadow role, so that no owner has to be rewritten. Who holds the advisory lock of the number builds, copies and uses; a copy that is
/// there while nobody holds it was left by a killed process, and the next that takes the number drops it. When another process has the template, or all are others', a shadow is built as ever.
/// </para>
/// <para>
/// What ran on a copy is not trusted. The template's database is the administrator's and takes no connections; its roles cannot log in between two uses. A role may change its own settings, and on 15
/// its own members: a template whose roles are not as they were made is not used again. A copy has nothing that is said about a database itself, so that is run on each; and its catalog is read and must be the
/// source's before anything else is run.
/// </para>
/// <para>What a superuser made on a shadow (extensions that are not trusted, event triggers, wrappers) is never in a template: a superuser connects to the copy.</para>
/// </remarks>
internal sealed class ShadowTemplates(ShadowServer server)
{
    internal const int MaxTemplates = 3;

    // Beside the numbers of shadows, whose class is the text before the slash.
    internal const int FirstLock = 1001;

    // Attributes, members and settings that a template's roles do not have by themselves. $1 is the template's name, which is its shadow role's, too.
    private const string ReadSql = """
        WITH own AS (SELECT r.* FROM pg_catalog.pg_roles r WHERE r.rolname = $1::pg_catalog.name OR pg_catalog.starts_with(r.rolname::text, $1 || '_role_'))
        SELECT pg_catalog.shobj_description(d.oid, 'pg_database'),
          COALESCE(pg_catalog.pg_has_role(d.datdba, 'USAGE'), true)
            AND COALESCE((SELECT pg_catalog.pg_has_role(o.oid, 'USAGE') FROM own o WHERE o.rolname = $1::pg_catalog.name), true),
          d.oid IS NOT NULL AND NOT d.datallowconn
            AND NOT EXISTS (SELECT FROM own WHERE rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls OR rolcanlogin AND rolconnlimit <> 1)
            AND NOT EXISTS (
              SELECT FROM pg_catalog.pg_auth_members m
              WHERE m.member IN (SELECT oid FROM own) AND m.roleid NOT IN (SELECT oid FROM own)
                OR m.roleid IN (SELECT oid FROM own) AND m.member NOT IN (SELECT oid FROM own) AND m.member <> d.datdba)
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_db_role_setting s WHERE s.setdatabase = 0 AND s.setrole IN (SELECT oid FROM own)),
          EXISTS (SELECT FROM pg_catalog.pg_database c WHERE c.datname = ($1 || '_copy')::pg_catalog.name)
        FROM (SELECT) one LEFT JOIN pg_catalog.pg_database d ON d.datname = $1::pg_catalog.name
        """;

    private sealed record Slot(int Number, TemplateState? State, bool IsOurs, bool IsIntact, bool HasCopy)
    {
        public string Name => NameOf(Number);

        public bool Has(string key) => IsOurs && State?.Key == key;
    }

    /// <summary>A copy of the template that was built from a catalog; null when there is none, or none that is free.</summary>
    internal async Task<Shadow?> FindAsync(NpgsqlConnection like, ManifestHash source, CancellationToken cancellation)
    {
        NpgsqlConnection administrator = await server.OpenAdministratorAsync(like, cancellation).ConfigureAwait(false);
        Shadow? copy = null;
        Slot? taken = null;
        try
        {
            (string key, string owner, IReadOnlyDictionary<string, string> versions, bool superuser) = await KeyAsync(administrator, like, source, cancellation).ConfigureAwait(false);
            List<Slot> slots = await ReadAsync(administrator, cancellation).ConfigureAwait(false);
            // What a killed process left, and nobody may come for.
            foreach (Slot left in slots.Where(slot => slot.IsOurs && slot.HasCopy && !slot.Has(key)))
            {
                if (await TakeAsync(administrator, left, cancellation).ConfigureAwait(false))
                {
                    await ReleaseAsync(administrator, left).ConfigureAwait(false);
                    await LeaveAsync(administrator, left, drops: false).ConfigureAwait(false);
                }
            }

            if (slots.Find(slot => slot.Has(key)) is { } wanted && await TakeAsync(administrator, wanted, cancellation).ConfigureAwait(false))
            {
                taken = wanted;
                await ReleaseAsync(administrator, wanted).ConfigureAwait(false);
                if (wanted.IsIntact)
                {
                    copy = await CopyAsync(administrator, wanted, new ShadowRoles(administrator, wanted.Name, owner, superuser, wanted.State!.Roles), versions, superuser, cancellation).ConfigureAwait(false);
                }
                else
                {
                    await LeaveAsync(administrator, wanted, drops: true).ConfigureAwait(false);
                }
            }

            return copy;
        }
        catch (PostgresException) when (copy is null && !cancellation.IsCancellationRequested)
        {
            // What cannot be copied, as when the server's collations have another version now, is of no use. What the server refuses here, it refuses with a reason where the shadow is built.
            await TryDropAsync(administrator, taken).ConfigureAwait(false);
            return null;
        }
        finally
        {
            if (copy is null)
            {
                await administrator.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Makes a template of a shadow that was built from a catalog and on which nothing else was run. False: it is a shadow as before; true: it is none any more.</summary>
    internal static async Task<bool> KeepAsync(Shadow shadow, NpgsqlConnection like, ManifestHash source, CancellationToken cancellation)
    {
        if (shadow.HasSuperusersWork)
        {
            return false;
        }

        NpgsqlConnection administrator = shadow.Administrator;
        bool isLeft = false;
        try
        {
            (string key, _, _, _) = await KeyAsync(administrator, like, source, cancellation).ConfigureAwait(false);
            List<Slot> slots = await ReadAsync(administrator, cancellation).ConfigureAwait(false);
            Slot? free = slots.Any(slot => slot.Has(key)) ? null : await TakeOldestAsync(administrator, slots, cancellation).ConfigureAwait(false);
            if (free is null)
            {
                return false;
            }

            await DropAsync(administrator, free).ConfigureAwait(false);
            isLeft = true;
            await shadow.LeaveAsync().ConfigureAwait(false);
            await RenameAsync(administrator, shadow, free.Name, key, cancellation).ConfigureAwait(false);
            await LeaveAsync(administrator, free, drops: false).ConfigureAwait(false);
            return true;
        }
        catch (PostgresException) when (!cancellation.IsCancellationRequested)
        {
            return isLeft;
        }
    }

    /// <summary>Drops the template that a copy was made of, with the copy: it is not what it was built from.</summary>
    internal static async Task DiscardAsync(Shadow copy)
    {
        await using NpgsqlConnection administrator = copy.Administrator;
        await copy.LeaveAsync().ConfigureAwait(false);
        await ShadowServer.DropDatabaseAsync(administrator, copy.Name + "_copy", CancellationToken.None).ConfigureAwait(false);
        await ShadowServer.DropAsync(administrator, copy.Name, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>What of a catalog a copy does not have: what is said about the database itself.</summary>
    internal static IEnumerable<string> NotCopied(IEnumerable<string> statements) => statements.Where(sql =>
        sql.Contains($":\"{StatementRoles.DatabaseVariable}\"", StringComparison.Ordinal) && StatementRoles.WithoutVariable(sql) != sql);

    private async Task<Shadow> CopyAsync(
        NpgsqlConnection administrator, Slot slot, ShadowRoles roles, IReadOnlyDictionary<string, string> versions, bool superuser, CancellationToken cancellation)
    {
        string copy = slot.Name + "_copy";
        string password = ShadowServer.NewPassword();
        try
        {
            await administrator.RunAsync(
                cancellation,
                Comment(slot.Name, slot.State! with { Used = await NowAsync(administrator, cancellation).ConfigureAwait(false) }),
                $"ALTER ROLE {slot.Name} LOGIN PASSWORD '{password}' {ShadowServer.ValidUntil}").ConfigureAwait(false);
            await ShadowServer.RunLongAsync(administrator, $"CREATE DATABASE {copy} OWNER {slot.Name} TEMPLATE {slot.Name}", cancellation).ConfigureAwait(false);
            return await server.EnterAsync(administrator, slot.Name, copy, password, roles, versions, superuser, EndAsync, cancellation).ConfigureAwait(false);
        }
        catch when (administrator.State == System.Data.ConnectionState.Open)
        {
            await ReleaseAsync(administrator, slot).ConfigureAwait(false);
            throw;
        }

        // A session that is closed keeps its locks for a moment, in which the next would build a shadow.
        async Task EndAsync()
        {
            await ReleaseAsync(administrator, slot).ConfigureAwait(false);
            await LeaveAsync(administrator, slot, drops: false).ConfigureAwait(false);
        }
    }

    // After a use and before the next, so that it does not matter whether the use came to its end.
    private static async Task ReleaseAsync(NpgsqlConnection administrator, Slot slot)
    {
        await ShadowServer.DropDatabaseAsync(administrator, slot.Name + "_copy", CancellationToken.None).ConfigureAwait(false);
        if (slot.State is { } state)
        {
            await ShadowRoles.DropAsync(administrator, slot.Name, CancellationToken.None, [.. state.Roles.Values, slot.Name + "_role_0"]).ConfigureAwait(false);
            await administrator.RunAsync(CancellationToken.None, $"ALTER ROLE {slot.Name} NOLOGIN PASSWORD NULL").ConfigureAwait(false);
        }
    }

    private static async Task DropAsync(NpgsqlConnection administrator, Slot slot)
    {
        await ShadowServer.DropDatabaseAsync(administrator, slot.Name + "_copy", CancellationToken.None).ConfigureAwait(false);
        await ShadowServer.DropAsync(administrator, slot.Name, CancellationToken.None).ConfigureAwait(false);
    }

    private static async Task TryDropAsync(NpgsqlConnection administrator, Slot? slot)
    {
        try
        {
            await (slot is null ? Task.CompletedTask : DropAsync(administrator, slot)).ConfigureAwait(false);
        }
        catch (NpgsqlException)
        {
            // It stays, and is no template for us.
        }
    }

    // One transaction: the whole of it is there, or the shadow is as it was.
    private static async Task RenameAsync(NpgsqlConnection administrator, Shadow shadow, string name, string key, CancellationToken cancellation)
    {
        string Renamed(string role) => name + role[shadow.Name.Length..];
        SortedDictionary<string, string> roles = new(shadow.Roles.StandIns.ToDictionary(pair => pair.Key, pair => Renamed(pair.Value), StringComparer.Ordinal), StringComparer.Ordinal);
        TemplateState state = new(key, await NowAsync(administrator, cancellation).ConfigureAwait(false), roles);
        await using NpgsqlTransaction transaction = await administrator.BeginTransactionAsync(cancellation).ConfigureAwait(false);
        await administrator.RunAsync(
            cancellation,
            [
                $"ALTER ROLE {shadow.Name} NOLOGIN PASSWORD NULL",
                .. shadow.Roles.StandIns.Values.Append(shadow.Roles.Everybody).Select(role => $"ALTER ROLE {role} RENAME TO {Renamed(role)}"),
                $"ALTER DATABASE {shadow.Name} RENAME TO {name}",
                // What runs on a copy has no power over its template.
                $"ALTER DATABASE {name} OWNER TO CURRENT_USER",
                $"ALTER DATABASE {name} ALLOW_CONNECTIONS false",
                Comment(name, state),
            ]).ConfigureAwait(false);
        await transaction.CommitAsync(cancellation).ConfigureAwait(false);
    }

    private static async Task<Slot?> TakeOldestAsync(NpgsqlConnection administrator, List<Slot> slots, CancellationToken cancellation)
    {
        foreach (Slot slot in slots.Where(s => s.IsOurs).OrderBy(s => s.IsIntact ? s.State?.Used ?? "" : "", StringComparer.Ordinal))
        {
            if (await TakeAsync(administrator, slot, cancellation).ConfigureAwait(false))
            {
                return slot;
            }
        }

        return null;
    }

    // False also when it is another than it was: somebody else has used it in the meantime.
    private static async Task<bool> TakeAsync(NpgsqlConnection administrator, Slot slot, CancellationToken cancellation)
    {
        if (!await administrator.ReadScalarAsync<bool>("SELECT pg_catalog.pg_try_advisory_lock($1, $2)", cancellation, ShadowServer.LockClass, FirstLock + slot.Number - 1).ConfigureAwait(false))
        {
            return false;
        }

        Slot now = await ReadAsync(administrator, slot.Number, cancellation).ConfigureAwait(false);
        if ((now.IsOurs, now.IsIntact, now.State?.Key, now.State?.Used) == (slot.IsOurs, slot.IsIntact, slot.State?.Key, slot.State?.Used))
        {
            return true;
        }

        await LeaveAsync(administrator, slot, drops: false).ConfigureAwait(false);
        return false;
    }

    private static async Task LeaveAsync(NpgsqlConnection administrator, Slot slot, bool drops)
    {
        if (drops)
        {
            await DropAsync(administrator, slot).ConfigureAwait(false);
        }

        await administrator.ReadScalarAsync<bool>("SELECT pg_catalog.pg_advisory_unlock($1, $2)", CancellationToken.None, ShadowServer.LockClass, FirstLock + slot.Number - 1).ConfigureAwait(false);
    }

    private static async Task<List<Slot>> ReadAsync(NpgsqlConnection administrator, CancellationToken cancellation)
    {
        List<Slot> slots = [];
        for (int number = 1; number <= MaxTemplates; number++)
        {
            slots.Add(await ReadAsync(administrator, number, cancellation).ConfigureAwait(false));
        }

        return slots;
    }

    private static async Task<Slot> ReadAsync(NpgsqlConnection administrator, int number, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new(ReadSql, administrator);
        command.Parameters.Add(new NpgsqlParameter { Value = NameOf(number) });
        await using NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        await row.ReadAsync(cancellation).ConfigureAwait(false);
        return new Slot(number, row.IsDBNull(0) ? null : Parse(row.GetString(0)), row.GetBoolean(1), row.GetBoolean(2), row.GetBoolean(3));
    }

    private static TemplateState? Parse(string comment)
    {
        try
        {
            return JsonSerializer.Deserialize(comment, ControlJson.Default.TemplateState);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // The manifest, and what else a shadow is made by: names and versions hold no NUL.
    private static async Task<(string Key, string Owner, IReadOnlyDictionary<string, string> Versions, bool Superuser)> KeyAsync(
        NpgsqlConnection administrator, NpgsqlConnection like, ManifestHash source, CancellationToken cancellation)
    {
        (string locale, string owner) = await ShadowServer.ReadDatabaseAsync(like, cancellation).ConfigureAwait(false);
        IReadOnlyDictionary<string, string> versions = await ShadowServer.ReadExtensionsAsync(like, cancellation).ConfigureAwait(false);
        bool superuser = await ShadowServer.IsSuperuserAsync(administrator, cancellation).ConfigureAwait(false);
        string[] parts = [source.Text, locale, owner, superuser ? administrator.UserName! : "", .. versions.OrderBy(v => v.Key, StringComparer.Ordinal).SelectMany(v => new[] { v.Key, v.Value })];
        return (Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', parts)))), owner, versions, superuser);
    }

    private static async Task<string> NowAsync(NpgsqlConnection administrator, CancellationToken cancellation) => (await administrator.ReadScalarAsync<string>(
        """SELECT pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""", cancellation).ConfigureAwait(false))!;

    private static string Comment(string name, TemplateState state) => $"COMMENT ON DATABASE {name} IS {Identifiers.QuoteLiteral(JsonSerializer.Serialize(state, ControlJson.Default.TemplateState))}";

    private static string NameOf(int number) => $"lockplane_template_{number}";
}
