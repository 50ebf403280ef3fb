using System.Text;
using Lockplane.PostgresTests.Clusters;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;

namespace Lockplane.PostgresTests.Schema;

/// <summary>Every golden fixture against real servers: elaborated, printed, planned, applied and rolled back. LOCKPLANE_FIXTURE is a part of the names of those to run, LOCKPLANE_RECORD=1 writes what they gave.</summary>
public sealed class FixtureTests(TestClusters clusters)
{
    private static readonly string Root = FindRoot();

    public static TheoryData<string, int> Cases
    {
        get
        {
            int place = 0;
            TheoryData<string, int> cases = [];
            foreach (string file in Directory.EnumerateFiles(Root, "from.sql", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                string name = Path.GetRelativePath(Root, Path.GetDirectoryName(file)!);
                if (Environment.GetEnvironmentVariable("LOCKPLANE_FIXTURE") is { } part && !name.Contains(part, StringComparison.Ordinal))
                {
                    continue;
                }

                // Without --all, a sixth of them runs on 18 and a twelfth on an older major; the plans of all are judged without a server. A script can say that it uses what older majors do not have.
                place++;
                if (TestClusters.All || Environment.GetEnvironmentVariable("LOCKPLANE_RECORD") == "1" || place % 6 == 0)
                {
                    cases.Add(name, 18);
                }

                if ((TestClusters.All || place % 12 == 1) && File.ReadLines(file).FirstOrDefault()?.StartsWith("-- from 18 on", StringComparison.Ordinal) != true)
                {
                    foreach (int major in TestClusters.Majors.Select(row => row.Data).Where(m => m != 18))
                    {
                        cases.Add(name, major);
                    }
                }
            }

            return cases;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public async Task A_fixture_is_planned_applied_and_rolled_back(string fixture, int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        await using SchemaDatabase live = await SchemaDatabase.CreateAsync(cluster, Script(fixture, "from.sql"));
        Catalog from = await live.ReadAsync();
        Catalog desired = await SchemaDatabase.ReadScriptAsync(cluster, Script(fixture, "to.sql"));

        Plan plan = Planner.Plan(from, desired, PlanOptions.Default);
        Record(fixture, major, from, desired, plan);
        await AssertRebuildsAsync(cluster, from);
        await AssertRebuildsAsync(cluster, desired);
        await ApplyAsync(live, from, desired, plan);
    }

    private static async Task ApplyAsync(SchemaDatabase live, Catalog from, Catalog desired, Plan plan)
    {
        await live.RunAllAsync(plan.Steps.Select(step => step.Sql));
        Catalog after = await live.ReadAsync();
        if (plan.Unreached.IsEmpty)
        {
            SchemaDatabase.AssertSame(desired.WithUnmodelledOf(from), after, "The steps do not lead to what is wanted.");
        }

        Assert.Equal(plan.ToHash, ManifestHash.Of(after));
        Assert.Empty(Planner.Plan(after, desired, PlanOptions.Default).Steps);

        await live.RunAllAsync(plan.Rollback.Steps.Select(step => step.Sql));
        Catalog back = await live.ReadAsync();
        if (plan.Rollback.Reversibility == Reversibility.Exact)
        {
            SchemaDatabase.AssertSame(from, back, "The rollback does not lead back.");
        }

        Assert.Equal(plan.Rollback.ToHash, ManifestHash.Of(back));
    }

    private static async Task AssertRebuildsAsync(PostgresCluster cluster, Catalog catalog)
    {
        if (!catalog.Requirements.Any())
        {
            (Catalog empty, Catalog built) = await SchemaDatabase.RebuildAsync(cluster, catalog);
            SchemaDatabase.AssertSame(catalog, built.WithUnmodelledFrom(catalog, empty), "The printed catalog builds another one.");
        }
    }

    // The recorded catalogs are of the newest major; the pure tests read them.
    private static void Record(string fixture, int major, Catalog from, Catalog desired, Plan plan)
    {
        if (major != 18)
        {
            return;
        }

        if (Environment.GetEnvironmentVariable("LOCKPLANE_RECORD") == "1")
        {
            Write(fixture, "from.json", Manifest.Write(Recorded(from)));
            Write(fixture, "to.json", Manifest.Write(Recorded(desired)));
            Write(fixture, "plan.json", PlanJson.Write(plan));
        }

        Assert.Equal(Script(fixture, "from.json").TrimEnd(), Encoding.UTF8.GetString(Manifest.Write(Recorded(from))));
        Assert.Equal(Script(fixture, "to.json").TrimEnd(), Encoding.UTF8.GetString(Manifest.Write(Recorded(desired))));
        Assert.Equal(Script(fixture, "plan.json").TrimEnd(), Encoding.UTF8.GetString(PlanJson.Write(plan)));
    }

    // Versions of the server differ between machines and are not hashed. A plan has to know who owns the database.
    private static Catalog Recorded(Catalog catalog) =>
        new(catalog.ServerMajor, catalog.Scope, catalog.Objects, catalog.Unmodelled, environment: catalog.Environment.Where(e => e.Key == "owner"));

    private static void Write(string fixture, string file, byte[] json) => File.WriteAllBytes(Path.Combine(Root, fixture, file), [.. json, (byte)'\n']);

    private static string Script(string fixture, string file) => File.ReadAllText(Path.Combine(Root, fixture, file));

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Lockplane.sln")))
        {
            folder = folder.Parent;
        }

        return Path.Combine(folder!.FullName, "tests", "fixtures");
    }
}
