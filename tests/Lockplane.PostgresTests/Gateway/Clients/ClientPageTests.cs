using System.Globalization;
using System.Text;
using Lockplane.Dev;

namespace Lockplane.PostgresTests.Gateway.Clients;

/// <summary>The page of clients tells what the tests of clients hold.</summary>
public sealed class ClientPageTests
{
    [Fact]
    public void The_page_of_clients_is_what_the_suite_asserts()
    {
        StringBuilder page = new("""
            # Clients

            Generated from `tests/clients/clients.json`. The suite in `tests/Lockplane.PostgresTests/Gateway/Clients` runs the life of an application by each client through the gateway, on Postgres 18 and 15, under profile
            application in mode observe, and demands that the audit tells of what is listed here as refused and of nothing else. The scripts are in `tests/clients`.
            What profiles allow is in `docs/profiles.md`; what walls in the database ask of drivers is in `docs/hardening.md`.


            """);
        foreach (Client client in Client.All)
        {
            page.Append(CultureInfo.InvariantCulture, $"## {client.Title}\n\n| passes | what was run |\n|---|---|\n");
            foreach ((string name, string what) in client.Cases.Where(pair => !pair.Key.EndsWith("by design", StringComparison.Ordinal)))
            {
                page.Append(CultureInfo.InvariantCulture, $"| {name} | {what} |\n");
            }

            page.Append("\n| refused by design | code | audited subject | why, and what to do |\n|---|---|---|---|\n");
            foreach (Refused refused in client.Refused)
            {
                page.Append(CultureInfo.InvariantCulture, $"| {refused.What} | {refused.Code} | {string.Join(", ", refused.Subjects.Select(subject => $"`{subject}`"))} | {refused.Instead} |\n");
            }

            page.Append('\n');
            foreach (string configure in client.Configure)
            {
                page.Append(CultureInfo.InvariantCulture, $"- {configure}\n");
            }

            page.Append(client.Configure.Length == 0 ? "" : "\n");
        }

        string file = Path.Combine(Checkout.Find()!, "docs/clients.md");
        string expected = page.ToString().TrimEnd('\n') + "\n";
        if (Environment.GetEnvironmentVariable("LOCKPLANE_RECORD") == "1")
        {
            File.WriteAllText(file, expected);
        }

        Assert.Equal(expected, File.ReadAllText(file));
    }
}
