using System.ComponentModel;
using System.Globalization;
using System.IO.Enumeration;
using System.Security.Claims;
using System.Text.Json;
using Lockplane.Cli;
using Lockplane.Schema.Catalogs;
using Microsoft.AspNetCore.Authorization;
using ModelContextProtocol.Server;

namespace Lockplane.Mcp;

/// <summary>The tool <c>inspect_schema</c>.</summary>
internal sealed class InspectSchemaTool(McpCallers callers)
{
    private const int LongestText = 256;
    private const int LongestFilter = 256;
    private const int FullBytes = 24 * 1024;

    [McpServerTool(Name = "inspect_schema", Title = "Inspect the schema", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false, UseStructuredContent = true)]
    [Authorize(Roles = McpScopes.Inspect)]
    [Description("Lists the objects of the database's schema and gives the manifest_hash that plan_change starts from. Begin with detail=names and narrow by pattern; full only for a few objects. " +
        "Not for reading rows: no tool does. Not for the past: use read_ledger.")]
    public async Task<InspectSchemaResult> InspectSchemaAsync(
        ClaimsPrincipal user,
        [Description("Only objects whose name fits: schema.name, * for any characters, as in public.order*. Empty for all.")] string pattern = "",
        [Description("Only these kinds, with commas between, as the answer names them: table, constraint, index, view, function, policy and so on. Empty for all.")] string kinds = "",
        [Description("names, summary (one line each) or full (all facts).")] string detail = "names",
        [Description("next_cursor of the answer before; empty for the first page.")] string cursor = "",
        CancellationToken cancellation = default)
    {
        if (pattern.Length > LongestFilter || kinds.Length > LongestFilter)
        {
            throw new BadArgumentException($"pattern and kinds have at most {LongestFilter} characters.");
        }

        int limit = detail switch
        {
            "names" => 100,
            "summary" => 40,
            "full" => 20,
            _ => throw new BadArgumentException("detail is one of names, summary and full."),
        };
        Catalog catalog = await callers.Of(user).Control.InspectAsync(cancellation);
        ManifestHash hash = ManifestHash.Of(catalog);
        int start = ReadCursor(cursor, hash);
        Dictionary<(string Kind, string Name), JsonElement>? facts = detail == "full" ? ReadFacts(catalog) : null;
        List<SchemaObject> all = [.. List(catalog, detail).Where(item => Fits(item, pattern, kinds))];
        List<SchemaObject> page = [];
        int bytes = 0;
        foreach (SchemaObject? item in all.Skip(start).Take(limit))
        {
            SchemaObject whole = facts is not null && facts.TryGetValue((item.Kind, item.Name), out JsonElement known) ? item with { Facts = known } : item;
            bytes += whole.Facts?.GetRawText().Length ?? 0;
            if (bytes > FullBytes)
            {
                // One object that is too large by itself still has to be passed.
                if (page.Count == 0)
                {
                    page.Add(item with { FactsTooLarge = true });
                }

                break;
            }

            page.Add(whole);
        }

        int end = start + page.Count;
        bool more = end < all.Count;
        return new InspectSchemaResult(
            hash.Text, catalog.ServerMajor, [.. page.Select(Shown)], all.Count, more, more ? string.Create(CultureInfo.InvariantCulture, $"{hash.Short}.{end}") : null);
    }

    private static IEnumerable<SchemaObject> List(Catalog catalog, string detail) =>
    [
        .. catalog.Objects.Select(item => new SchemaObject(item.Id.Kind, CatalogText.NameOf(item.Id), true, detail == "names" ? null : CatalogText.Describe(item.Facts))),
        .. catalog.Unmodelled.Select(item => new SchemaObject(item.Kind, new ObjectId(item.Kind, item.Schema, item.Name).ToString()[(item.Kind.Length + 1)..], false, item.On is null ? null : $"on {item.On}")),
    ];

    private static Dictionary<(string Kind, string Name), JsonElement> ReadFacts(Catalog catalog)
    {
        using JsonDocument manifest = JsonDocument.Parse(Manifest.Write(catalog));
        return catalog.Objects.Zip(manifest.RootElement.GetProperty("objects").EnumerateArray())
            .ToDictionary(pair => (pair.First.Id.Kind, CatalogText.NameOf(pair.First.Id)), pair => pair.Second.GetProperty("facts").Clone());
    }

    private static bool Fits(SchemaObject item, string pattern, string kinds) =>
        (pattern.Length == 0 || FileSystemName.MatchesSimpleExpression(pattern.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("?", "\\?", StringComparison.Ordinal), item.Name, ignoreCase: false))
        && (kinds.Length == 0 || kinds.Split(',', StringSplitOptions.TrimEntries).Contains(item.Kind, StringComparer.Ordinal));

    // Names and expressions are others' text: of bounded length, and without characters that hide or reorder.
    private static SchemaObject Shown(SchemaObject item) =>
        item with { Name = PrintableText.Line(item.Name, LongestText), Summary = item.Summary is null ? null : PrintableText.Line(item.Summary, LongestText) };

    private static int ReadCursor(string cursor, ManifestHash hash)
    {
        if (cursor.Length == 0)
        {
            return 0;
        }

        string[] parts = cursor.Split('.');
        return parts.Length == 2 && parts[0] == hash.Short && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int start)
            ? start
            : throw new BadArgumentException("The cursor is not of this schema: it has changed meanwhile, or the cursor is none.", "Call inspect_schema again without cursor.");
    }
}

/// <summary>What <c>inspect_schema</c> answers.</summary>
/// <param name="ManifestHash">Names the whole schema as it is now.</param>
/// <param name="ServerMajor">Postgres's major version.</param>
/// <param name="Objects">This page.</param>
/// <param name="Total">How many objects fit the filters.</param>
/// <param name="Truncated">There are more.</param>
/// <param name="NextCursor">Gives the next page.</param>
internal sealed record InspectSchemaResult(string ManifestHash, int ServerMajor, IReadOnlyList<SchemaObject> Objects, int Total, bool Truncated, string? NextCursor = null);

/// <summary>One object.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Name">Its name in full, quoted as SQL needs it.</param>
/// <param name="Modelled">Whether plans can change it; what is not modelled is left alone.</param>
/// <param name="Summary">Its facts in one line; of an unmodelled one, what it is on.</param>
/// <param name="Facts">All its facts, with detail=full.</param>
/// <param name="FactsTooLarge">The facts are too many to be sent.</param>
internal sealed record SchemaObject(string Kind, string Name, bool Modelled, string? Summary = null, JsonElement? Facts = null, bool? FactsTooLarge = null);
