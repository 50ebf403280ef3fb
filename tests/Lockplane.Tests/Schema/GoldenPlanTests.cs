using System.Text;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql.Errors;
using Lockplane.Tests.House;

namespace Lockplane.Tests.Schema;

/// <summary>The recorded fixtures, without a server.</summary>
public sealed class GoldenPlanTests
{
    public static TheoryData<string> Cases =>
        new(Repository.Files("plan.json", "tests/fixtures").Select(file => Path.GetDirectoryName(file)!).Order(StringComparer.Ordinal));

    [Theory, MemberData(nameof(Cases))]
    public void A_plan_is_a_pure_function_of_its_inputs(string fixture)
    {
        Catalog from = Manifest.Read(Bytes(fixture, "from.json"));
        Catalog to = Manifest.Read(Bytes(fixture, "to.json"));
        string recorded = Repository.Read(fixture + "/plan.json").TrimEnd();

        Assert.Equal(recorded, Text(Planner.Plan(from, to, PlanOptions.Default)));
        Assert.Equal(recorded, Text(Planner.Plan(Shuffled(from, seed: 1), Shuffled(to, seed: 2), PlanOptions.Default)));
    }

    [Theory, MemberData(nameof(Cases))]
    public void A_manifest_and_its_tree_hold_the_whole_catalog(string fixture)
    {
        byte[] bytes = Bytes(fixture, "to.json");
        Catalog catalog = Manifest.Read(bytes);
        ManifestTree tree = ManifestTree.Of(catalog);
        Dictionary<ManifestHash, ReadOnlyMemory<byte>> store = tree.Nodes.ToDictionary(node => node.Hash, node => node.Body);

        Catalog read = ManifestTree.Read(tree.Root, hash => store.TryGetValue(hash, out ReadOnlyMemory<byte> body) ? body : null);

        Assert.Equal(Encoding.UTF8.GetString(bytes).TrimEnd(), Encoding.UTF8.GetString(Manifest.Write(catalog)));
        Assert.Equal(tree.Root, ManifestHash.Of(read));
        Assert.True(CatalogComparison.Of(catalog, read).IsEmpty);
    }

    [Theory, MemberData(nameof(Cases))]
    public void A_plan_that_was_read_is_the_plan_that_was_written(string fixture)
    {
        byte[] bytes = Bytes(fixture, "plan.json");
        string text = Encoding.UTF8.GetString(bytes);

        Assert.Equal(text.TrimEnd(), Text(PlanJson.Read(bytes)));
        Assert.Throws<FormatException>(() => PlanJson.Read(Encoding.UTF8.GetBytes(text.Replace("{\"desired_hash\"", "{\"another\":1,\"desired_hash\"", StringComparison.Ordinal))));
        Assert.Throws<FormatException>(() => PlanJson.Read(Encoding.UTF8.GetBytes(text.Replace("\"server_major\":18", "\"server_major\":17", StringComparison.Ordinal))));
    }

    [Fact]
    public void A_tree_with_a_changed_node_is_refused()
    {
        ManifestTree tree = ManifestTree.Of(Manifest.Read(Bytes(Cases.First().Data, "from.json")));

        LockplaneException error = Assert.Throws<LockplaneException>(() => ManifestTree.Read(tree.Root, _ => "{}"u8.ToArray()));

        Assert.Equal(ErrorCodes.LedgerBroken, error.Code);
    }

    [Fact]
    public void Catalogs_of_two_majors_are_not_compared()
    {
        Catalog old = new(15, Scope.All, []);
        Catalog current = new(18, Scope.All, []);

        Assert.Equal(ErrorCodes.MajorChanged, Assert.Throws<LockplaneException>(() => Planner.Plan(old, current, PlanOptions.Default)).Code);
        Assert.NotEqual(ManifestHash.Of(old), ManifestHash.Of(current));
    }

    private static Catalog Shuffled(Catalog catalog, int seed)
    {
        Random random = new(seed);
        CatalogObject[] objects = [.. catalog.Objects];
        random.Shuffle(objects);
        UnmodelledObject[] unmodelled = [.. catalog.Unmodelled];
        random.Shuffle(unmodelled);
        return new Catalog(catalog.ServerMajor, catalog.Scope, objects, unmodelled, environment: catalog.Environment);
    }

    private static byte[] Bytes(string fixture, string file) => Encoding.UTF8.GetBytes(Repository.Read(fixture + "/" + file));

    private static string Text(Plan plan) => Encoding.UTF8.GetString(PlanJson.Write(plan));
}
