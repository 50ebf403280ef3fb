using System.Reflection;
using System.Security.Cryptography;
using Wasmtime;

namespace Lockplane.Sql.PgQuery;

/// <summary>The parser's WebAssembly as it came from npm (libpg-query 18.1.5), and the engine that runs it.</summary>
internal static class PgQueryBinary
{
    /// <summary>Of the .wasm; also checked by the build. Names of imports and exports are minified anew with each release, so another binary could not be called.</summary>
    public const string Sha256 = "378b64e6182f65c71ad5dbd2c31c81e9dfed7d2f2debfb4b51c0d0de8fa2ae36";

    /// <summary>The most stack that WebAssembly may use on a thread. Wasmtime aborts the process above 2 MiB; 2 MiB hold 11,815 levels of <c>1+1+...</c>.</summary>
    public const int StackBytes = 2 << 20;

    /// <summary>The engine's version, for the name of the cached module: compiled code fits one engine only.</summary>
    public static string EngineVersion { get; } = typeof(Engine).Assembly.GetName().Version?.ToString(3) ?? "0";

    /// <summary>An engine with what the module and its shim need; exceptions need references and garbage-collected types. Its code looks at the epoch in each loop and function, so that a parse can be ended.</summary>
    public static Engine NewEngine(bool interruptible = true) => new(new Config()
        .WithMaximumStackSize(StackBytes).WithExceptions(true).WithReferenceTypes(true).WithFunctionReferences(true).WithGc(true).WithEpochInterruption(interruptible));

    /// <summary>The .wasm, its hash checked.</summary>
    /// <exception cref="InvalidDataException">The resource is not the pinned binary.</exception>
    public static byte[] Read()
    {
        using Stream resource = Assembly.GetExecutingAssembly().GetManifestResourceStream("libpg-query.wasm")
            ?? throw new InvalidDataException("The parser's WebAssembly is not in the assembly.");
        byte[] wasm = new byte[resource.Length];
        resource.ReadExactly(wasm);
        if (Convert.ToHexStringLower(SHA256.HashData(wasm)) != Sha256)
        {
            throw new InvalidDataException("The parser's WebAssembly is not the pinned binary (libpg-query 18.1.5).");
        }

        return wasm;
    }
}
