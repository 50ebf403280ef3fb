using System.Text;
using Wasmtime;

namespace Lockplane.Sql.PgQuery;

/// <summary>Reads a syntax tree where the parser wrote it: UTF-8 JSON, valid only during the call.</summary>
public delegate T TreeReader<out T>(ReadOnlySpan<byte> json);

/// <summary>One WebAssembly instance of the parser: used by one thread, thrown away after a trap or when its memory grew.</summary>
internal sealed class PgQueryInstance : IDisposable
{
    // WebAssembly memory never shrinks and a hostile text can ask for a gigabyte: 384 MiB hold the tree of about 10 MB of SQL.
    private const long MaxMemoryBytes = 384L << 20;
    private const long PageBytes = 65536;

    private readonly Store _store;
    private readonly ulong _ticks;
    private readonly Linker _linker;
    private readonly Memory _memory;
    private readonly long _initialBytes;
    private readonly Func<int, int> _parse;
    private readonly Func<int, int> _allocate;
    private readonly Action<int> _free;
    private readonly Action<int> _freeResult;
    private readonly Func<int, int> _scan;
    private readonly Action<int> _freeScan;
    private readonly Func<int, int> _parsePlpgsql;
    private Memory? _growing;

    /// <param name="engine">The engine.</param>
    /// <param name="shimModule">The shim.</param>
    /// <param name="module">The parser.</param>
    /// <param name="ticks">After how many ticks of the engine's epoch a call is ended.</param>
    public PgQueryInstance(Engine engine, Module shimModule, Module module, ulong ticks)
    {
        _ticks = ticks;
        _store = new Store(engine);
        _store.SetEpochDeadline(ticks);
        _linker = new Linker(engine);
        Instance shim = _linker.Instantiate(_store, shimModule);
        DefineImports(shim);
        Instance instance = _linker.Instantiate(_store, module);
        FillTable(shim, instance);
        _memory = _growing = instance.GetMemory("z") ?? throw Unfit("memory");
        instance.GetAction("A")?.Invoke();
        _parse = instance.GetFunction<int, int>("F") ?? throw Unfit("parse_query_raw");
        _allocate = instance.GetFunction<int, int>("C") ?? throw Unfit("malloc");
        _free = instance.GetAction<int>("E") ?? throw Unfit("free");
        _freeResult = instance.GetAction<int>("G") ?? throw Unfit("free_parse_result");
        _scan = instance.GetFunction<int, int>("M") ?? throw Unfit("scan");
        _freeScan = instance.GetAction<int>("N") ?? throw Unfit("free_string");
        _parsePlpgsql = instance.GetFunction<int, int>("H") ?? throw Unfit("plpgsql");
        _initialBytes = _memory.GetLength();
    }

    /// <summary>False when the instance must not be used again.</summary>
    public bool Reusable { get; private set; } = true;

    /// <summary>Says that the instance is not to be used again.</summary>
    public void Retire() => Reusable = false;

    /// <summary>Parses a text that <see cref="SqlText.Check"/> lets pass and hands its tree to <paramref name="reader"/>.</summary>
    public ParseOutcome<T> Parse<T>(ReadOnlySpan<byte> utf8, TreeReader<T> reader) => Call(utf8, reader, ReadTree);

    /// <summary>As <see cref="Parse"/>, with the tokens in place of the tree. A text that cannot be lexed gives no JSON: <paramref name="reader"/> gets the parser's words.</summary>
    public ParseOutcome<T> Scan<T>(ReadOnlySpan<byte> utf8, TreeReader<T> reader) => Call(utf8, reader, ReadTokens);

    /// <summary>As <see cref="Parse"/>, for a CREATE FUNCTION or DO in PL/pgSQL. A text that does not parse gives no JSON: <paramref name="reader"/> gets the parser's words.</summary>
    public ParseOutcome<T> ParsePlpgsql<T>(ReadOnlySpan<byte> utf8, TreeReader<T> reader) => Call(utf8, reader, ReadPlpgsql);

    public void Dispose()
    {
        _linker.Dispose();
        _store.Dispose();
    }

    private delegate ParseOutcome<T> ReadResult<T>(ReadOnlySpan<byte> utf8, int text, TreeReader<T> reader);

    private ParseOutcome<T> Call<T>(ReadOnlySpan<byte> utf8, TreeReader<T> reader, ReadResult<T> read)
    {
        try
        {
            _store.SetEpochDeadline(_ticks);
            int text = _allocate(utf8.Length + 1);
            if (text == 0)
            {
                return Discarded<T>(new("54000", "statement needs more memory than the parser may use", 0));
            }

            Span<byte> place = _memory.GetSpan((uint)text, utf8.Length + 1);
            utf8.CopyTo(place);
            place[utf8.Length] = 0;

            ParseOutcome<T> outcome = read(utf8, text, reader);
            _free(text);
            Reusable &= _memory.GetLength() == _initialBytes;
            return outcome;
        }
        catch (TrapException e) when (e.Type == TrapCode.StackOverflow)
        {
            return Discarded<T>(new("54001", "stack depth limit exceeded: the statement is nested too deeply", 0));
        }
        catch (TrapException e) when (e.Type == TrapCode.Interrupt)
        {
            return Discarded<T>(new("57014", "canceling statement: it takes too long to parse", 0));
        }
        catch (WasmtimeException)
        {
            return Discarded<T>(new("54000", "the parser cannot process the statement", 0));
        }
    }

    private ParseOutcome<T> ReadTree<T>(ReadOnlySpan<byte> utf8, int text, TreeReader<T> reader)
    {
        int result = _parse(text);
        int tree = _memory.ReadInt32((uint)result);
        int error = _memory.ReadInt32((uint)result + 8);
        ParseOutcome<T> outcome = error != 0 ? new(default, ReadError(utf8, (uint)error)) : new(reader(CString((uint)tree)), null);
        _freeResult(result);
        return outcome;
    }

    private ParseOutcome<T> ReadTokens<T>(ReadOnlySpan<byte> utf8, int text, TreeReader<T> reader)
    {
        int tokens = _scan(text);
        ParseOutcome<T> outcome = new(reader(CString((uint)tokens)), null);
        _freeScan(tokens);
        return outcome;
    }

    private ParseOutcome<T> ReadPlpgsql<T>(ReadOnlySpan<byte> utf8, int text, TreeReader<T> reader)
    {
        int tree = _parsePlpgsql(text);
        ReadOnlySpan<byte> json = CString((uint)tree);

        // What PL/pgSQL's compiler keeps in static memory is not known to be clean after an error.
        Reusable &= json.StartsWith("{"u8);
        ParseOutcome<T> outcome = new(reader(json), null);
        _freeScan(tree);
        return outcome;
    }

    private SqlSyntaxError ReadError(ReadOnlySpan<byte> utf8, uint error)
    {
        string message = Encoding.UTF8.GetString(CString((uint)_memory.ReadInt32(error)));
        int position = Math.Clamp(_memory.ReadInt32(error + 16), 0, utf8.Length + 1);
        // Bison's own bound on nesting to the right, and an allocation that was refused, are limits and no mistakes in the text.
        string state = message.StartsWith("memory exhausted", StringComparison.Ordinal) ? "54001"
            : message.StartsWith("out of memory", StringComparison.Ordinal) ? "54000"
            : "42601";
        return new(state, message, position);
    }

    private ReadOnlySpan<byte> CString(uint address)
    {
        Span<byte> rest = _memory.GetSpan(address, (int)Math.Min(_memory.GetLength() - address, int.MaxValue));
        int end = rest.IndexOf((byte)0);
        return end < 0 ? throw Unfit("result") : rest[..end];
    }

    private ParseOutcome<T> Discarded<T>(SqlSyntaxError error)
    {
        Reusable = false;
        return new(default, error);
    }

    /// <summary>The imports that are not calls: the parser has no files, no clock and no way out, and may grow to its limit.</summary>
    private void DefineImports(Instance shim)
    {
        foreach ((string import, string signature) in InvokeShim.Signatures)
        {
            _linker.Define("a", import, shim.GetFunction("invoke_" + signature) ?? throw Unfit(signature));
        }

        _linker.Define("a", "p", shim.GetFunction(InvokeShim.ThrowLongjmp) ?? throw Unfit("longjmp"));
        _linker.DefineFunction("a", "c", (int _, int _, int _, int _) => throw Unfit("an assertion"));
        _linker.DefineFunction("a", "m", (int _) => throw Unfit("exit"));
        _linker.DefineFunction("a", "o", (int _, double _) => 0);
        _linker.DefineFunction("a", "q", (int bytes) => Grow((uint)bytes));
        _linker.DefineFunction("a", "r", (int _, int _, int _, int _) => BadFile);
        _linker.DefineFunction("a", "s", (int _, long _, int _, int _) => BadFile);
        _linker.DefineFunction("a", "t", (int _, int _, int _, int _) => BadFile);
        _linker.DefineFunction("a", "u", (int _) => BadFile);
        _linker.DefineFunction("a", "v", (int _) => throw Unfit("proc_exit"));
        _linker.DefineFunction("a", "w", () => { });
        _linker.DefineFunction("a", "x", () => throw Unfit("abort"));
    }

    private const int BadFile = 8;

    private int Grow(uint bytes)
    {
        if (_growing is null || bytes > MaxMemoryBytes)
        {
            return 0;
        }

        long missing = bytes - _growing.GetLength();
        return missing <= 0 || _growing.Grow((missing + PageBytes - 1) / PageBytes) >= 0 ? 1 : 0;
    }

    /// <summary>The shim calls through a table of its own: it is linked first, so the parser's table does not exist yet. The parser's has a fixed size.</summary>
    private static void FillTable(Instance shim, Instance instance)
    {
        Table from = instance.GetTable("D") ?? throw Unfit("table");
        Table to = shim.GetTable(InvokeShim.Table) ?? throw Unfit("table");
        for (uint n = 0; n < from.GetSize(); n++)
        {
            if (from.GetElement(n) is Function { IsNull: false } function)
            {
                to.SetElement(n, function);
            }
        }

        to.SetElement(InvokeShim.StackGet, instance.GetFunction("R") ?? throw Unfit("stack_get"));
        to.SetElement(InvokeShim.StackRestore, instance.GetFunction("Q") ?? throw Unfit("stack_restore"));
        to.SetElement(InvokeShim.SetThrew, instance.GetFunction("P") ?? throw Unfit("setThrew"));
    }

    private static WasmtimeException Unfit(string what) => new($"The parser's WebAssembly ended in or lacks: {what}.");
}
