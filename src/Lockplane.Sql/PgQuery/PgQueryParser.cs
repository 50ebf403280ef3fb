using System.Text;

namespace Lockplane.Sql.PgQuery;

/// <summary>
/// Postgres 18's own parser (libpg_query as WebAssembly). Thread-safe; the module is loaded at the first parse or by <see cref="Load"/>.
/// </summary>
/// <remarks>
/// Parses run on threads of the parser's own, with 16 MiB of stack: WebAssembly uses the host's stack, and a text may use 2 MiB of it before the engine traps. On a
/// thread-pool thread of 1.5 MiB the guard page would come first and end the process. Who parses on one of the threads (<see cref="Post"/>) waits for no other; a repeated text is never parsed (see the gate's cache).
/// Cost: about 10 microseconds for a point select, 100 for 860 bytes, and the hand-over; the module 2 to 3 s once to compile, 0.1 s from the cache.
/// </remarks>
public sealed class PgQueryParser : IDisposable
{
    private const int FreshInstanceBytes = 1 << 20;

    private readonly PgQueryOptions _options;
    private readonly Lazy<PgQueryModule> _module;
    private readonly ParserThreads _threads;

    /// <summary>Makes a parser; nothing is loaded yet.</summary>
    public PgQueryParser(PgQueryOptions options)
    {
        _options = options;
        _module = new(() => PgQueryModule.Load(options));
        _threads = new(options.MaxInstances, () => _module.Value.NewInstance());
    }

    /// <summary>Loads the module now. Errors: <see cref="InvalidDataException"/> when the binary is not the pinned one.</summary>
    public void Load() => Parse("SELECT 1"u8, static _ => 0);

    /// <summary>Parses and keeps a copy of the tree.</summary>
    public ParsedSql Parse(ReadOnlySpan<byte> utf8)
    {
        ParseOutcome<byte[]> outcome = Parse(utf8, static json => json.ToArray());
        return new(outcome.Value, outcome.Error);
    }

    /// <inheritdoc cref="Parse(ReadOnlySpan{byte})"/>
    public ParsedSql Parse(string sql) => Parse(Encoding.UTF8.GetBytes(sql));

    /// <summary>Parses and reads the tree where it lies, on the parser's thread. <paramref name="reader"/> must not parse.</summary>
    public ParseOutcome<T> Parse<T>(ReadOnlySpan<byte> utf8, TreeReader<T> reader)
    {
        if (SqlText.Check(utf8, _options.MaxTextBytes) is { } error)
        {
            return new(default, error);
        }

        return _threads.Run(utf8, reader, fresh: utf8.Length > FreshInstanceBytes);
    }

    /// <summary>Splits a text into tokens and reads them where they lie: <c>{"tokens":[{"start","end","text","tokenType","tokenName", ...}]}</c>, or the lexer's words where it fails.</summary>
    internal ParseOutcome<T> Scan<T>(ReadOnlySpan<byte> utf8, TreeReader<T> reader) =>
        SqlText.Check(utf8, _options.MaxTextBytes) is { } error ? new(default, error) : _threads.Run(utf8, reader, fresh: utf8.Length > FreshInstanceBytes, ParserTask.Scan);

    /// <summary>
    /// Reads the PL/pgSQL of a CREATE FUNCTION or DO where it lies: <c>{"plpgsql_funcs":[...]}</c>, or the parser's words where it fails. It knows no types and no tables, so it refuses
    /// some valid functions, and it leaves out some of what it read: see <see cref="Plpgsql.PlpgsqlReader"/>.
    /// </summary>
    internal ParseOutcome<T> ParsePlpgsql<T>(ReadOnlySpan<byte> utf8, TreeReader<T> reader) =>
        SqlText.Check(utf8, _options.MaxTextBytes) is { } error ? new(default, error) : _threads.Run(utf8, reader, fresh: utf8.Length > FreshInstanceBytes, ParserTask.Plpgsql);

    /// <summary>Does work that parses a text of this length on one of the parser's threads, soon: so its parse waits for no other thread. What it throws ends the process. After <see cref="Dispose"/> nothing is done.</summary>
    public void Post(int textBytes, Action work) => _threads.Post(textBytes, work);

    /// <summary>Ends the threads once what they are parsing is done.</summary>
    public void Dispose()
    {
        _threads.Dispose();
        if (_module.IsValueCreated)
        {
            _module.Value.Dispose();
        }
    }
}
