using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Wasmtime;

namespace Lockplane.Sql.PgQuery;

/// <summary>
/// The compiled module in a folder. What is read is run as native code, so a file is taken only when this user or root owns it, nobody else can write to it or to its
/// folder, and the SHA-256 at its head fits. Everything else is a miss: the module is compiled again.
/// </summary>
internal sealed class CompiledModuleCache(string folder, Action<string>? progress)
{
    private const int MaxFileBytes = 64 << 20;

    /// <summary>Where the module for this engine, binary and processor is kept.</summary>
    public string FilePath { get; } = Path.Combine(folder,
        $"pgquery-{PgQueryBinary.EngineVersion}-{PgQueryBinary.Sha256[..12]}-{RuntimeInformation.RuntimeIdentifier}-epochs.cwasm");

    /// <summary>The module; null when there is none, or none that can be trusted.</summary>
    public Module? Load(Engine engine)
    {
        try
        {
            if (!File.Exists(FilePath) || Untrusted(folder) is { } why && Told(why))
            {
                return null;
            }

            using FileStream file = new(FilePath, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (FileOwnership.WhyUntrusted(file.SafeFileHandle, FilePath) is { } reason && Told(reason))
            {
                return null;
            }

            if (file.Length is <= SHA256.HashSizeInBytes or > MaxFileBytes)
            {
                return null;
            }

            byte[] content = new byte[file.Length];
            file.ReadExactly(content);
            Span<byte> code = content.AsSpan(SHA256.HashSizeInBytes);
            if (!SHA256.HashData(code).AsSpan().SequenceEqual(content.AsSpan(0, SHA256.HashSizeInBytes)))
            {
                return null;
            }

            return Module.Deserialize(engine, "pgquery", code);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or WasmtimeException)
        {
            return Told(e.Message) ? null : null;
        }
    }

    /// <summary>Keeps the module, under a temporary name first. A failure is told and otherwise ignored: the next process compiles again.</summary>
    public void Save(Module module)
    {
        try
        {
            MakeFolder();
            if (Untrusted(folder) is { } why && Told(why))
            {
                return;
            }

            byte[] code = module.Serialize();
            string temporary = $"{FilePath}.{Environment.ProcessId}.tmp";
            File.Delete(temporary);
            FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using (FileStream file = new(temporary, options))
            {
                file.Write(SHA256.HashData(code));
                file.Write(code);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, FilePath, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Told(e.Message);
        }
    }

    private static string? Untrusted(string directory) => OperatingSystem.IsWindows() ? null : FileOwnership.WhyUntrusted(directory);

    private void MakeFolder()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private bool Told(string why)
    {
        progress?.Invoke("The parser's compiled module is not used or kept: " + why);
        return true;
    }
}
