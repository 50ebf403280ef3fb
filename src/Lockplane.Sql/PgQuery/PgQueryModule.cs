using Wasmtime;

namespace Lockplane.Sql.PgQuery;

/// <summary>The compiled parser, from which instances are made. Thread-safe.</summary>
internal sealed class PgQueryModule : IDisposable
{
    private readonly Engine _engine;
    private readonly Module _shim;
    private readonly Module _module;

    private PgQueryModule(Engine engine, Module shim, Module module)
    {
        _engine = engine;
        _shim = shim;
        _module = module;
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

        return new(engine, shim, module);
    }

    public PgQueryInstance NewInstance() => new(_engine, _shim, _module);

    public void Dispose()
    {
        _module.Dispose();
        _shim.Dispose();
        _engine.Dispose();
    }
}
