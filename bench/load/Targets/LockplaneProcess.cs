using System.Diagnostics;
using System.Globalization;
using Lockplane.Dev;

namespace Lockplane.Bench.Load.Targets;

/// <summary>The real <c>lockplane serve</c> of this checkout: the gate judges and every session has a context.</summary>
/// <param name="Name">Names its folder.</param>
/// <param name="Directory">The run's folder.</param>
internal sealed record LockplaneProcess(string Name, string Directory)
{
    public required int Port { get; init; }

    /// <summary>An address, or the folder of a Unix socket.</summary>
    public required string ServerHost { get; init; }

    public required int ServerPort { get; init; }

    /// <summary>Of the database that the control plane looks after.</summary>
    public required string AdminUrl { get; init; }

    /// <summary>Certificate and key; null without TLS.</summary>
    public (string Certificate, string Key)? TlsFiles { get; init; }

    /// <summary>The userlist.</summary>
    public string Users { get; init; } = RoleLogin.Userlist;

    /// <summary>Whether the gateway logs in at the server with what the client's proof gives away, instead of with the userlist's passwords.</summary>
    public bool PassThrough { get; init; }

    /// <summary>Whether its sessions are not judged, and have no context.</summary>
    public bool Passthrough { get; init; }

    public string Log => Path.Combine(Directory, Name + ".log");

    /// <summary>Writes the configuration and gives the command that runs it.</summary>
    public ProcessStartInfo Command()
    {
        string checkout = Checkout.Find() ?? throw new LoadException("this program does not run from a checkout.");
        string program = Path.Combine(checkout, "artifacts", "bin", "Lockplane", "release", "lockplane.dll");
        if (!File.Exists(program))
        {
            throw new LoadException($"{program} is missing: build it with `dotnet build -c Release`.");
        }

        string users = Path.Combine(Directory, Name + ".users");
        WritePrivate(users, Users);
        string configuration = Path.Combine(Directory, Name + ".toml");
        WritePrivate(configuration, Configuration(Path.Combine(checkout, "artifacts", "load", Name), users));
        string[] words = [.. Child.Kept(Log, [Environment.ProcessPath!, program, "serve", "--config", configuration])];
        return new ProcessStartInfo(words[0], words[1..]) { WorkingDirectory = "/" };
    }

    // The state folder stays between runs, so that the compiled parser does.
    private string Configuration(string state, string users) => string.Create(CultureInfo.InvariantCulture, $"""
        state_dir = "{state}"

        [gateway]
        listen = "127.0.0.1"
        port = {Port}
        max_sessions = 12000
        {(TlsFiles is { } files ? $"tls_cert = \"{files.Certificate}\"\ntls_key = \"{files.Key}\"" : "")}
        {(PassThrough ? $"auth_file = \"file:{users}\"" : "")}

        [server.main]
        host = "{ServerHost}"
        port = {ServerPort}
        database = "{Target.Database}"
        sslmode = "disable"
        {(PassThrough ? "login = \"pass-through\"" : $"login = \"secret\"\nsecret = \"file:{users}\"")}

        [[auth]]
        user = "all"
        method = "scram"

        {(Passthrough ? $"[[profile]]\nname = \"passthrough\"\nuser = \"{RoleLogin.ForQueries.Role}\"" : "[[identity]]\nuser = \"all\"\ntenant_id = \"acme\"\nuser_id = \"acme-admin\"")}

        [databases.bench]
        url = "{AdminUrl}"

        [http]
        listen = "127.0.0.1"
        port = {Port + 1}

        """);

    private static void WritePrivate(string path, string content)
    {
        using FileStream file = new(path, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
        using StreamWriter writer = new(file);
        writer.Write(content);
    }
}
