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

    private readonly Store store;
    private readonly Linker linker;
    private readonly Memory memory;
    private readonly long initialBytes;
    private readonly Func<int, int> parse;
    private readonly Func<int, int> allocate;
    private readonly Action<int> free;
    private readonly Action<int> freeResult;
    private Memory? growing;

    public PgQueryInstance(Engine engine, Module shimModule, Module module)
    {
        store = new Store(engine);
        linker = new Linker(engine);
        var shim = linker.Instantiate(store, shimModule);
        DefineImports(shim);
        var instance = linker.Instantiate(store, module);
        FillTable(shim, instance);
        memory = growing = instance.GetMemory("z") ?? throw Unfit("memory");
        instance.GetAction("A")?.Invoke();
        parse = instance.GetFunction<int, int>("F") ?? throw Unfit("parse_query_raw");
        allocate = instance.GetFunction<int, int>("C") ?? throw Unfit("malloc");
        free = instance.GetAction<int>("E") ?? throw Unfit("free");
        freeResult = instance.GetAction<int>("G") ?? throw Unfit("free_parse_result");
        initialBytes = memory.GetLength();
    }

    /// <summary>False when the instance must not be used again.</summary>
    public bool Reusable { get; private set; } = true;

    /// <summary>Says that the instance is not to be used again.</summary>
    public void Retire() => Reusable = false;

    /// <summary>Parses a text that <see cref="SqlText.Check"/> lets pass and hands its tree to <paramref name="reader"/>.</summary>
    public ParseOutcome<T> Parse<T>(ReadOnlySpan<byte> utf8, TreeReader<T> reader)
    {
        try
        {
            var text = allocate(utf8.Length + 1);
            if (text == 0)
                return Discarded<T>(new("54000", "statement needs more memory than the parser may use", 0));
            var place = memory.GetSpan((uint)text, utf8.Length + 1);
            utf8.CopyTo(place);
            place[utf8.Length] = 0;

            var result = parse(text);
            var outcome = ReadResult(utf8, result, reader);
            freeResult(result);
            free(text);
            Reusable &= memory.GetLength() == initialBytes;
            return outcome;
        }
        catch (TrapException e) when (e.Type == TrapCode.StackOverflow)
        {
            return Discarded<T>(new("54001", "stack depth limit exceeded: the statement is nested too deeply", 0));
        }
        catch (WasmtimeException)
        {
            return Discarded<T>(new("54000", "the parser cannot process the statement", 0));
        }
    }

    public void Dispose()
    {
        linker.Dispose();
        store.Dispose();
    }

    private ParseOutcome<T> ReadResult<T>(ReadOnlySpan<byte> utf8, int result, TreeReader<T> reader)
    {
        var tree = memory.ReadInt32((uint)result);
        var error = memory.ReadInt32((uint)result + 8);
        return error != 0 ? new(default, ReadError(utf8, (uint)error)) : new(reader(CString((uint)tree)), null);
    }

    private SqlSyntaxError ReadError(ReadOnlySpan<byte> utf8, uint error)
    {
        var message = Encoding.UTF8.GetString(CString((uint)memory.ReadInt32(error)));
        var position = Math.Clamp(memory.ReadInt32(error + 16), 0, utf8.Length + 1);
        // Bison's own bound on nesting to the right, and an allocation that was refused, are limits and no mistakes in the text.
        var state = message.StartsWith("memory exhausted", StringComparison.Ordinal) ? "54001"
            : message.StartsWith("out of memory", StringComparison.Ordinal) ? "54000"
            : "42601";
        return new(state, message, position);
    }

    private ReadOnlySpan<byte> CString(uint address)
    {
        var rest = memory.GetSpan(address, (int)Math.Min(memory.GetLength() - address, int.MaxValue));
        var end = rest.IndexOf((byte)0);
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
        foreach (var (import, signature) in InvokeShim.Signatures)
            linker.Define("a", import, shim.GetFunction("invoke_" + signature) ?? throw Unfit(signature));
        linker.Define("a", "p", shim.GetFunction(InvokeShim.ThrowLongjmp) ?? throw Unfit("longjmp"));
        linker.DefineFunction("a", "c", (int _, int _, int _, int _) => throw Unfit("an assertion"));
        linker.DefineFunction("a", "m", (int _) => throw Unfit("exit"));
        linker.DefineFunction("a", "o", (int _, double _) => 0);
        linker.DefineFunction("a", "q", (int bytes) => Grow((uint)bytes));
        linker.DefineFunction("a", "r", (int _, int _, int _, int _) => BadFile);
        linker.DefineFunction("a", "s", (int _, long _, int _, int _) => BadFile);
        linker.DefineFunction("a", "t", (int _, int _, int _, int _) => BadFile);
        linker.DefineFunction("a", "u", (int _) => BadFile);
        linker.DefineFunction("a", "v", (int _) => throw Unfit("proc_exit"));
        linker.DefineFunction("a", "w", () => { });
        linker.DefineFunction("a", "x", () => throw Unfit("abort"));
    }

    private const int BadFile = 8;

    private int Grow(uint bytes)
    {
        if (growing is null || bytes > MaxMemoryBytes)
            return 0;
        var missing = bytes - growing.GetLength();
        return missing <= 0 || growing.Grow((missing + PageBytes - 1) / PageBytes) >= 0 ? 1 : 0;
    }

    /// <summary>The shim calls through a table of its own: it is linked first, so the parser's table does not exist yet. The parser's has a fixed size.</summary>
    private static void FillTable(Instance shim, Instance instance)
    {
        var from = instance.GetTable("D") ?? throw Unfit("table");
        var to = shim.GetTable(InvokeShim.Table) ?? throw Unfit("table");
        for (uint n = 0; n < from.GetSize(); n++)
        {
            if (from.GetElement(n) is Function { IsNull: false } function)
                to.SetElement(n, function);
        }
        to.SetElement(InvokeShim.StackGet, instance.GetFunction("R") ?? throw Unfit("stack_get"));
        to.SetElement(InvokeShim.StackRestore, instance.GetFunction("Q") ?? throw Unfit("stack_restore"));
        to.SetElement(InvokeShim.SetThrew, instance.GetFunction("P") ?? throw Unfit("setThrew"));
    }

    private static WasmtimeException Unfit(string what) => new($"The parser's WebAssembly ended in or lacks: {what}.");
}
