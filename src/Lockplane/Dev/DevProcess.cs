using System.Globalization;
using Lockplane.Hosting;
using Lockplane.Hosting.Configuration;
using Lockplane.Hosting.Operating;
using Lockplane.Sql.Errors;
using Npgsql;

namespace Lockplane.Dev;

/// <summary><c>lockplane dev</c>: a server with a sample database, gateway and HTTP in one process, from nothing.</summary>
/// <param name="makeParts">Makes what the host runs.</param>
/// <param name="output">Takes progress and the welcome.</param>
internal sealed class DevProcess(MakeHostParts makeParts, TextWriter output)
{
    private const int DefaultPostgresPort = 6434;

    /// <summary>Runs until cancelled, then stops everything in order.</summary>
    /// <param name="stateDirectory">The folder that it keeps everything in.</param>
    /// <param name="serverUrl">A server that runs already; null for the embedded one with the sample database.</param>
    /// <param name="cancellation">Ends it: Ctrl-C or SIGTERM.</param>
    /// <exception cref="LockplaneException">LP001: what stands in the way of the start.</exception>
    public async Task RunAsync(string stateDirectory, string? serverUrl, CancellationToken cancellation)
    {
        using DevState state = DevState.Open(stateDirectory);
        if (serverUrl is not null)
        {
            await RunOnServerAsync(state, serverUrl, cancellation);
            return;
        }

        EmbeddedPostgresOptions options = new(PostgresBinaries.FindDefault(), state.Root, PostgresPort(), state.Secrets.Get("postgres"));
        Say($"Starting Postgres {options.Binaries.Version}");
        await using EmbeddedPostgres server = await EmbeddedPostgres.StartAsync(options, Say, cancellation);
        await SampleDatabase.CreateAsync(server, state.Secrets.Get, Say, cancellation);
        state.Secrets.Get("jwt-key");
        state.Secrets.WriteUserlist(SampleDatabase.ApplicationRoles);
        DevSecrets.Write(state.ConfigurationPath, DevText.SampleConfiguration(state, server, Ports()));
        string administrator = string.Create(CultureInfo.InvariantCulture, $"postgresql://postgres:{server.SuperuserPassword}@127.0.0.1:{server.Port}/{SampleDatabase.Name}");
        await HostAsync(state, administrator, configuration => DevText.Welcome(state, server, configuration), server.Exited, cancellation);
        Say("Stopping Postgres");
    }

    private async Task RunOnServerAsync(DevState state, string url, CancellationToken cancellation)
    {
        NpgsqlConnectionStringBuilder server = Control.Connections.PostgresUrl.Parse(url);
        state.Secrets.WriteUserlist([]);
        DevSecrets.Write(state.ConfigurationPath, DevText.ServerConfiguration(state, url, server.Host!, server.Port, Ports()));
        await HostAsync(state, null, configuration => DevText.ServerWelcome(state, url, configuration), Task.Delay(Timeout.Infinite, cancellation), cancellation);
    }

    private async Task HostAsync(DevState state, string? administrator, Func<LockplaneConfiguration, string> welcome, Task serverExited, CancellationToken cancellation)
    {
        LockplaneConfiguration configuration = ConfigurationLoader.Load(state.ConfigurationPath);
        using ProcessSlot slot = ProcessSlot.Take(state.Root);
        HostPlace place = new(state.Root, slot.Number, SharesPorts: false);
        await using HostParts parts = await makeParts(configuration, place, Say, cancellation);
        if (administrator is not null)
        {
            await parts.Adopt(administrator, cancellation);
        }

        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task host = LockplaneHost.RunAsync(
            configuration, slot, place, parts,
            () =>
            {
                string text = welcome(configuration);
                output.WriteLine(text);
                output.Flush();
                state.WriteWelcome(text);
            },
            stop.Token);
        await Task.WhenAny(host, serverExited);
        bool died = serverExited.IsCompleted && !cancellation.IsCancellationRequested && !host.IsCompleted;
        await stop.CancelAsync();
        await host;
        if (died)
        {
            throw new LockplaneException(ErrorCodes.Configuration, "Postgres ended by itself.", null, $"Its log is {state.Root}/postgres/postgres.log.");
        }
    }

    /// <summary>Ports that the environment sets, so that the file says what is so.</summary>
    private static LockplaneConfiguration Ports()
    {
        string[] names = ["LOCKPLANE__GATEWAY__PORT", "LOCKPLANE__HTTP__PORT"];
        return ConfigurationLoader.Read(null, null, names
            .Select(name => KeyValuePair.Create(name, Environment.GetEnvironmentVariable(name) ?? "")).Where(variable => variable.Value.Length > 0));
    }

    private static int PostgresPort()
    {
        string? text = Environment.GetEnvironmentVariable(EmbeddedPostgres.PortVariable);
        return string.IsNullOrEmpty(text) ? DefaultPostgresPort
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and <= 65_535 ? port
            : throw new LockplaneException(ErrorCodes.Configuration, $"{EmbeddedPostgres.PortVariable} is \"{text}\"; expected a port from 1 to 65535.");
    }

    private void Say(string text) => output.WriteLine(text + " ...");
}
