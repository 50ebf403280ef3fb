using System.Collections.Immutable;

namespace Lockplane.Control.Walls;

/// <summary>All walls. The order is that in which they are built: what a role is comes first, and the guard, which would stop what follows it, last.</summary>
internal static class WallList
{
    public static ImmutableArray<Wall> All { get; } =
    [
        new ServerVersionWall(),
        new AttributesWall(),
        new MembershipWall(),
        new OwnershipWall(),
        new SetConfigWall(),
        new SettingsViewWall(),
        new CreateWall(),
        new TemporaryWall(),
        new RoleSettingsWall(),
        new ForcedRowSecurityWall(),
        new InvokerViewsWall(),
        new DefinerFunctionsWall(),
        new LoginWall(),
        new StrictContextWall(),
        new BackfillNote(),
        new DdlGuardWall(),
    ];
}
