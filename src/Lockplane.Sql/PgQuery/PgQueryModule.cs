using Wasmtime;

namespace Lockplane.Sql.PgQuery;

/// <summary>The compiled parser, from which instances are made. Thread-safe.</summary>
internal sealed class PgQueryModule : IDisposable
{
    private const int TicksInParse = 10;

    private readonly Engine _engine;
    private readonly Module _shim;
    private readonly Module _module;
    private readonly ulong _ticks;
    private readonly Timer _clock;

    private PgQueryModule(Engine engine, Module shim, Module module, TimeSpan maxParseTime)
    {
        _engine = engine;
        _shim = shim;
        _module = module;

        // A parse begins between two ticks, so one more than its time has.
        TimeSpan tick = maxParseTime / TicksInParse;
        _ticks = TicksInParse + 1;
        _clock = new(static engine => ((Engine)engine!).IncrementEpoch(), engine, tick, tick);
    }

    /// <summary>Takes the module from the cache, or compiles it and keeps it there.</summary>
    public static PgQueryModule Load(PgQueryOptions options)
    {
        byte[] wasm = PgQueryBinary.Read();
        Engine engine = PgQueryBinary.NewEngine();
        Module shim = Module.FromText(engine, "invoke", InvokeShim.ToWat());
        CompiledModuleCache? cache = options.CacheFolder is { } folder ? new CompiledModuleCache(folder, options.Progress) : null;
        Module? module = cache?.Load(engine);
        if (module is null)
        {
            options.Progress?.Invoke("Compiling the Postgres parser (a few seconds, once)");
            module = Module.FromBytes(engine, "pgquery", wasm);
            cache?.Save(module);
        }

        return new(engine, shim, module, options.MaxParseTime);
    }

    public PgQueryInstance NewInstance() => new(_engine, _shim, _module, _ticks);

    public void Dispose()
    {
        // No tick may come to an engine that is gone.
        using (ManualResetEvent stopped = new(false))
        {
            if (_clock.Dispose(stopped))
            {
                stopped.WaitOne();
            }
        }

        _module.Dispose();
        _shim.Dispose();
        _engine.Dispose();
    }
}
