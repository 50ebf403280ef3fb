using Lockplane.Control;
using Lockplane.Control.Plans;
using Lockplane.PostgresTests.Clusters;
using Lockplane.Schema.Dsl;
using Lockplane.Sql.Errors;

namespace Lockplane.PostgresTests.Control;

/// <summary>Secrets of foreign servers, which are in no plan.</summary>
[Collection(ManagedDatabase.Collection)]
public sealed class SecretTests(TestClusters clusters)
{
    private const string Server = "CREATE TABLE notes (id int); CREATE EXTENSION postgres_fdw; CREATE SERVER erp FOREIGN DATA WRAPPER postgres_fdw;";
    private const string Mapping = "CREATE USER MAPPING FOR PUBLIC SERVER erp OPTIONS (user 'app', password '${secret:ERP_PUBLIC_PASSWORD}');";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task A_user_mapping_gets_its_secret_when_it_is_applied(int major)
    {
        await using ManagedDatabase database = await CreateAsync(major);
        StoredPlan plan = await database.Control.PlanSchemaAsync([new SchemaFile("schema.sql", Server + Mapping)], database.Owner, null, Cancellation);
        await database.Control.ApproveAsync(plan.Plan.PlanHash.Text, database.Owner, Cancellation);

        LockplaneException refusal = await Assert.ThrowsAsync<LockplaneException>(() => Control(database, _ => null).ApplyAsync(plan.Plan.PlanHash.Text, database.Owner, Cancellation));
        Assert.Equal((ErrorCodes.SecretInText, "Set LOCKPLANE_SECRET_ERP_PUBLIC_PASSWORD in the environment of the process that applies."), (refusal.Code, refusal.Hint));

        await Control(database, name => name == "ERP_PUBLIC_PASSWORD" ? "it's" : null).ApplyAsync(plan.Plan.PlanHash.Text, database.Owner, Cancellation);
        Assert.Equal("{password=it's,user=app}", await database.ReadAsSuperuserAsync<string>("SELECT umoptions::text FROM pg_user_mapping"));
        Assert.DoesNotContain("it's", await database.ReadAsSuperuserAsync<string>("SELECT string_agg(e::text, '') FROM lockplane.ledger e"), StringComparison.Ordinal);

        // The way back drops it, and what undoes that asks for the secret again.
        StoredPlan back = await database.Control.PlanRollbackAsync(2, database.Owner, null, Cancellation);
        await database.Control.ApplyAsync(back.Plan.PlanHash.Text, database.Owner, Cancellation);
        Assert.Equal(0L, await database.ReadAsSuperuserAsync<long>("SELECT count(*) FROM pg_user_mapping"));
    }

    [Theory]
    [InlineData("CREATE USER MAPPING FOR PUBLIC SERVER erp OPTIONS (user 'app', password 'x')")]
    [InlineData("ALTER SERVER erp OPTIONS (ADD sslpassword 'x')")]
    [InlineData("CREATE USER MAPPING FOR PUBLIC SERVER erp OPTIONS (user 'app', passwd 'x')")]
    [InlineData("CREATE USER MAPPING FOR PUBLIC SERVER erp OPTIONS (\"API_KEY\" 'x')")]
    [InlineData("CREATE USER MAPPING FOR PUBLIC SERVER erp OPTIONS (token 'a\"b')")]
    [InlineData("CREATE USER MAPPING FOR PUBLIC SERVER erp OPTIONS (user 'app', password '${secret:X}hunter2')")]
    [InlineData("CREATE USER MAPPING FOR PUBLIC SERVER erp OPTIONS (user 'app', password '${secret:lower}')")]
    public async Task A_secret_is_written_into_no_plan(string sql)
    {
        await using ManagedDatabase database = await CreateAsync(18);
        Assert.Equal(ErrorCodes.SecretInText, (await Assert.ThrowsAsync<LockplaneException>(() => PlanAsync(database, sql))).Code);
    }

    [Theory]
    [InlineData("COMMENT ON TABLE notes IS '${secret:ERP_PUBLIC_PASSWORD}'")]
    [InlineData("ALTER SERVER erp OPTIONS (ADD host '${secret:ERP_PUBLIC_PASSWORD}')")]
    [InlineData("CREATE USER MAPPING FOR PUBLIC SERVER erp OPTIONS (user 'app', password E'${secret:ERP_PUBLIC_PASSWORD}')")]
    [InlineData("CREATE USER MAPPING FOR PUBLIC SERVER erp OPTIONS (user '${secret:X} and', password '${secret:ERP_PUBLIC_PASSWORD}')")]
    public async Task A_secret_is_put_nowhere_else(string sql)
    {
        await using ManagedDatabase database = await CreateAsync(18);
        StoredPlan plan = await PlanAsync(database, sql);
        await database.Control.ApproveAsync(plan.Plan.PlanHash.Text, database.Owner, Cancellation);
        LockplaneException refusal = await Assert.ThrowsAsync<LockplaneException>(() => Control(database, _ => "x").ApplyAsync(plan.Plan.PlanHash.Text, database.Owner, Cancellation));
        Assert.Equal(ErrorCodes.SecretInText, refusal.Code);
    }

    private static ControlPlane Control(ManagedDatabase database, Func<string, string?> secrets) => database.WithOptions(new ControlOptions { Approval = ApprovalMode.Owner, FindSecret = secrets });

    private static Task<StoredPlan> PlanAsync(ManagedDatabase database, string sql) => database.Control.PlanSqlAsync(sql, null, database.Owner, null, null, Cancellation);

    private async Task<ManagedDatabase> CreateAsync(int major)
    {
        ManagedDatabase database = await ManagedDatabase.CreateAsync(await clusters.GetAsync(major), "CREATE TABLE notes (id int)", baseline: false, superuserShadows: true);
        await database.ExecuteAsSuperuserAsync("CREATE EXTENSION postgres_fdw");
        await database.ExecuteAsSuperuserAsync($"GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO {database.Target.ApplyRole}");
        await database.ExecuteAsync("CREATE SERVER erp FOREIGN DATA WRAPPER postgres_fdw");
        await database.Control.BaselineAsync(database.SuperuserUrl, database.Owner, Cancellation);
        return database;
    }
}
