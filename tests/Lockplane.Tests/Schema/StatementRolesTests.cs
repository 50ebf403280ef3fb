using Lockplane.Schema.Dsl;
using Lockplane.Tests.Sql;

namespace Lockplane.Tests.Schema;

public sealed class StatementRolesTests
{
    [Theory]
    [InlineData("ALTER TABLE t OWNER TO bob", "ALTER TABLE t OWNER TO r_bob")]
    [InlineData("GRANT SELECT ON t TO bob, PUBLIC, \"Al ice\" WITH GRANT OPTION GRANTED BY carol", "GRANT SELECT ON t TO r_bob, PUBLIC, \"r_Al ice\" WITH GRANT OPTION GRANTED BY r_carol")]
    [InlineData("CREATE POLICY bob ON t TO bob, CURRENT_USER USING (a = 'bob')", "CREATE POLICY bob ON t TO r_bob, CURRENT_USER USING (a = 'bob')")]
    [InlineData("ALTER DEFAULT PRIVILEGES FOR ROLE bob IN SCHEMA bob REVOKE ALL ON TABLES FROM GROUP alice", "ALTER DEFAULT PRIVILEGES FOR ROLE r_bob IN SCHEMA bob REVOKE ALL ON TABLES FROM GROUP r_alice")]
    [InlineData("CREATE SCHEMA AUTHORIZATION bob", "CREATE SCHEMA bob AUTHORIZATION r_bob")]
    [InlineData("CREATE SCHEMA s AUTHORIZATION bob", "CREATE SCHEMA s AUTHORIZATION r_bob")]
    [InlineData("CREATE USER MAPPING FOR bob SERVER s", "CREATE USER MAPPING FOR r_bob SERVER s")]
    [InlineData("ALTER ROLE bob IN DATABASE :\"DBNAME\" SET a.b = ':\"DBNAME\"'", "ALTER ROLE r_bob IN DATABASE shop SET a.b = ':\"DBNAME\"'")]
    [InlineData("CREATE MATERIALIZED VIEW v AS SELECT 1 AS data", "CREATE MATERIALIZED VIEW v AS SELECT 1 AS data\nWITH NO DATA")]
    [InlineData("CREATE MATERIALIZED VIEW v AS SELECT 1 AS a WITH DATA", "CREATE MATERIALIZED VIEW v AS SELECT 1 AS a \nWITH NO DATA")]
    [InlineData("CREATE MATERIALIZED VIEW v AS SELECT 1 AS a WITH NO DATA", "CREATE MATERIALIZED VIEW v AS SELECT 1 AS a WITH NO DATA")]
    [InlineData("CREATE TABLE bob (bob int)", "CREATE TABLE bob (bob int)")]
    public void Roles_get_other_names_and_nothing_else_does(string sql, string expected) =>
        Assert.Equal(expected, StatementRoles.Read(TestParser.Shared, sql).Rewrite(sql, role => "r_" + role, "shop"));
}
