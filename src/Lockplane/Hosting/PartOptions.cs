using Lockplane.Control;
using Lockplane.Gateway;
using Lockplane.Gateway.Servers;
using Lockplane.Gateway.Statements;
using Lockplane.Hosting.Configuration;
using Lockplane.Schema.Catalogs;
using Lockplane.Sql.Errors;

namespace Lockplane.Hosting;

/// <summary>The configuration in the parts' own terms.</summary>
internal static class PartOptions
{
    /// <summary>What the control plane is told.</summary>
    public static ControlOptions ToControlOptions(this LockplaneConfiguration configuration) => new()
    {
        Scope = new Scope(configuration.Scope.Schemas.ToFactList(), configuration.Scope.Ignore.ToFactList()),
        Approval = configuration.Approval.Mode == "owner" ? ApprovalMode.Owner : ApprovalMode.FourEyes,
        ApprovalMinutes = (int)configuration.Approval.Expires.TotalMinutes,
        LockAttempts = configuration.Apply.LockAttempts,
        LockMs = (int)configuration.Apply.Lock.TotalMilliseconds,
        LockMsMax = (int)configuration.Apply.LongestLock.TotalMilliseconds,
    };

    /// <summary>What the gateway is told.</summary>
    /// <exception cref="LockplaneException">LP001: no server, or more than one, which has no meaning yet; or what the gateway itself refuses.</exception>
    public static GatewayOptions ToGatewayOptions(this LockplaneConfiguration configuration)
    {
        if (configuration.Servers.Count != 1)
        {
            throw new LockplaneException(ErrorCodes.Configuration, $"There are {configuration.Servers.Count} tables [server.NAME]; expected one.");
        }

        ServerOptions server = configuration.Servers.Values.First().Options;
        GatewayOptions options = new()
        {
            Listen = configuration.Gateway.Listen,
            Port = configuration.Gateway.Port,
            MaxSessions = configuration.Gateway.MaxSessions,
            MaxStatementBytes = configuration.Gateway.MaxStatementBytes,
            UnixSocket = configuration.Gateway.UnixSocket,
            Loops = configuration.Gateway.Loops,
            Limits = configuration.Gateway.Limits,
            StartupTimeout = configuration.Gateway.StartupTimeout,
            ProxyNetworks = configuration.Gateway.ProxyNetworks,
            TagApplicationName = configuration.Gateway.TagApplicationName,
            PlanWait = configuration.PlanWait,
            Tls = configuration.Gateway.Tls,
            Server = server,
            Users = configuration.Gateway.AuthFile ?? server.Users,
            Auth = configuration.Auth,
            Identity = configuration.Identity,
            Profiles = configuration.Profiles,
            Signer = WallsOfConfiguration.Signer(configuration),
        };
        options.Validate();
        return options;
    }

    /// <summary>The same for this process among others.</summary>
    public static GatewayOptions ToGatewayOptions(this LockplaneConfiguration configuration, HostPlace place) => configuration.ToGatewayOptions() with { ProcessNumber = place.Process };
}
