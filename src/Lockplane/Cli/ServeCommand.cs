using System.CommandLine;
using Lockplane.Hosting;
using Lockplane.Hosting.Configuration;
using Lockplane.Hosting.Operating;

namespace Lockplane.Cli;

/// <summary><c>lockplane serve</c>: gateway and HTTP from a configuration.</summary>
internal static class ServeCommand
{
    public static Command Create(MakeHostParts makeParts)
    {
        Option<string?> config = new("--config") { Description = "The configuration file." };
        Command command = new("serve", "Run gateway and HTTP from a configuration; SIGTERM drains and stops them.") { config };
        command.SetAction(async (parsed, cancellation) =>
        {
            LockplaneConfiguration configuration = ConfigurationLoader.Load(parsed.GetValue(config));
            using ProcessSlot slot = ProcessSlot.Take(Corridor.StateDirectory(configuration));
            HostPlace place = new(Corridor.StateDirectory(configuration), slot.Number, SharesPorts: true);
            await using HostParts parts = await makeParts(configuration, place, text => Console.Error.WriteLine(text + " ..."), cancellation);
            return await LockplaneHost.RunAsync(
                configuration, slot, place, parts,
                () => Console.Error.WriteLine($"Ready: gateway on {configuration.Gateway.Listen}:{parts.Gateway.Port}, HTTP on {configuration.Http.Listen}:{configuration.Http.Port}."),
                cancellation);
        });
        return command;
    }
}
