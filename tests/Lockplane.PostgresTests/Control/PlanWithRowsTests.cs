using Lockplane.Control.Plans;
using Lockplane.PostgresTests.Clusters;
using Lockplane.Schema.Dsl;
using Lockplane.Schema.Plans;
using Lockplane.Sql.Errors;

namespace Lockplane.PostgresTests.Control;

/// <summary>What plans do to rows that are there.</summary>
[Collection(ManagedDatabase.Collection)]
public sealed class PlanWithRowsTests(TestClusters clusters)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task Attributes_of_another_order_keep_their_values(int major)
    {
        await using ManagedDatabase database = await CreateAsync(
            major, "CREATE TYPE size AS (w int, h int)", "CREATE TYPE pack AS (a int, b int, s size)", "CREATE DOMAIN crate AS pack", "CREATE TABLE boxes (id int PRIMARY KEY, box pack, crate crate, many size)",
            """INSERT INTO boxes VALUES (1, '(1,2,"(3,4)")', '(5,6,)', '(7,8)'), (2, NULL, NULL, NULL), (3, '(,,)', NULL, '(,9)')""");
        await database.Control.BaselineAsync(database.SuperuserUrl, database.Owner, Cancellation);
        const string old = "1: (1,2,\"(3,4)\") (5,6,) (7,8); 2: - - -; 3: (,,) - (,9)";
        Assert.Equal(old, await ReadAsync(database));

        long seq = await ApplyAsync(database, await PlanAsync(
            database, "CREATE TYPE size AS (h int, w int); CREATE TYPE pack AS (b int, a int, s size, c text); CREATE DOMAIN crate AS pack; CREATE TABLE boxes (id int PRIMARY KEY, box pack, crate crate, many size)"));
        Assert.Equal("1: (2,1,\"(4,3)\",) (6,5,,) (8,7); 2: - - -; 3: (,,,) - (9,)", await ReadAsync(database));

        await ApplyAsync(database, await database.Control.PlanRollbackAsync(seq, database.Owner, null, Cancellation));
        Assert.Equal(old, await ReadAsync(database));
    }

    [Theory]
    [InlineData("CREATE TABLE boxes (size size[])")]
    [InlineData("CREATE TYPE spans AS RANGE (subtype = size); CREATE TABLE boxes (size spans)")]
    public async Task Attributes_in_arrays_and_ranges_are_not_put_into_another_order(string table)
    {
        await using ManagedDatabase database = await CreateAsync(18, ["CREATE TYPE size AS (w int, h int)", .. table.Split("; ")]);
        await database.Control.BaselineAsync(database.SuperuserUrl, database.Owner, Cancellation);
        LockplaneException refusal = await Assert.ThrowsAsync<LockplaneException>(() => PlanAsync(database, "CREATE TYPE size AS (h int, w int); " + table));
        Assert.Equal(ErrorCodes.Dependency, refusal.Code);
        Assert.StartsWith("column public.boxes.size has values of type public.s", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bits_of_another_length_say_that_values_are_filled_or_cut()
    {
        await using ManagedDatabase database = await CreateAsync(18, "CREATE TABLE flags (id int PRIMARY KEY, f bit(3))", "INSERT INTO flags VALUES (1, '101')");
        await database.Control.BaselineAsync(database.SuperuserUrl, database.Owner, Cancellation);
        StoredPlan plan = await PlanAsync(database, "CREATE TABLE flags (id int PRIMARY KEY, f bit(5))");
        Assert.Contains(new StepHazard("converts_data", "column public.flags.f"), plan.Plan.Steps[0].Hazards);
        await ApplyAsync(database, plan);
        Assert.Equal("10100", await database.ReadAsSuperuserAsync<string>("SELECT f::text FROM flags"));
    }

    [Fact]
    public async Task Locks_and_scans_go_down_to_the_tables_that_inherit()
    {
        await using ManagedDatabase database = await CreateAsync(
            18, "CREATE TABLE upper (id int, n int)", "CREATE TABLE lower () INHERITS (upper)", "CREATE TABLE parts (id int) PARTITION BY RANGE (id)", "CREATE TABLE part PARTITION OF parts FOR VALUES FROM (1) TO (9)",
            "CREATE TABLE rest PARTITION OF parts DEFAULT");
        await database.Control.BaselineAsync(database.SuperuserUrl, database.Owner, Cancellation);
        const string parts = "CREATE TABLE parts (id int) PARTITION BY RANGE (id); CREATE TABLE rest PARTITION OF parts DEFAULT; ";
        StoredPlan plan = await PlanAsync(database, parts + "CREATE TABLE upper (id int NOT NULL, n bigint, CHECK (n > 0)); CREATE TABLE lower () INHERITS (upper); COMMENT ON TABLE upper IS 'x';");

        PlanStep Step(string part) => Assert.Single(plan.Plan.Steps, step => step.Sql.Contains(part, StringComparison.Ordinal));
        Assert.Equal([new StepLock("public.upper", LockModes.AccessExclusive), new StepLock("public.lower", LockModes.AccessExclusive)], Step("TYPE bigint").Locks);
        Assert.Equal(["public.upper", "public.lower"], Step("TYPE bigint").Rewrites);
        Assert.Equal(["public.upper", "public.lower"], Step("NOT NULL id").Scans);
        Assert.Equal(["public.upper", "public.lower"], Step("upper_n_check").Scans);
        Assert.Equal([new StepLock("public.upper", LockModes.ShareUpdateExclusive)], Step("COMMENT").Locks);
        Assert.Equal(["public.part", "public.parts", "public.rest"], Step("DROP TABLE").Locks.Select(l => l.Relation));
    }

    [Fact]
    public async Task A_sequence_whose_limits_leave_out_its_position_says_that_it_can_fail()
    {
        await using ManagedDatabase database = await CreateAsync(18, "CREATE SEQUENCE numbers", "SELECT setval('numbers', 100)");
        await database.Control.BaselineAsync(database.SuperuserUrl, database.Owner, Cancellation);
        StoredPlan plan = await PlanAsync(database, "CREATE SEQUENCE numbers MAXVALUE 50");
        Assert.Contains(new StepHazard("can_fail_on_data", "sequence public.numbers"), plan.Plan.Steps[0].Hazards);
        Assert.Equal(ErrorCodes.StepFailed, (await Assert.ThrowsAsync<LockplaneException>(() => ApplyAsync(database, plan))).Code);

        LockplaneException refusal = await Assert.ThrowsAsync<LockplaneException>(() => PlanAsync(database, "CREATE SEQUENCE numbers MINVALUE 20"));
        Assert.Equal(ErrorCodes.ShadowStepFailed, refusal.Code);
        Assert.Contains("RESTART WITH", refusal.Hint, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task A_domain_that_calls_a_function_is_checked_before_columns_hold_it_in_other_types(int major)
    {
        await using ManagedDatabase database = await CreateAsync(major, "CREATE TABLE notes (id int)");
        await database.Control.BaselineAsync(database.SuperuserUrl, database.Owner, Cancellation);
        const string schema = "CREATE TABLE notes (id int); CREATE FUNCTION f(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 > 0'; CREATE DOMAIN d AS int CHECK (f(VALUE)); CREATE TYPE c AS (d d); CREATE TABLE r (d d); CREATE TABLE held (d d[], c c, plain d); CREATE TABLE twice (c c, plain d); CREATE TABLE rows (r r)";
        await ApplyAsync(database, await PlanAsync(database, schema));
        StoredPlan more = await PlanAsync(database, schema + "; CREATE TABLE more (id int)");
        Assert.Single(more.Plan.Steps);
        await ApplyAsync(database, await database.Control.PlanRollbackAsync(2, database.Owner, null, Cancellation));
        Assert.True((await database.Control.VerifyAsync(Cancellation)).IsClean);
    }

    private static Task<string> ReadAsync(ManagedDatabase database) => database.ReadAsSuperuserAsync<string>(
        "SELECT string_agg(format('%s: %s %s %s', id, coalesce(box::text, '-'), coalesce(crate::text, '-'), coalesce(many::text, '-')), '; ' ORDER BY id) FROM boxes");

    private static Task<StoredPlan> PlanAsync(ManagedDatabase database, string schema) =>
        database.Control.PlanSchemaAsync([new SchemaFile("schema.sql", schema)], database.Owner, null, Cancellation);

    private static async Task<long> ApplyAsync(ManagedDatabase database, StoredPlan plan)
    {
        if (plan.Plan.NeedsApproval)
        {
            await database.Control.ApproveAsync(plan.Plan.PlanHash.Text, database.Owner, Cancellation);
        }

        return (await database.Control.ApplyAsync(plan.Plan.PlanHash.Text, database.Owner, Cancellation)).Seq;
    }

    private async Task<ManagedDatabase> CreateAsync(int major, params string[] statements)
    {
        ManagedDatabase database = await ManagedDatabase.CreateAsync(await clusters.GetAsync(major), "", baseline: false);
        foreach (string statement in statements)
        {
            await database.ExecuteAsync(statement);
        }

        return database;
    }
}
