using Lockplane.Control;
using Lockplane.Control.Ledgers;
using Lockplane.Gateway.Audit;
using Lockplane.PostgresTests.Clusters;
using Lockplane.PostgresTests.Control;
using Lockplane.Scripted;
using Npgsql;

namespace Lockplane.PostgresTests.Gateway.Changes;

/// <summary>Profile migrator: a schema change that stands alone goes through the corridor and is answered as Postgres would.</summary>
[Collection(ManagedDatabase.Collection)]
public sealed class MigratorTests(TestClusters clusters)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task A_change_is_applied_recorded_and_seen_by_its_session(int major)
    {
        await using MigratorScene scene = await StartAsync(major);
        await using NpgsqlConnection connection = await scene.ConnectAsync();
        List<string> notices = [];
        connection.Notice += (_, e) => notices.Add(e.Notice.MessageText);
        Assert.Equal(-1, await MigratorScene.ExecuteAsync(connection, "ALTER TABLE notes ADD COLUMN body text"));
        Assert.Equal(1, await MigratorScene.ExecuteAsync(connection, "INSERT INTO notes (id, title, body) VALUES (1, 'a', 'b')"));
        Assert.Equal(["applied as ledger entry 2"], notices);

        LedgerEntry entry = Assert.Single(await scene.CleanLedgerAsync()).Entry;
        string principal = Principal.Session(scene.Migrator).Name;
        Assert.Equal((EntryKind.Apply, principal, principal, "gateway"), (entry.Kind, entry.Proposer, entry.Applier, entry.Door));
        Assert.Equal("ALTER TABLE notes ADD COLUMN body text", Assert.Single(entry.Steps).Sql);
        AuditEvent audited = Assert.Single(scene.Audit, e => e.Kind == AuditKind.Apply);
        Assert.Equal((scene.Migrator, "migrator", 2L, entry.PlanHash), (audited.Role, audited.Profile, audited.Seq, audited.Plan));
        Assert.Equal((await scene.Database.Control.ReadLedgerAsync(1, 1, Cancellation))[0].Hash, audited.EntryHash);
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task What_destroys_something_is_applied_once_a_person_has_approved_it(int major)
    {
        await using MigratorScene scene = await StartAsync(major);
        await using NpgsqlConnection connection = await scene.ConnectAsync();
        PostgresException refused = await MigratorScene.RefusedAsync(connection, "DROP TABLE notes");
        Assert.Equal("LP302", refused.SqlState);
        string hash = refused.Hint![refused.Hint!.IndexOf("sha256:", StringComparison.Ordinal)..];
        Assert.True(await scene.HasAsync("notes"));
        Assert.Equal("LP302", Assert.Single(scene.Audit, e => e.Kind == AuditKind.Refusal).Code);

        await scene.Database.Control.ApproveAsync(hash, scene.Database.Owner, Cancellation);
        await MigratorScene.ExecuteAsync(connection, "DROP TABLE notes");
        Assert.False(await scene.HasAsync("notes"));
        Assert.Equal(hash, Assert.Single(await scene.CleanLedgerAsync()).Entry.PlanHash);
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task In_a_transaction_with_others_or_in_a_pipeline_it_is_refused_and_nothing_runs(int major)
    {
        await using MigratorScene scene = await StartAsync(major);
        using ScriptedClient client = await scene.LogInAsync();
        const string Create = "CREATE TABLE made (id int)";
        const string Insert = "INSERT INTO notes VALUES (1, 'a')";
        Assert.Equal("C Z:T", Summary(await client.Query("BEGIN").AskAsync(1, Cancellation)));
        Assert.Equal("E:25001 Z:E", Summary(await client.Query(Create).AskAsync(1, Cancellation)));
        Assert.Equal("E:25P02 Z:E", Summary(await client.Query(Insert).AskAsync(1, Cancellation)));
        Assert.Equal("E:25001 Z:E", Summary(await client.Execute(Create).Sync().AskAsync(1, Cancellation)));
        Assert.Equal("C Z:I", Summary(await client.Query("ROLLBACK").AskAsync(1, Cancellation)));
        Assert.Equal("E:25001 Z:I", Summary(await client.Query($"{Insert}; {Create}").AskAsync(1, Cancellation)));
        Assert.Equal("1 2 C E:25001 Z:I", Summary(await client.Execute(Insert).Execute(Create).Sync().AskAsync(1, Cancellation)));
        Assert.Equal("E:25001 Z:I", Summary(await client.Execute(Create).Execute(Insert).Sync().AskAsync(1, Cancellation)));
        Assert.Equal("E:0A000 Z:I", Summary(await client.Frame('P', $"s\0{Create}\0\0\0").Frame('D', "Ss\0").Sync().AskAsync(1, Cancellation)));
        Assert.Equal("E:26000 Z:I", Summary(await client.Frame('B', "\0s\0\0\0\0\0\0\0").Frame('E', "\0\0\0\0\0").Sync().AskAsync(1, Cancellation)));

        // Each before its own Sync: they wait for each other, and the block is seen.
        Assert.Equal("C Z:T E:25001 Z:E C Z:I", Summary(await client.Query("BEGIN").Query(Create).Query("ROLLBACK").AskAsync(3, Cancellation)));
        Assert.False(await scene.HasAsync("made"));
        Assert.Equal(0L, await scene.Database.ReadAsSuperuserAsync<long>("SELECT count(*) FROM notes"));
        Assert.Empty(await scene.CleanLedgerAsync());
        Assert.Equal("C Z:I 1 2 N C Z:I D C Z:I", Summary(await client.Query(Insert).Execute(Create).Sync().Query("SELECT count(*) FROM notes").AskAsync(3, Cancellation)));
        Assert.Single(await scene.CleanLedgerAsync());
    }

    [Fact]
    public async Task What_is_there_already_is_answered_without_an_entry()
    {
        await using MigratorScene scene = await StartAsync(18);
        await using NpgsqlConnection connection = await scene.ConnectAsync();
        for (int i = 0; i < 2; i++)
        {
            await MigratorScene.ExecuteAsync(connection, "CREATE TABLE IF NOT EXISTS notes (id int)");
            await MigratorScene.ExecuteAsync(connection, "DROP TABLE IF EXISTS missing");
            await MigratorScene.ExecuteAsync(connection, "CREATE TABLE IF NOT EXISTS tags (id int)");
        }

        Assert.Equal("CREATE TABLE IF NOT EXISTS tags (id int)", Assert.Single(await scene.CleanLedgerAsync()).Entry.Steps[0].Sql);
        Assert.Equal("LP401", (await MigratorScene.RefusedAsync(connection, "CREATE TABLE tags (id int)")).SqlState);
    }

    [Fact]
    public async Task A_statement_that_changes_rows_is_not_answered_as_done_when_it_was_not_run_again()
    {
        await using MigratorScene scene = await StartAsync(18);
        await using NpgsqlConnection connection = await scene.ConnectAsync();
        PostgresException refused = await MigratorScene.RefusedAsync(connection, "TRUNCATE notes");
        Assert.Equal("LP302", refused.SqlState);
        await scene.Database.Control.ApproveAsync(refused.Hint![refused.Hint!.IndexOf("sha256:", StringComparison.Ordinal)..], scene.Database.Owner, Cancellation);
        await MigratorScene.ExecuteAsync(connection, "TRUNCATE notes");
        await MigratorScene.ExecuteAsync(connection, "INSERT INTO notes VALUES (1, 'a')");

        Assert.Equal("0A000", (await MigratorScene.RefusedAsync(connection, "TRUNCATE notes")).SqlState);
        Assert.Equal(1L, await scene.Database.ReadAsSuperuserAsync<long>("SELECT count(*) FROM notes"));
    }

    [Fact]
    public async Task What_cannot_run_in_a_transaction_or_is_no_schema_change_is_refused_by_its_reason()
    {
        await using MigratorScene scene = await StartAsync(18);
        await using NpgsqlConnection connection = await scene.ConnectAsync();
        PostgresException concurrently = await MigratorScene.RefusedAsync(connection, "CREATE INDEX CONCURRENTLY ON notes (title)");
        Assert.Equal("LP401", concurrently.SqlState);
        Assert.Contains("25001", concurrently.MessageText, StringComparison.Ordinal);
        Assert.Equal("LP310", (await MigratorScene.RefusedAsync(connection, "VACUUM notes")).SqlState);
        Assert.Equal("LP201", (await MigratorScene.RefusedAsync(connection, "CREATE ROLE another")).SqlState);
        Assert.Equal("LP201", (await MigratorScene.RefusedAsync(connection, "DROP SCHEMA lockplane CASCADE")).SqlState);
        Assert.Equal("0A000", (await MigratorScene.RefusedAsync(connection, "EXPLAIN ANALYZE CREATE TABLE x AS SELECT 1")).SqlState);
        Assert.Equal("42501", (await MigratorScene.RefusedAsync(connection, "SET app.tenant_id = 'globex'")).SqlState);
        Assert.Empty(await scene.CleanLedgerAsync());
    }

    [Fact]
    public async Task A_pool_that_resets_its_connection_first_is_no_pipeline()
    {
        await using MigratorScene scene = await StartAsync(18);
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(scene.ConnectionString(pooling: true));
        for (int i = 0; i < 3; i++)
        {
            await using NpgsqlCommand command = source.CreateCommand($"CREATE TABLE pooled_{i} (id int)");
            await command.ExecuteNonQueryAsync(Cancellation);
        }

        Assert.Equal(3, (await scene.CleanLedgerAsync()).Count);
    }

    [Fact]
    public async Task The_search_path_of_the_session_says_where_a_change_goes()
    {
        await using MigratorScene scene = await StartAsync(18);
        await using NpgsqlConnection connection = new(new NpgsqlConnectionStringBuilder(scene.ConnectionString()) { SearchPath = "\"$user\", public" }.ConnectionString);
        await connection.OpenAsync(Cancellation);
        await scene.Database.ExecuteAsync($"CREATE SCHEMA {scene.Migrator}");
        await scene.Database.Control.BaselineAsync(null, scene.Database.Owner, Cancellation);
        await MigratorScene.ExecuteAsync(connection, "CREATE TABLE mine (id int)");
        Assert.True(await scene.HasAsync($"{scene.Migrator}.mine"));

        // Where the client names none, the role's own counts.
        await scene.Cluster.ExecuteAsync($"ALTER ROLE {scene.Migrator} SET search_path = {scene.Migrator}, public");
        await using NpgsqlConnection other = await scene.ConnectAsync();
        await MigratorScene.ExecuteAsync(other, "CREATE TABLE mine_too (id int)");
        Assert.True(await scene.HasAsync($"{scene.Migrator}.mine_too"));
    }

    private async Task<MigratorScene> StartAsync(int major) => await MigratorScene.StartAsync(await clusters.GetAsync(major));

    /// <summary>Types of messages, with the code of an error and the status of ReadyForQuery; without descriptions of rows.</summary>
    private static string Summary(IEnumerable<ScriptedMessage> messages) => string.Join(' ', messages.Where(message => message.Type != 'T').Select(message => message.Type switch
    {
        'E' => "E:" + message.Body[(message.Body.IndexOf("\0C", StringComparison.Ordinal) + 2)..][..5],
        'Z' => "Z:" + message.Body,
        var type => type.ToString(),
    }));
}
