using System.Text;
using Lockplane.Control.Plans;
using Lockplane.PostgresTests.Clusters;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Dsl;
using Lockplane.Schema.Plans;
using Lockplane.Sql.Errors;
using Npgsql;

namespace Lockplane.PostgresTests.Control;

/// <summary>A plan that was written or changed by hand, with the hash that fits it.</summary>
[Collection(ManagedDatabase.Collection)]
public sealed class RemadePlanTests(TestClusters clusters)
{
    private const string Schema = "CREATE TABLE notes (id bigint PRIMARY KEY, title text NOT NULL, old text)";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("steps[1].hazards")]
    [InlineData("steps[1].locks")]
    [InlineData("steps[1].timeouts.statement_ms")]
    [InlineData("steps[1].reversibility")]
    [InlineData("steps[1].description")]
    [InlineData("rollback.reversibility")]
    [InlineData("rollback.loses")]
    public async Task What_a_plan_file_says_of_its_steps_is_made_again(string member)
    {
        await using ManagedDatabase database = await ManagedDatabase.CreateAsync(await clusters.GetAsync(18), Schema);
        foreach (Plan plan in (Plan[])[await ToFilesAsync(database, "CREATE TABLE notes (id bigint PRIMARY KEY, title text NOT NULL)"), await OfSqlAsync(database, "ALTER TABLE notes DROP COLUMN old")])
        {
            LockplaneException refusal = await Assert.ThrowsAsync<LockplaneException>(() => database.Control.ImportAsync(Forge(plan, member), database.Owner, Cancellation));
            Assert.Equal(ErrorCodes.ShadowDiffers, refusal.Code);
            Assert.Contains($": {member} differs.", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_forged_plan_that_SQL_stored_is_not_applied()
    {
        await using ManagedDatabase database = await ManagedDatabase.CreateAsync(await clusters.GetAsync(18), Schema);
        Plan forged = Forge(await ToFilesAsync(database, "CREATE TABLE notes (id bigint PRIMARY KEY, title text NOT NULL)"), "steps[1].hazards");
        Assert.False(forged.NeedsApproval);
        await StoreAsync(database, forged, null);
        await RefusedAsync(() => database.Control.ApplyAsync(forged.PlanHash.Text, database.Owner, Cancellation));

        // Nor one that says that it undoes an entry.
        await database.Control.ApplyAsync((await database.Control.PlanSqlAsync("CREATE TABLE tags (id int)", null, database.Owner, null, null, Cancellation)).Plan.PlanHash.Text, database.Owner, Cancellation);
        Plan undo = Forge((await database.Control.PlanRollbackAsync(2, database.Owner, null, Cancellation)).Plan, "steps[1].hazards");
        await StoreAsync(database, undo, 2);
        await RefusedAsync(() => database.Control.ApplyAsync(undo.PlanHash.Text, database.Owner, Cancellation));
        await RefusedAsync(() => database.Control.ValidateAsync(undo.PlanHash.Text, Cancellation));
    }

    [Fact]
    public async Task Renames_of_what_is_not_there_are_refused()
    {
        await using ManagedDatabase database = await ManagedDatabase.CreateAsync(await clusters.GetAsync(18), Schema);
        Plan plan = await ToFilesAsync(database, "CREATE TABLE notes (id bigint PRIMARY KEY, title text NOT NULL)");
        foreach (Rename rename in (Rename[])[
            new(new ObjectId("schema", null, "public", Signature: "x"), new ObjectId("schema", null, "public")),
            new(new ObjectId("schema", null, "public"), new ObjectId("schema", null, "public")),
            new(new ObjectId("nonsense", "public", "a"), new ObjectId("nonsense", "public", "b")),
            new(ObjectId.Table("public", "notes"), new ObjectId("table", null, "pages")),
            new(new ObjectId("column", "public", "notes"), new ObjectId("column", "public", "notes", "x")),
            new(ObjectId.Table("public", "notes"), new ObjectId("view", "public", "pages"))])
        {
            await RefusedAsync(() => database.Control.ImportAsync(PlanJson.Named(plan with { Renames = [rename] }), database.Owner, Cancellation));
        }
    }

    [Fact]
    public async Task A_row_that_holds_something_else_is_no_plan()
    {
        await using ManagedDatabase database = await ManagedDatabase.CreateAsync(await clusters.GetAsync(18), Schema);
        Plan plan = await OfSqlAsync(database, "CREATE TABLE tags (id int)");
        foreach (string change in (string[])["assessment = 'garbage'", "assessment = 'null'", "hash = 'sha256:' || repeat('a', 64)", "body = 'x'"])
        {
            await database.ExecuteAsSuperuserAsync($"UPDATE lockplane.plan SET {change}");
            string hash = change.StartsWith("hash", StringComparison.Ordinal) ? "sha256:" + new string('a', 64) : plan.PlanHash.Text;
            Assert.Equal(ErrorCodes.LedgerBroken, (await Assert.ThrowsAsync<LockplaneException>(() => database.Control.GetPlanAsync(hash, Cancellation))).Code);
            await database.ExecuteAsSuperuserAsync("DELETE FROM lockplane.plan");
            plan = await OfSqlAsync(database, "CREATE TABLE tags (id int)");
        }
    }

    [Fact]
    public async Task A_plan_with_renames_and_with_what_no_statement_reaches_is_made_again_alike()
    {
        const string from = "CREATE TABLE notes (id bigint PRIMARY KEY, body text, n int)";
        const string to = "-- lockplane: renamed from notes\nCREATE TABLE pages (n int, id bigint PRIMARY KEY, extra text, body text)";
        await using ManagedDatabase staging = await ManagedDatabase.CreateAsync(await clusters.GetAsync(18), from);
        await using ManagedDatabase production = await ManagedDatabase.CreateAsync(await clusters.GetAsync(18), from, ownerOf: staging);
        Plan plan = await ToFilesAsync(staging, to);
        Assert.NotEmpty(plan.Unreached);
        Assert.NotNull(plan.Renames);

        StoredPlan imported = await production.Control.ImportAsync(plan, production.Owner, Cancellation);
        await production.Control.ApplyAsync(imported.Plan.PlanHash.Text, production.Owner, Cancellation);
        Assert.Equal(plan.ToHash, ManifestHash.Of(await production.Control.InspectAsync(Cancellation)));
    }

    private static Plan Forge(Plan plan, string member)
    {
        PlanStep step = plan.Steps[0];
        Plan forged = member switch
        {
            "steps[1].hazards" => With(step with { Hazards = [] }),
            "steps[1].locks" => With(step with { Locks = [] }),
            "steps[1].timeouts.statement_ms" => With(step with { Timeouts = step.Timeouts with { StatementMs = 0 } }),
            "steps[1].reversibility" => With(step with { Reversibility = Reversibility.Exact }),
            "steps[1].description" => With(step with { Description = "create a table" }),
            "rollback.reversibility" => plan with { Rollback = plan.Rollback with { Reversibility = Reversibility.Exact } },
            _ => plan with { Rollback = plan.Rollback with { Loses = [] } },
        };
        return PlanJson.Named(forged);

        Plan With(PlanStep changed) => plan with { Steps = plan.Steps.SetItem(0, changed) };
    }

    private static async Task<Plan> ToFilesAsync(ManagedDatabase database, string schema) =>
        (await database.Control.PlanSchemaAsync([new SchemaFile("schema.sql", schema)], database.Owner, null, Cancellation)).Plan;

    private static async Task<Plan> OfSqlAsync(ManagedDatabase database, string sql) =>
        (await database.Control.PlanSqlAsync(sql, null, database.Owner, null, null, Cancellation)).Plan;

    // With the apply role's own rights.
    private static async Task StoreAsync(ManagedDatabase database, Plan plan, long? rollbackOf)
    {
        await using NpgsqlConnection connection = await database.ConnectAsync();
        await using NpgsqlCommand command = new("SELECT lockplane.put_plan($1, $2, $3, 'elsewhere', 'person:owner', 'cli', (SELECT assessment FROM lockplane.find_plans('sha256:') LIMIT 1), $4::bigint)", connection);
        foreach (object value in (object[])[plan.PlanHash.Text, Encoding.UTF8.GetString(PlanJson.Write(plan)), plan.FromHash.Text, (object?)rollbackOf ?? DBNull.Value])
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        await command.ExecuteNonQueryAsync(Cancellation);
    }

    private static async Task RefusedAsync(Func<Task> act)
    {
        LockplaneException refusal = await Assert.ThrowsAsync<LockplaneException>(act);
        Assert.Equal(ErrorCodes.ShadowDiffers, refusal.Code);
        Assert.Contains("make the plan again", refusal.Hint, StringComparison.Ordinal);
    }
}
