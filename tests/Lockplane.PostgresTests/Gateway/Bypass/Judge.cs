using System.Text.RegularExpressions;
using Lockplane.Control.Introspection;
using Lockplane.Schema.Catalogs;
using Npgsql;

namespace Lockplane.PostgresTests.Gateway.Bypass;

/// <summary>
/// Sees what an attempt did, by a superuser's connection past the gateway: the manifest's hash, every catalog down to its newest row, settings of roles and databases, the other tenant's
/// rows, large objects, files, the server's settings, the victim's session, and the log of schema changes. Compares with how it was at the start.
/// </summary>
internal sealed partial class Judge
{
    // Of each catalog the number of rows and the youngest: whatever adds, changes or removes a row changes one of them. Statistics come of themselves.
    private const string Catalogs = """
        SELECT string_agg(format('SELECT %L, count(*) || '' rows, newest '' || coalesce(max(xmin::text::bigint), 0) FROM pg_catalog.%I', 'catalog ' || relname, relname), ' UNION ALL ' ORDER BY relname)
        FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r' AND relname NOT IN ('pg_statistic', 'pg_statistic_ext_data')
        """;

    private const string Others = """
        SELECT 'settings of roles and databases', coalesce(string_agg(s::text, ' ' ORDER BY s::text), '') FROM pg_db_role_setting s
        UNION ALL SELECT 'roles', string_agg(r::text, ' ' ORDER BY oid) FROM pg_authid r
        UNION ALL SELECT 'vacuum and analyze', sum(vacuum_count + analyze_count)::text FROM pg_stat_all_tables
        UNION ALL SELECT 'statistics reset', coalesce(pg_stat_get_db_stat_reset_time(oid)::text, '') FROM pg_database WHERE datname = current_database()
        UNION ALL SELECT 'prepared transactions', count(*)::text FROM pg_prepared_xacts
        UNION ALL SELECT 'replication slots', count(*)::text FROM pg_replication_slots
        UNION ALL SELECT 'file', coalesce((pg_stat_file('bypass_file', true)).size::text, 'none')
        UNION ALL SELECT 'ALTER SYSTEM', pg_read_file('postgresql.auto.conf')
        UNION ALL SELECT 'configuration read', pg_conf_load_time()::text
        UNION ALL SELECT 'victim', count(*)::text FROM pg_stat_activity WHERE pid = $1::int AND state = 'active'
        """;

    private const string Rows = """
        SELECT 'rows of the other tenant', coalesce(string_agg(n::text, ' ' ORDER BY n::text), '') FROM public.notes n WHERE tenant <> 'acme'
        UNION ALL SELECT 'sequence set back', (last_value < 42)::text FROM public.counter
        """;

    private readonly NpgsqlConnection _connection;
    private readonly string? _log;
    private readonly string _role;
    private readonly string _victim;
    private string _catalogs = "";
    private Dictionary<string, string> _before = [];
    private long _read;

    private Judge(NpgsqlConnection connection, string? log, string role, string victim) => (_connection, _log, _role, _victim) = (connection, log, role, victim);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<Judge> StartAsync(NpgsqlConnection connection, string? log, string role, string victim)
    {
        Judge judge = new(connection, log, role, victim);
        await using (NpgsqlCommand command = new(Catalogs, connection))
        {
            judge._catalogs = (string)(await command.ExecuteScalarAsync(Cancellation))!;
        }

        // The victim's query takes a moment to begin.
        for (int i = 0; i < 500 && (judge._before = await judge.ReadAsync())["victim"] != "1"; i++)
        {
            await Task.Delay(10, Cancellation);
        }

        judge._before["manifest"] = await judge.ManifestAsync();
        Assert.Contains(HostileScene.Canary, judge._before["rows of the other tenant"], StringComparison.Ordinal);
        Assert.Equal("1", judge._before["victim"]);
        await judge.SchemaChangesLoggedAsync();
        return judge;
    }

    /// <summary>What is not as it was; empty when nothing happened.</summary>
    /// <param name="always">Whether the manifest is read even where no catalog changed: it is made of them.</param>
    public async Task<List<string>> EffectsAsync(bool always = false)
    {
        Dictionary<string, string> now = await ReadAsync();
        if (always || now.Any(pair => pair.Key.StartsWith("catalog ", StringComparison.Ordinal) && pair.Value != _before.GetValueOrDefault(pair.Key)))
        {
            now["manifest"] = await ManifestAsync();
        }
        else
        {
            now["manifest"] = _before["manifest"];
        }

        List<string> effects = [.. await SchemaChangesLoggedAsync()];
        foreach (string name in _before.Keys.Union(now.Keys))
        {
            if (_before.GetValueOrDefault(name) is var before && now.GetValueOrDefault(name) is var after && before != after)
            {
                effects.Add($"{name}: {Cut(before)} -> {Cut(after)}");
            }
        }

        return effects;
    }

    /// <summary>Whether a row of this text was committed.</summary>
    public async Task<bool> CommittedAsync(string body)
    {
        await using NpgsqlCommand command = new("SELECT EXISTS (SELECT FROM public.scratch WHERE body = $1)", _connection);
        command.Parameters.Add(new NpgsqlParameter { Value = body });
        return (bool)(await command.ExecuteScalarAsync(Cancellation))!;
    }

    private static string Cut(string? value) => value is { Length: > 200 } ? value[..200] + "..." : value ?? "absent";

    private async Task<Dictionary<string, string>> ReadAsync()
    {
        Dictionary<string, string> read = [];
        foreach (string query in new[] { _catalogs, Others, Rows })
        {
            try
            {
                await using NpgsqlCommand command = new(query, _connection);
                if (ReferenceEquals(query, Others))
                {
                    command.Parameters.Add(new NpgsqlParameter { Value = _victim });
                }

                await using NpgsqlDataReader rows = await command.ExecuteReaderAsync(Cancellation);
                while (await rows.ReadAsync(Cancellation))
                {
                    read.Add(rows.GetString(0), rows.IsDBNull(1) ? "" : rows.GetString(1));
                }
            }
            catch (PostgresException e)
            {
                read.Add("unreadable", e.MessageText);
            }
        }

        return read;
    }

    private async Task<string> ManifestAsync() => ManifestHash.Of(await CatalogReader.ReadAsync(_connection, null, Scope.All, Cancellation)).Text;

    /// <summary>What log_statement=ddl has written of the attacker since the last time: sees also what was rolled back. Nothing in a container, whose log is out of reach.</summary>
    private async Task<IEnumerable<string>> SchemaChangesLoggedAsync()
    {
        if (_log is null)
        {
            return [];
        }

        await using FileStream file = new(_log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Position = _read;
        using StreamReader reader = new(file);
        string text = await reader.ReadToEndAsync(Cancellation);
        _read = file.Position;
        return [.. SchemaChange().Matches(text).Where(match => match.Groups[1].Value == _role).Select(match => "logged: " + match.Groups[2].Value)];
    }

    [GeneratedRegex("^([^ ]+) LOG:  (?:statement|execute [^:]*): (.*)$", RegexOptions.Multiline)]
    private static partial Regex SchemaChange();
}
