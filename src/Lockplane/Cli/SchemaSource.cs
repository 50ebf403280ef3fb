using System.Globalization;
using System.IO.Enumeration;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Lockplane.Control.Plans;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Dsl;

namespace Lockplane.Cli;

/// <summary>A schema on disk: a file of definitions, a folder of them, or a manifest.</summary>
/// <param name="Files">The definitions, in order; empty for a manifest.</param>
/// <param name="Manifest">The manifest's catalog.</param>
internal sealed record SchemaSource(IReadOnlyList<SchemaFile> Files, Catalog? Manifest)
{
    /// <summary>As the control plane takes it.</summary>
    public GivenSchema Given => new(Manifest, Files);

    private const long LongestFile = 64L << 20;

    // What cannot be read is refused: a name with U+FFFD in it is not what the author wrote.
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads what a path names. Of a folder all files that end in .sql, below it too, in the order of their names; links to folders are not followed.</summary>
    /// <exception cref="UsageException">There is no such path, or it holds neither.</exception>
    public static async Task<SchemaSource> ReadAsync(string path, CancellationToken cancellation)
    {
        if (Directory.Exists(path))
        {
            string[] names = [.. FilesIn(path).Order(StringComparer.Ordinal)];
            if (names.Length == 0)
            {
                throw new UsageException($"The folder {path} holds no file that ends in .sql.", "Give a file, a folder of .sql files, or a manifest.");
            }

            List<SchemaFile> files = [];
            foreach (string name in names)
            {
                files.Add(new SchemaFile(name.Replace('\\', '/'), await ReadTextAsync(name, cancellation)));
            }

            return new SchemaSource(files, null);
        }

        string text = await ReadTextAsync(path, cancellation);
        return IsJson(text) ? new SchemaSource([], ReadManifest(path, text)) : new SchemaSource([new SchemaFile(path, text)], null);
    }

    /// <summary>The text of a file, or of standard input for <c>-</c>.</summary>
    public static async Task<string> ReadTextAsync(string path, Terminal terminal, CancellationToken cancellation) =>
        path == "-" ? await terminal.ReadInputAsync(cancellation) : await ReadTextAsync(path, cancellation);

    /// <summary>The statements of a text: itself, or the <c>steps[].sql</c> of a JSON document that has them, with their <c>rows</c>.</summary>
    public static string StatementsOf(string path, string text)
    {
        if (!IsJson(text))
        {
            return text;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            // The semicolon on a line of its own: a step may end in a comment.
            return string.Join("\n;\n", document.RootElement.GetProperty("steps").EnumerateArray().Select(step => RowsOf(step) + step.GetProperty("sql").GetString()));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new UsageException($"{path} is JSON, but has no steps with sql, or rows that are no {{\"min\": 1, \"max\": 100}}.", "Give SQL, or a document {\"steps\": [{\"description\": ..., \"sql\": ...}]}.");
        }
    }

    // What a data change says of its rows, as the directive that stands for it in a text.
    private static string RowsOf(JsonElement step) => step.TryGetProperty("rows", out JsonElement rows) && rows.ValueKind != JsonValueKind.Null
        ? string.Create(CultureInfo.InvariantCulture, $"-- lockplane: rows {(rows.TryGetProperty("min", out JsonElement min) ? min.GetInt64() : 0)}..{rows.GetProperty("max").GetInt64()}\n")
        : "";

    private static bool IsJson(string text) => text.AsSpan().TrimStart().StartsWith("{");

    private static Catalog ReadManifest(string path, string text)
    {
        try
        {
            return Schema.Catalogs.Manifest.Read(Encoding.UTF8.GetBytes(text));
        }
        catch (FormatException e)
        {
            throw new UsageException($"{path}: {e.Message}", "A manifest is what `lockplane inspect --json` prints.");
        }
    }

    private static async Task<string> ReadTextAsync(string path, CancellationToken cancellation)
    {
        if (!File.Exists(path))
        {
            throw new UsageException($"There is no file {path}.", "Check the path.");
        }

        using MemoryStream bytes = new();
        await using (FileStream file = File.OpenRead(path))
        {
            // What is no plain file does not tell its length.
            byte[] block = new byte[1 << 16];
            for (int read; (read = await file.ReadAsync(block, cancellation)) > 0;)
            {
                bytes.Write(block, 0, read);
                if (bytes.Length > LongestFile)
                {
                    throw new UsageException($"{path} is longer than {LongestFile >> 20} MiB.", "Give a smaller file.");
                }
            }
        }

        try
        {
            bytes.Position = 0;
            using StreamReader text = new(bytes, Strict, detectEncodingFromByteOrderMarks: true, leaveOpen: true);
            return await text.ReadToEndAsync(cancellation);
        }
        catch (DecoderFallbackException)
        {
            _ = Utf8.ToUtf16(bytes.ToArray(), new char[bytes.Length], out int valid, out _, replaceInvalidSequences: false);
            string before = Encoding.UTF8.GetString(bytes.ToArray().AsSpan(0, valid));
            throw new UsageException(
                $"{path}:{before.Count(c => c == '\n') + 1}:{before.Length - before.LastIndexOf('\n')}: the file is not UTF-8.", "Convert it, for example with iconv -t UTF-8.");
        }
    }

    // A link to a folder can lead back, or to what is read already.
    private static FileSystemEnumerable<string> FilesIn(string folder) => new(
        folder,
        static (ref FileSystemEntry entry) => entry.ToSpecifiedFullPath(),
        new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = false, AttributesToSkip = 0 })
    {
        ShouldIncludePredicate = static (ref FileSystemEntry entry) => !entry.IsDirectory && entry.FileName.EndsWith(".sql", StringComparison.Ordinal),
        ShouldRecursePredicate = static (ref FileSystemEntry entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
    };
}
