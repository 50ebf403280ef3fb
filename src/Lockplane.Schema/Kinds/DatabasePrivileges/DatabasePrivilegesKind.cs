using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;

namespace Lockplane.Schema.Kinds;

internal sealed class DatabasePrivilegesKind : GrantsKind<DatabasePrivilegesFacts>
{
    public override string Name => "database privileges";

    public override Phase PhaseOf(ObjectFacts facts) => Phase.SetPrivileges;

    protected override string Target(ObjectId id, DatabasePrivilegesFacts facts) => "ON DATABASE " + SettingsSql.Database;
}
