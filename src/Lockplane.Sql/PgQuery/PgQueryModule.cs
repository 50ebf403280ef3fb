using Wasmtime;

namespace Lockplane.Sql.PgQuery;

/// <summary>The compiled parser, from which instances are made. Thread-safe.</summary>
internal sealed class PgQueryModule : IDisposable
{
    private readonly Engine engine;
    private readonly Module shim;
    private readonly Module module;

    private PgQueryModule(Engine engine, Module shim, Module module)
    {
        this.engine = engine;
        this.shim = shim;
        this.module = module;
    }

    /// <summary>Takes the module from the cache, or compiles it and keeps it there.</summary>
    public static PgQueryModule Load(PgQueryOptions options)
    {
        var wasm = PgQueryBinary.Read();
        var engine = PgQueryBinary.NewEngine();
        var shim = Module.FromText(engine, "invoke", InvokeShim.ToWat());
        var cache = options.CacheFolder is { } folder ? new CompiledModuleCache(folder, options.Progress) : null;
        var module = cache?.Load(engine);
        if (module is null)
        {
            options.Progress?.Invoke("Compiling the Postgres parser (a few seconds, once)");
            module = Module.FromBytes(engine, "pgquery", wasm);
            cache?.Save(module);
        }
        return new(engine, shim, module);
    }

    public PgQueryInstance NewInstance() => new(engine, shim, module);

    public void Dispose()
    {
        module.Dispose();
        shim.Dispose();
        engine.Dispose();
    }
}
