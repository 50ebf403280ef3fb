using System.Collections.Immutable;

namespace Lockplane.Control.Walls;

/// <summary>What the second wall is to be: <c>[walls]</c> and the command line.</summary>
public sealed record WallOptions
{
    /// <summary>Stands for the server's Unix socket in <see cref="Gateways"/>.</summary>
    public const string Local = "local";

    /// <summary>The application's roles, which the walls are for.</summary>
    public required ImmutableArray<string> Roles { get; init; }

    /// <summary>What the settings of the context begin with.</summary>
    public required string ContextPrefix { get; init; }

    /// <summary><c>walls.set_config = "keep"</c>: the roles' drivers call it.</summary>
    public bool KeepSetConfig { get; init; }

    /// <summary><c>walls.ddl_roles</c>: login roles that may change the schema past the corridor, beside the one that applies.</summary>
    public ImmutableArray<string> DdlRoles { get; init; } = [];

    /// <summary><c>walls.gateways</c>: the networks that the gateway comes from, or <see cref="Local"/>; empty when nobody said.</summary>
    public ImmutableArray<string> Gateways { get; init; } = [];

    /// <summary><c>walls.strict</c>: null where it is off.</summary>
    public StrictMode? Strict { get; init; }
}
