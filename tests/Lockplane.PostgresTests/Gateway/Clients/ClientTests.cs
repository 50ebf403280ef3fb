using System.Text.Json;
using Lockplane.Dev;
using Lockplane.PostgresTests.Clusters;
using Lockplane.PostgresTests.EndToEnd;

namespace Lockplane.PostgresTests.Gateway.Clients;

/// <summary>What drivers, mappers and psql send in an application's life passes under profile application, but for what clients.json lists. The scripts are in tests/clients.</summary>
public sealed class ClientTests(TestClusters clusters)
{
    public static TheoryData<string, int> Clients
    {
        get
        {
            TheoryData<string, int> rows = new();
            foreach (Client client in Client.All)
            {
                foreach (int major in TestClusters.Majors.Select(row => row.Data))
                {
                    rows.Add(client.Name, major);
                }
            }

            return rows;
        }
    }

    [Theory, MemberData(nameof(Clients))]
    public async Task The_life_of_an_application_passes_but_for_what_is_listed(string name, int major)
    {
        Assert.SkipUnless(major == 18 || TestClusters.All, "Clients on older majors run with --all.");
        Client client = Client.All.Single(client => client.Name == name);
        await NeedAsync(client);
        await using ClientScene scene = await ClientScene.StartAsync(await clusters.GetAsync(major));
        if (client.Prepare is { } prepare)
        {
            await scene.PrepareAsync(prepare);
        }

        await scene.ReadFactsAsync();

        List<string> cases = [];
        foreach (string[] run in client.Runs)
        {
            ProcessResult result = await scene.ThroughAsync(run);
            Assert.True(result.ExitCode == 0, $"{result.All}\n{Print(scene.Findings)}");
            cases.AddRange(result.Output.Split('\n').Where(line => line.StartsWith("{\"case\"", StringComparison.Ordinal)).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("case").GetString()!));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{name} on {major}: {scene.Statements} different statements\n{Print(scene.Findings)}");
        (string Code, string Subject)[] listed = [.. client.Refused.SelectMany(refused => refused.Subjects.Select(subject => (refused.Code, subject))).Order()];
        (string Code, string Subject)[] seen = [.. scene.Findings.Select(finding => (finding.Code, finding.Subject)).Distinct().Order()];
        Assert.True(listed.SequenceEqual(seen), $"Listed: {string.Join(", ", listed)}\nSeen:\n{Print(scene.Findings)}");
        Assert.Equal(client.Cases.Keys.Order(StringComparer.Ordinal), cases.Distinct().Order(StringComparer.Ordinal));
        Assert.True(scene.Statements >= client.Statements, $"Only {scene.Statements} different statements came to the gate.");
    }

    private static string Print((string Code, string Subject, string Text)[] findings) =>
        string.Join('\n', findings.DistinctBy(finding => (finding.Code, finding.Subject)).Select(finding => $"  {finding.Code} {finding.Subject}: {finding.Text}"));

    private static async Task NeedAsync(Client client)
    {
        if (client.Needs is { } command)
        {
            Assert.SkipUnless((await ChildProcess.RunAsync("sh", ["-c", command], Checkout.Find()!)).ExitCode == 0, $"{client.Title} is not on this machine ({client.Package}).");
        }
    }
}
