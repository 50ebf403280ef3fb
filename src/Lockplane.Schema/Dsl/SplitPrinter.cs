using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Kinds;
using Lockplane.Schema.Plans;

namespace Lockplane.Schema.Dsl;

/// <summary>Writes a catalog as a folder of schema files, one for each object: what hangs on a table (constraints, indexes, triggers, policies) is in its file, functions of one name share one.</summary>
/// <remarks>
/// Paths are <c>schema/kind/name.lp.sql</c>, of what is in no schema <c>kind/name.lp.sql</c>, and differ by more than case: of a name, all but lower-case letters, digits, <c>_</c> and
/// <c>-</c> is written as <c>%</c> and two hexadecimal digits for each byte. What is too long for a file's name ends with <c>%00</c> and the beginning of its SHA-256.
/// </remarks>
public static class SplitPrinter
{
    /// <summary>The file that says what is true of all: it is there in every such folder.</summary>
    public const string HeadFile = "lockplane.lp.sql";

    /// <summary>The first line of every file.</summary>
    public const string Mark = "-- Written by `lockplane inspect --split`; the next one writes it anew.";

    private static readonly string[] Devices = ["con", "prn", "aux", "nul", .. Enumerable.Range(0, 10).SelectMany(n => new[] { "com" + n, "lpt" + n })];

    /// <summary>The files: their paths with slashes, and their texts.</summary>
    public static ImmutableSortedDictionary<string, string> Files(Catalog catalog)
    {
        SortedDictionary<string, StringBuilder> files = new(StringComparer.Ordinal) { [HeadFile] = new StringBuilder(Mark).Append('\n').Append(CatalogPrinter.Head) };
        foreach (StepDraft draft in CatalogPrinter.Drafts(catalog))
        {
            string path = draft.Subject is null ? HeadFile : PathOf(catalog, draft.Subject);
            if (!files.TryGetValue(path, out StringBuilder? text))
            {
                files[path] = text = new StringBuilder(Mark).Append('\n');
            }

            text.Append('\n').Append(draft.Sql).Append(";\n");
        }

        files[HeadFile].Append(CatalogPrinter.Tail(catalog));
        return files.ToImmutableSortedDictionary(file => file.Key, file => file.Value.ToString(), StringComparer.Ordinal);
    }

    private static string PathOf(Catalog catalog, ObjectId id)
    {
        ObjectId owner = id;
        if (id.Part is not null)
        {
            owner = catalog.FindRelation(id)?.Id ?? (catalog.Contains(new ObjectId("domain", id.Schema, id.Name)) ? new ObjectId("domain", id.Schema, id.Name) : id);
        }
        else if (catalog.Find(id)?.Facts is IndexFacts index)
        {
            owner = catalog.FindRelation(new ObjectId("column", id.Schema, index.Table))?.Id ?? id;
        }

        string file = $"{owner.Kind.Replace(' ', '-')}/{SafeName(owner.Name)}.lp.sql";
        return owner.Schema is null ? file : $"{SafeName(owner.Schema)}/{file}";
    }

    // Most file systems take 255 bytes; the four names of a cast can be longer.
    private const int LongestName = 200;

    private static string SafeName(string name)
    {
        StringBuilder safe = new();
        foreach (byte b in Encoding.UTF8.GetBytes(name))
        {
            _ = (char)b is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '_' or '-' ? safe.Append((char)b)
                : safe.Append(CultureInfo.InvariantCulture, $"%{b:x2}");
        }

        if (safe.Length > LongestName)
        {
            string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..16];
            return $"{safe.ToString(0, LongestName - 19)}%00{hash}";
        }

        // Names of devices are no file names on Windows.
        return Devices.Contains(safe.ToString()) ? $"%{(int)safe[0]:x2}" + safe.ToString(1, safe.Length - 1) : safe.ToString();
    }
}
