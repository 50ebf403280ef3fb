using System.Collections.Immutable;
using System.Data;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Lockplane.Control.Connections;
using Lockplane.Sql.Errors;
using Npgsql;

namespace Lockplane.Control.Introspection;

/// <summary>Reads a database's functions for the gateway: one snapshot, names from pg_catalog only, whatever the session's settings are.</summary>
/// <remarks>
/// Bounded: a definition that is too long, or that comes after too many bytes of others, is left out, and its function with it is one that cannot be judged. Too many rows are an error, since a
/// function that is not known would be one that does not count.
/// </remarks>
public static class FunctionReader
{
    /// <summary>The most functions, operators, casts and names of fields, of each.</summary>
    public const int MostRows = 200_000;

    /// <summary>The longest source whose definition is read.</summary>
    public const int LongestSource = 256 << 10;

    /// <summary>The most bytes of definitions.</summary>
    public const int MostDefinitionBytes = 32 << 20;

    private const int Attempts = 3;
    private const string InternalError = "XX000";

    // SET and not set_config(), which the second wall may have taken from this role.
    private static readonly string[] Pins =
    [
        "SET TRANSACTION READ ONLY", "SET LOCAL search_path = ''", "SET LOCAL quote_all_identifiers = off", "SET LOCAL standard_conforming_strings = on", "SET LOCAL jit = off", "SET LOCAL statement_timeout = '30s'",
    ];

    private const string Functions = """
        SELECT n.nspname::text, p.proname::text, p.prokind, l.lanname::text, p.prosecdef, p.proconfig, x.extname::text,
            CASE WHEN l.lanname IN ('sql', 'plpgsql') AND p.prokind <> 'a' AND octet_length(p.prosrc) <= $1 THEN pg_get_functiondef(p.oid) END,
            CASE WHEN octet_length(p.prosrc) <= 200 THEN p.prosrc ELSE '' END,
            p.prorettype IN ('trigger'::regtype, 'event_trigger'::regtype),
            s.one,
            s.one AND (t.typtype = 'c' OR b.typtype IN ('c', 'd')
                OR t.oid IN ('record'::regtype, '"any"'::regtype, 'anyelement'::regtype, 'anynonarray'::regtype, 'anycompatible'::regtype, 'anycompatiblenonarray'::regtype)
                OR EXISTS (SELECT FROM pg_cast c JOIN pg_type r ON r.oid = c.castsource WHERE c.casttarget = t.oid AND c.castcontext = 'i' AND (r.typtype = 'c' OR r.oid = 'record'::regtype))),
            a.schemas, a.names
        FROM pg_proc p
        JOIN pg_namespace n ON n.oid = p.pronamespace
        JOIN pg_language l ON l.oid = p.prolang
        LEFT JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
        LEFT JOIN pg_extension x ON x.oid = d.refobjid
        LEFT JOIN pg_type t ON t.oid = CASE WHEN p.pronargs = 1 AND p.provariadic <> 0 THEN p.provariadic WHEN p.pronargs > 0 THEN p.proargtypes[0] END
        LEFT JOIN pg_type b ON b.oid = t.typbasetype
        CROSS JOIN LATERAL (SELECT p.prokind <> 'p' AND p.pronargs >= 1 AND p.pronargs - p.pronargdefaults - (p.provariadic <> 0)::int <= 1 AS one) s
        LEFT JOIN LATERAL (
            SELECT array_agg(m.nspname::text ORDER BY q.oid) AS schemas, array_agg(q.proname::text ORDER BY q.oid) AS names
            FROM pg_aggregate g
            CROSS JOIN LATERAL unnest(ARRAY[g.aggtransfn, g.aggfinalfn, g.aggcombinefn, g.aggserialfn, g.aggdeserialfn, g.aggmtransfn, g.aggminvtransfn, g.aggmfinalfn]::oid[]) AS u(oid)
            JOIN pg_proc q ON q.oid = u.oid
            JOIN pg_namespace m ON m.oid = q.pronamespace
            WHERE g.aggfnoid = p.oid AND NOT (m.nspname = 'pg_catalog' AND 'internal'::regtype = ANY (q.proargtypes::oid[] || q.prorettype))
        ) a ON p.prokind = 'a'
        WHERE n.nspname <> 'pg_catalog' AND n.nspname !~ '^pg_(temp|toast)'
        ORDER BY n.nspname COLLATE "C", p.proname COLLATE "C", p.oid
        LIMIT $2
        """;

    private const string Operators = """
        SELECT n.nspname::text, o.oprname::text, m.nspname::text, p.proname::text
        FROM pg_operator o
        JOIN pg_namespace n ON n.oid = o.oprnamespace
        JOIN pg_proc p ON p.oid = o.oprcode
        JOIN pg_namespace m ON m.oid = p.pronamespace
        WHERE n.nspname <> 'pg_catalog'
        ORDER BY o.oid
        LIMIT $1
        """;

    // A cast to a domain over a type, to an array of it, or to a row that has a field of it, calls the type's cast.
    private const string Casts = """
        WITH RECURSIVE made(type, func) AS (
            SELECT c.casttarget, c.castfunc
            FROM pg_cast c
            JOIN pg_proc p ON p.oid = c.castfunc
            WHERE p.pronamespace <> 'pg_catalog'::regnamespace
            UNION
            SELECT u.type, made.func
            FROM made
            JOIN (
                SELECT d.oid AS type, d.typbasetype AS part FROM pg_type d WHERE d.typtype = 'd'
                UNION ALL
                SELECT d.oid, d.typelem FROM pg_type d WHERE d.typcategory = 'A' AND d.typelem <> 0
                UNION ALL
                SELECT r.reltype, a.atttypid FROM pg_class r JOIN pg_attribute a ON a.attrelid = r.oid WHERE r.reltype <> 0 AND a.attnum > 0 AND NOT a.attisdropped
            ) u ON u.part = made.type
        )
        SELECT n.nspname::text, t.typname::text, m.nspname::text, p.proname::text
        FROM made
        JOIN pg_type w ON w.oid = made.type
        JOIN pg_type t ON t.oid = CASE WHEN w.typcategory = 'A' AND w.typelem <> 0 THEN w.typelem ELSE w.oid END
        JOIN pg_namespace n ON n.oid = t.typnamespace
        JOIN pg_proc p ON p.oid = made.func
        JOIN pg_namespace m ON m.oid = p.pronamespace
        ORDER BY t.oid, p.oid, w.oid
        LIMIT $1
        """;

    // UPDATE of pg_settings writes settings by its rule, and so does UPDATE of a view over it.
    private const string SettingsViews = """
        WITH RECURSIVE over(oid) AS (
            SELECT 'pg_catalog.pg_settings'::regclass::oid
            UNION
            SELECT r.ev_class
            FROM over o
            JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = o.oid AND d.classid = 'pg_rewrite'::regclass
            JOIN pg_rewrite r ON r.oid = d.objid
        )
        SELECT n.nspname::text, c.relname::text
        FROM over o
        JOIN pg_class c ON c.oid = o.oid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname <> 'pg_catalog'
        ORDER BY c.oid
        LIMIT $1
        """;

    private const string BuiltIn = "SELECT DISTINCT p.proname::text COLLATE \"C\" FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace ORDER BY 1 LIMIT $1";

    private const string Fields = """
        SELECT DISTINCT f.name COLLATE "C"
        FROM (
            SELECT a.attname::text AS name
            FROM pg_attribute a
            JOIN pg_class c ON c.oid = a.attrelid
            WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'v', 'm', 'f', 'p', 'c')
            UNION ALL
            SELECT u.name
            FROM pg_proc p
            CROSS JOIN LATERAL unnest(p.proargnames, p.proargmodes) AS u(name, mode)
            WHERE u.mode IN ('o', 'b', 't') AND u.name <> ''
        ) f
        ORDER BY 1
        LIMIT $1
        """;

    /// <summary>The functions as they are now.</summary>
    /// <exception cref="LockplaneException">LP103: the database has more than is read.</exception>
    /// <exception cref="PostgresException">The server refused. Of "cache lookup failed", which others' DDL causes, only the third is passed on.</exception>
    public static async Task<FunctionCatalog> ReadAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            await connection.OpenAgainAsync(cancellation).ConfigureAwait(false);
            try
            {
                return await ReadOnceAsync(connection, cancellation).ConfigureAwait(false);
            }
            catch (PostgresException error) when (error.SqlState == InternalError && attempt < Attempts)
            {
                // Something that the statement looked up was dropped meanwhile; the next snapshot does not have it.
            }
        }
    }

    private static async Task<FunctionCatalog> ReadOnceAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation).ConfigureAwait(false);
        await connection.RunAsync(cancellation, Pins).ConfigureAwait(false);
        await using NpgsqlBatch batch = new(connection, transaction);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Functions) { Parameters = { new NpgsqlParameter { Value = LongestSource }, new NpgsqlParameter { Value = MostRows + 1 } } });
        foreach (string sql in new[] { Operators, Casts, SettingsViews, BuiltIn, Fields })
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql) { Parameters = { new NpgsqlParameter { Value = MostRows + 1 } } });
        }

        await using NpgsqlDataReader rows = await batch.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        int room = MostDefinitionBytes;
        ImmutableArray<FunctionEntry> functions = await RowsAsync(rows, hash, "functions", row => Function(row, ref room), cancellation).ConfigureAwait(false);
        ImmutableArray<FunctionAlias> operators = await RowsAsync(rows, hash, "operators", Alias, cancellation).ConfigureAwait(false);
        ImmutableArray<FunctionAlias> casts = await RowsAsync(rows, hash, "casts", Alias, cancellation).ConfigureAwait(false);
        ImmutableArray<(string, string)> views = await RowsAsync(rows, hash, "views", static row => (row.GetString(0), row.GetString(1)), cancellation).ConfigureAwait(false);
        ImmutableArray<string> builtIn = await RowsAsync(rows, hash, "functions of pg_catalog", static row => row.GetString(0), cancellation).ConfigureAwait(false);
        ImmutableArray<string> fields = await RowsAsync(rows, hash, "names of columns", static row => row.GetString(0), cancellation).ConfigureAwait(false);
        return new(functions, operators, casts, views, builtIn, fields, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <summary>The rows of one statement; the reader stands at the next one then.</summary>
    private static async Task<ImmutableArray<T>> RowsAsync<T>(NpgsqlDataReader rows, IncrementalHash hash, string what, Func<NpgsqlDataReader, T> read, CancellationToken cancellation)
    {
        ImmutableArray<T>.Builder all = ImmutableArray.CreateBuilder<T>();
        while (await rows.ReadAsync(cancellation).ConfigureAwait(false))
        {
            if (all.Count == MostRows)
            {
                throw new LockplaneException(ErrorCodes.Unreadable, string.Create(CultureInfo.InvariantCulture, $"The database has more than {MostRows} {what}: its functions cannot be judged."));
            }

            for (int column = 0; column < rows.FieldCount; column++)
            {
                Append(hash, rows.IsDBNull(column) ? null : rows.GetValue(column));
            }

            all.Add(read(rows));
        }

        // Where one list ends and the next begins.
        Append(hash, all.Count);
        await rows.NextResultAsync(cancellation).ConfigureAwait(false);
        return all.ToImmutable();
    }

    private static void Append(IncrementalHash hash, object? value)
    {
        switch (value)
        {
            case string[] values:
                Append(hash, values.Length);
                foreach (string each in values)
                {
                    Append(hash, each);
                }

                break;
            default:
                byte[] bytes = Encoding.UTF8.GetBytes(value is null ? "" : Convert.ToString(value, CultureInfo.InvariantCulture)!);
                hash.AppendData(BitConverter.GetBytes(value is null ? -1 : bytes.Length));
                hash.AppendData(bytes);
                break;
        }
    }

    private static FunctionEntry Function(NpgsqlDataReader row, ref int room)
    {
        string? definition = row.IsDBNull(7) ? null : row.GetString(7);
        if (definition is not null && (room -= definition.Length) < 0)
        {
            definition = null;
        }

        return new(
            row.GetString(0), row.GetString(1), row.GetChar(2), row.GetString(3), row.GetBoolean(4), Texts(row, 5), row.IsDBNull(6) ? null : row.GetString(6), definition, row.GetString(8),
            row.GetBoolean(9), row.GetBoolean(10), !row.IsDBNull(11) && row.GetBoolean(11), [.. Texts(row, 12).Zip(Texts(row, 13))]);
    }

    private static FunctionAlias Alias(NpgsqlDataReader row) => new(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3));

    private static ImmutableArray<string> Texts(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? [] : [.. row.GetFieldValue<string[]>(column)];
}
