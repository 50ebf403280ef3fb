using System.Text.Json;
using Lockplane.Dev;

namespace Lockplane.PostgresTests.Gateway.Clients;

/// <summary>A client of the suite as tests/clients/clients.json tells of it: what its scripts do, and what of it the gate must refuse.</summary>
/// <param name="Name">Its folder in tests/clients.</param>
/// <param name="Title">Its name as its makers write it, and the versions that were run.</param>
/// <param name="Needs">A command that tells whether it is on this machine; null where the checkout brings it.</param>
/// <param name="Package">What to install where it is not.</param>
/// <param name="Prepare">A command line that makes its own tables, run at the server as the administrator; null where it has none.</param>
/// <param name="Runs">The command lines that live an application's life, run through the gateway.</param>
/// <param name="Statements">At least so many different texts come to the gate: fewer would mean that the scripts did not do what they say.</param>
/// <param name="Cases">What the scripts do: the name that they print, and what it stands for.</param>
/// <param name="Refused">What the gate refuses by design.</param>
/// <param name="Configure">What a user of the client should know or configure.</param>
internal sealed record Client(
    string Name, string Title, string? Needs, string? Package, string[]? Prepare, string[][] Runs, int Statements, Dictionary<string, string> Cases, Refused[] Refused, string[] Configure)
{
    public const string File = "tests/clients/clients.json";

    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static Client[] All { get; } = JsonSerializer.Deserialize<Client[]>(System.IO.File.ReadAllText(Path.Combine(Checkout.Find()!, File)), Options)!;

    public override string ToString() => Name;
}

/// <summary>One thing that the gate refuses by design.</summary>
/// <param name="Code">The code of the refusal.</param>
/// <param name="Subjects">The node types, functions, settings or relations that the audit names.</param>
/// <param name="What">What the client does.</param>
/// <param name="Instead">Why it is refused, and what to do.</param>
internal sealed record Refused(string Code, string[] Subjects, string What, string Instead);
