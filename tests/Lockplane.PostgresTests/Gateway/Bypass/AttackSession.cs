using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Text;
using Lockplane.Gateway.Statements;
using Lockplane.Scripted;

namespace Lockplane.PostgresTests.Gateway.Bypass;

/// <summary>A session of the attacker: sends, keeps every answer, and says which context the session has.</summary>
internal sealed class AttackSession(ScriptedClient client) : IDisposable
{
    private const string Context = """
        SELECT current_user, session_user, current_setting('app.tenant_id', true), current_setting('app.user_id', true), current_setting('client_encoding'), current_setting('role'),
            current_setting('search_path'), current_setting('standard_conforming_strings'), current_setting('row_security'),
            (SELECT string_agg(tenant || ':' || id, ' ' ORDER BY id) FROM public.notes WHERE tenant OPERATOR(pg_catalog.<>) 'acme'),
            (SELECT string_agg(s.name || '=' || s.setting, ' ' ORDER BY s.name) FROM pg_catalog.pg_settings s WHERE s.source OPERATOR(pg_catalog.=) 'session' AND s.name OPERATOR(pg_catalog.<>) 'search_path' AND s.setting OPERATOR(pg_catalog.<>) s.reset_val)
        """;

    // Where it stands in the row of Context.
    private const int SearchPathField = 6;

    private static readonly Profile Application = Profile.Application();

    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(20);

    // What an application's statements are answered with. Anything else was run by a statement that the gate should have held.
    private static readonly FrozenSet<string> Tags = ("SELECT INSERT UPDATE DELETE MERGE COPY BEGIN COMMIT ROLLBACK SET RESET SHOW SAVEPOINT RELEASE FETCH MOVE EXPLAIN PREPARE DEALLOCATE LISTEN UNLISTEN "
        + "NOTIFY DISCARD START DECLARE CLOSE").Split(' ').ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> AllowedSettings = NameLists.Read("settings.txt").Union(NameLists.Read("settings-write.txt")).ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private readonly List<ScriptedMessage> _answers = [];

    public ScriptedClient Client => client;

    /// <summary>Every message of the server since the login.</summary>
    public IReadOnlyList<ScriptedMessage> Answers => _answers;

    /// <summary>Whether the server has ended the session.</summary>
    public bool Ended { get; private set; }

    public bool AnyError => _answers.Any(static answer => answer.Type == 'E');

    private char Status => _answers.FindLast(static answer => answer.Type == 'Z')?.Body[0] ?? 'I';

    /// <summary>Sends what was added and reads up to the ReadyForQuery of it, ending a COPY that the server waits for.</summary>
    /// <param name="sync">Whether the server, after an error or a COPY, needs a Sync to be ready.</param>
    public async Task AskAsync(bool sync)
    {
        using CancellationTokenSource hang = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        hang.CancelAfter(Hang);
        await client.Stream.FlushAsync(hang.Token);
        while (await client.Stream.ReadAsync(hang.Token) is { } answer)
        {
            _answers.Add(answer);
            if (answer.Type == 'Z')
            {
                return;
            }

            if (answer.Type == 'G')
            {
                // The Sync that was sent with the COPY was ignored.
                client.Frame('c', "");
                await (sync ? client.Sync() : client).Stream.FlushAsync(hang.Token);
            }
        }

        Ended = true;
    }

    /// <summary>Sends what was added and reads until the server has nothing more to say, whatever state the protocol is in.</summary>
    public async Task AskUntilQuietAsync()
    {
        try
        {
            await client.Stream.FlushAsync(TestContext.Current.CancellationToken);
            while (true)
            {
                using CancellationTokenSource quiet = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
                quiet.CancelAfter(150);
                if (await client.Stream.ReadAsync(quiet.Token) is not { } answer)
                {
                    Ended = true;
                    return;
                }

                _answers.Add(answer);
            }
        }
        catch (System.Net.Sockets.SocketException)
        {
            Ended = true;
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>Out of whatever state a wire script left: everything before is answered when this is, however slow the server is.</summary>
    public async Task SettleAsync()
    {
        client.Frame('f', "\0").Sync().Query("SELECT 'settled'");
        for (int first = _answers.Count; !Ended; first = _answers.Count)
        {
            try
            {
                await AskAsync(sync: false);
            }
            catch (Exception e) when (e is System.Net.Sockets.SocketException)
            {
                Ended = true;
            }

            // In a failed transaction the answer is an error.
            if (_answers.Skip(first).Any(static answer => answer is { Type: 'D' } or { Type: 'E' } && (answer.Body.Contains("settled", StringComparison.Ordinal) || answer.Body.Contains("C25P02", StringComparison.Ordinal))))
            {
                return;
            }
        }
    }

    /// <summary>The context, in the transaction that the session is in and after it; settings that an application may change are left out.</summary>
    public async Task<List<string>> ContextsAsync()
    {
        List<string> contexts = [];
        if (Status == 'T' && await ContextAsync() is { } within)
        {
            contexts.Add(within);
        }

        if (Status != 'I' && !Ended)
        {
            client.Query("ROLLBACK");
            await AskAsync(sync: false);
        }

        if (await ContextAsync() is { } after)
        {
            contexts.Add(after);
        }

        return contexts;
    }

    /// <summary>What the answers themselves give away.</summary>
    public IEnumerable<string> Leaks(bool mayReadAll)
    {
        foreach (ScriptedMessage answer in _answers)
        {
            if (!mayReadAll && answer.Body.Contains(HostileScene.Canary, StringComparison.OrdinalIgnoreCase))
            {
                yield return $"the other tenant's value in a message of type {answer.Type}";
            }

            if (answer.Type == 'C' && !Tags.Contains(answer.Body.TrimEnd('\0').Split(' ')[0]))
            {
                yield return "answered with " + answer.Body.TrimEnd('\0');
            }
        }
    }

    public void Dispose() => client.Dispose();

    private async Task<string?> ContextAsync()
    {
        if (Ended)
        {
            return null;
        }

        // An application may have set it to a millisecond.
        client.Query("SET statement_timeout = 0");
        await AskAsync(sync: false);
        int first = _answers.Count;
        if (!Ended)
        {
            client.Query(Context);
            await AskAsync(sync: false);
        }

        if (Ended)
        {
            return null;
        }

        ScriptedMessage? row = _answers.Skip(first).FirstOrDefault(static answer => answer.Type == 'D');
        return row is null ? "unreadable: " + _answers.Skip(first).FirstOrDefault(static answer => answer.Type == 'E')?.Body.Replace('\0', ' ') : Describe(Fields(row.Body));
    }

    private static string Describe(List<string?> fields)
    {
        IEnumerable<string> settings = (fields[^1] ?? "").Split(' ').Where(static setting => !AllowedSettings.Contains(setting.Split('=')[0]));

        // A path within the schemas of the profile is the client's to choose.
        fields[SearchPathField] = Application.AllowsSearchPath(fields[SearchPathField] ?? "-") ? "a path of its schemas" : fields[SearchPathField];
        return string.Join(" | ", fields[..^1]) + " | " + string.Join(' ', settings);
    }

    private static List<string?> Fields(string row)
    {
        byte[] body = Encoding.Latin1.GetBytes(row);
        List<string?> fields = [];
        for (int at = 2; at < body.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(at));
            at += 4;
            fields.Add(length < 0 ? null : Encoding.UTF8.GetString(body, at, length));
            at += Math.Max(length, 0);
        }

        return fields;
    }
}
