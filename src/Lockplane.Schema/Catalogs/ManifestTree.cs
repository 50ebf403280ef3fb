using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Lockplane.Sql.Errors;

namespace Lockplane.Schema.Catalogs;

/// <summary>One node of a catalog's tree: stored once under its hash, shared by all catalogs that have it.</summary>
/// <param name="Hash">The hash of <paramref name="Body"/> in the node's domain.</param>
/// <param name="Body">Canonical JSON.</param>
public sealed record ManifestNode(ManifestHash Hash, ReadOnlyMemory<byte> Body);

/// <summary>A catalog as a tree of hashes: objects, schemas, database. The root's hash is the manifest hash.</summary>
/// <remarks>
/// Shape: an object's body is its facts; a schema's is <c>{name, objects[{hash, kind, name, part?, signature?}]}</c>; the root's is
/// <c>{format, objects[], schemas[{hash, name}], scope, server_major, unmodelled[]}</c>, where <c>objects</c> are those in no schema.
/// </remarks>
/// <param name="Root">The manifest hash.</param>
/// <param name="Nodes">All nodes, the root last, each hash once.</param>
public sealed record ManifestTree(ManifestHash Root, ImmutableArray<ManifestNode> Nodes)
{
    /// <summary>The tree of a catalog.</summary>
    public static ManifestTree Of(Catalog catalog)
    {
        Dictionary<ManifestHash, ManifestNode> nodes = [];
        ImmutableArray<ManifestNode>.Builder ordered = ImmutableArray.CreateBuilder<ManifestNode>();
        ManifestHash root = Walk(catalog, bodies: true, (hash, body) =>
        {
            if (!nodes.ContainsKey(hash))
            {
                ordered.Add(nodes[hash] = new ManifestNode(hash, body.ToArray()));
            }
        });
        return new ManifestTree(root, ordered.ToImmutable());
    }

    /// <summary>The hash of the root alone; keeps no body longer than it takes to hash it.</summary>
    internal static ManifestHash RootOf(Catalog catalog) => Walk(catalog, bodies: false, (_, _) => { });

    // Hands over each node as it is hashed; the body is worth something only until the next. Without bodies, objects whose hash is known are left out.
    private static ManifestHash Walk(Catalog catalog, bool bodies, Action<ManifestHash, ReadOnlySpan<byte>> visit)
    {
        using CanonicalWriter writer = new();

        ManifestHash Add(HashDomain domain, ReadOnlySpan<byte> body)
        {
            ManifestHash hash = CanonicalHash.Of(domain, body);
            visit(hash, body);
            return hash;
        }

        HashedObject Entry(CatalogObject item) => new()
        {
            Hash = (bodies ? null : item.KnownHash) ?? (item.KnownHash = Add(HashDomain.Object, writer.Write(item.Facts.Hashed(), item.Facts.GetType(), FactsJson.Facts))),
            Kind = item.Id.Kind,
            Name = item.Id.Name,
            Part = item.Id.Part,
            Signature = item.Id.Signature,
        };

        List<SchemaEntry> schemas = [];
        foreach (IGrouping<string, CatalogObject> schema in catalog.Objects
            .Where(o => o.Id.Schema is not null).GroupBy(o => o.Id.Schema!, StringComparer.Ordinal).OrderBy(g => g.Key, Utf8Order.Instance))
        {
            SchemaNode node = new() { Name = schema.Key, Objects = [.. schema.Select(Entry)] };
            schemas.Add(new SchemaEntry { Hash = Add(HashDomain.Schema, writer.Write(node, typeof(SchemaNode), FactsJson.Documents)), Name = schema.Key });
        }

        RootNode root = new()
        {
            Format = Manifest.Format,
            ServerMajor = catalog.ServerMajor,
            Scope = catalog.Scope,
            Objects = [.. catalog.Objects.Where(o => o.Id.Schema is null).Select(Entry)],
            Schemas = [.. schemas],
            Unmodelled = catalog.Unmodelled,
        };
        return Add(HashDomain.Manifest, writer.Write(root, typeof(RootNode), FactsJson.Documents));
    }

    /// <summary>The catalog whose root is <paramref name="root"/>; without environment, ignored and unreadable names, which are not hashed.</summary>
    /// <param name="root">The manifest hash.</param>
    /// <param name="find">The body stored under a hash; null when there is none.</param>
    /// <exception cref="LockplaneException">LP505: a body is missing, is not what its hash says, or is no node.</exception>
    public static Catalog Read(ManifestHash root, Func<ManifestHash, ReadOnlyMemory<byte>?> find)
    {
        ReadOnlyMemory<byte> Body(HashDomain domain, ManifestHash hash)
        {
            ReadOnlyMemory<byte> body = find(hash) ?? throw Broken(hash, "is not stored");
            return CanonicalHash.Of(domain, body.Span) == hash ? body : throw Broken(hash, "does not hash to its name");
        }

        T Node<T>(HashDomain domain, ManifestHash hash)
        {
            ReadOnlyMemory<byte> body = Body(domain, hash);
            try
            {
                return JsonSerializer.Deserialize<T>(body.Span, FactsJson.Documents) ?? throw Broken(hash, "is null");
            }
            catch (JsonException error)
            {
                throw Broken(hash, $"is no {domain} node: {error.Message}");
            }
        }

        CatalogObject Item(string? schema, HashedObject entry)
        {
            ReadOnlyMemory<byte> body = Body(HashDomain.Object, entry.Hash);
            try
            {
                return new CatalogObject(entry.Id(schema), FactsJson.Read(entry.Kind, body.Span));
            }
            catch (Exception error) when (error is JsonException or NotSupportedException)
            {
                throw Broken(entry.Hash, $"is no {entry.Kind}: {error.Message}");
            }
        }

        RootNode top = Node<RootNode>(HashDomain.Manifest, root);
        if (top.Format != Manifest.Format)
        {
            throw Broken(root, $"has format {top.Format}; this version reads {Manifest.Format}");
        }

        List<CatalogObject> objects = [.. top.Objects.Select(entry => Item(null, entry))];
        foreach (SchemaEntry schema in top.Schemas)
        {
            objects.AddRange(Node<SchemaNode>(HashDomain.Schema, schema.Hash).Objects.Select(entry => Item(schema.Name, entry)));
        }

        return new Catalog(top.ServerMajor, top.Scope, objects, top.Unmodelled);
    }

    private static LockplaneException Broken(ManifestHash hash, string what) =>
        new(ErrorCodes.LedgerBroken, $"The stored catalog node {hash} {what}.");

    private sealed record RootNode : CatalogHead
    {
        [JsonRequired]
        public ImmutableArray<HashedObject> Objects { get; init; } = [];

        [JsonRequired]
        public ImmutableArray<SchemaEntry> Schemas { get; init; } = [];
    }

    private sealed record SchemaNode
    {
        [JsonRequired]
        public string Name { get; init; } = "";

        [JsonRequired]
        public ImmutableArray<HashedObject> Objects { get; init; } = [];
    }

    private sealed record SchemaEntry
    {
        [JsonRequired]
        public ManifestHash Hash { get; init; } = null!;

        [JsonRequired]
        public string Name { get; init; } = "";
    }

    private sealed record HashedObject : NamedObject
    {
        [JsonRequired]
        public ManifestHash Hash { get; init; } = null!;
    }
}
