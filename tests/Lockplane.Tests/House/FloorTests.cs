using System.Xml.Linq;

namespace Lockplane.Tests.House;

/// <summary>References go down only, and each outside capability has one owner.</summary>
public sealed class FloorTests
{
    private static readonly Dictionary<string, string[]> MayReference = new(StringComparer.Ordinal)
    {
        ["Lockplane.Wire"] = [],
        ["Lockplane.Sql"] = [],
        ["Lockplane.Schema"] = ["Lockplane.Sql"],
        ["Lockplane.Control"] = ["Lockplane.Schema"],
        ["Lockplane.Gateway"] = ["Lockplane.Sql", "Lockplane.Wire"],
        ["Lockplane"] = ["Lockplane.Control", "Lockplane.Gateway"],
    };

    private static readonly Dictionary<string, string> OwnerOfPackage = new(StringComparer.Ordinal)
    {
        ["Wasmtime"] = "Lockplane.Sql",
        ["Npgsql"] = "Lockplane.Control",
        ["NSec.Cryptography"] = "Lockplane.Control",
        ["Microsoft.IdentityModel.JsonWebTokens"] = "Lockplane.Gateway",
        ["ModelContextProtocol.AspNetCore"] = "Lockplane",
        ["OpenTelemetry.Extensions.Hosting"] = "Lockplane",
        ["OpenTelemetry.Exporter.OpenTelemetryProtocol"] = "Lockplane",
        ["OpenTelemetry.Exporter.Prometheus.AspNetCore"] = "Lockplane",
        ["System.CommandLine"] = "Lockplane",
        ["Spectre.Console"] = "Lockplane",
        ["DiffPlex"] = "Lockplane",
        ["Tomlyn"] = "Lockplane",
    };

    public static TheoryData<string> Projects => [.. MayReference.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_stands_below_it(string project)
    {
        IEnumerable<string> references = Items(project, "ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Replace('\\', '/')));
        Assert.Equal(MayReference[project], references.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_package_belongs_to_one_project(string project) =>
        Assert.All(Items(project, "PackageReference"), package => Assert.Equal(project, OwnerOfPackage.GetValueOrDefault(package, $"nobody: name the owner of {package} here")));

    [Fact]
    public void Every_project_under_src_has_its_floor() =>
        Assert.Equal(
            MayReference.Keys.Order(StringComparer.Ordinal),
            Repository.Files("*.csproj", "src").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("Lockplane.Wire")]
    [InlineData("Lockplane.Sql")]
    [InlineData("Lockplane.Schema")]
    public void The_lower_floors_read_no_clock_no_randomness_and_no_log(string project)
    {
        // The nonces and salts of SCRAM are given to Lockplane.Wire by who uses it.
        string[] forbidden = ["DateTime.Now", "DateTime.UtcNow", "DateTimeOffset.", "Random.Shared", "new Random(", "Guid.NewGuid", "ILogger", "Console.", "Stopwatch"];
        Assert.All(Repository.Files("*.cs", $"src/{project}"), file =>
        {
            string text = Repository.Read(file);
            Assert.All(forbidden, word => Assert.False(text.Contains(word, StringComparison.Ordinal), $"{file} uses {word}"));
        });
    }

    private static IEnumerable<string> Items(string project, string kind) =>
        XDocument.Parse(Repository.Read($"src/{project}/{project}.csproj")).Descendants(kind).Select(e => (string)e.Attribute("Include")!);
}
