using System.Text.Json.Nodes;
using Lockplane.Cli;
using Lockplane.PostgresTests.Clusters;
using Lockplane.PostgresTests.EndToEnd;
using Lockplane.PostgresTests.Operations;
using Npgsql;

namespace Lockplane.PostgresTests.Control;

/// <summary>Plans from one given schema to another, as they are typed.</summary>
[Collection(ManagedDatabase.Collection)]
public sealed class GivenSchemasTests(TestClusters clusters) : IDisposable
{
    private const string Before = "CREATE TABLE notes (id bigint PRIMARY KEY, body text NOT NULL);\nCREATE FUNCTION one() RETURNS int LANGUAGE sql RETURN 1;\n";
    private const string After = "CREATE TABLE notes (id bigint PRIMARY KEY, body text NOT NULL, at date);\nCREATE FUNCTION one() RETURNS int LANGUAGE sql RETURN 2;\n";

    private readonly string _folder = TestDirectory.Create();
    private string _databases = "";

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task Two_folders_need_only_a_server_for_shadows(int major)
    {
        await using ManagedDatabase database = await ManagedDatabase.CreateAsync(await clusters.GetAsync(major), "", baseline: false);
        string from = Write("from/schema.sql", Before, folder: true);
        string to = Write("to/schema.sql", After, folder: true);

        (int found, string text, string errors) = await RunAsync("plan", "--from", from, "--to", to, "--shadow-url", database.ShadowUrl, "--check");
        (_, string json, _) = await RunAsync("plan", "--from", from, "--to", to, "--shadow-url", database.ShadowUrl, "--json");
        (int same, string nothing, _) = await RunAsync("plan", "--from", to, "--to", to, "--shadow-url", database.ShadowUrl, "--check");

        Assert.Equal((ExitCode.Found, ""), (found, errors));
        Assert.StartsWith("2 steps: 1 create, 1 alter.\n", text, StringComparison.Ordinal);
        Assert.Contains($"Validated on a shadow of Postgres {major}.", text, StringComparison.Ordinal);
        Assert.Contains("     - RETURN 1;\n     + RETURN 2;\n", text, StringComparison.Ordinal);
        Assert.Contains("It is not stored", text, StringComparison.Ordinal);
        Assert.Contains(JsonNode.Parse(json)!["plan_hash"]!.GetValue<string>(), text, StringComparison.Ordinal);
        Assert.DoesNotContain("lockplane_shadow", json, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, same);
        Assert.StartsWith("Nothing to do: ", nothing, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task Two_manifests_need_no_server_and_lead_to_the_plan_that_a_server_validates(int major)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        await using ManagedDatabase before = await ManagedDatabase.CreateAsync(cluster, InOne(Before), baseline: false);
        await using ManagedDatabase after = await ManagedDatabase.CreateAsync(cluster, InOne(After), baseline: false, ownerOf: before);
        string from = Write("from.json", await InspectAsync(before));
        string to = Write("to.json", await InspectAsync(after));

        (int made, string text, string errors) = await RunAsync("plan", "--from", from, "--to", to, "--out", Path.Combine(_folder, "alone.json"));
        (_, string validated, _) = await RunAsync("plan", "--from", from, "--to", to, "--shadow-url", before.ShadowUrl, "--out", Path.Combine(_folder, "validated.json"));
        (int explained, string page, _) = await RunAsync("explain", "plan", Path.Combine(_folder, "alone.json"), "--markdown");

        Assert.Equal((ExitCode.Done, ""), (made, errors));
        Assert.Contains("Not validated on a shadow here", text, StringComparison.Ordinal);
        Assert.Contains($"Validated on a shadow of Postgres {major}.", validated, StringComparison.Ordinal);
        Assert.Equal(await ReadAsync("alone.json"), await ReadAsync("validated.json"));
        Assert.Equal(ExitCode.Done, explained);
        Assert.StartsWith("### Schema plan: 2 steps: 1 create, 1 alter\n", page, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task A_plan_from_a_manifest_to_files_is_applied_where_the_live_schema_is_the_manifest(int major)
    {
        await using ManagedDatabase database = await ManagedDatabase.CreateAsync(await clusters.GetAsync(major), InOne(Before));
        string from = Write("live.json", await InspectAsync(database));
        string to = Write("wanted.sql", After.Replace("RETURN 2", "RETURN 1", StringComparison.Ordinal));
        string plan = Path.Combine(_folder, "plan.json");

        (int made, string text, _) = await RunAsync("plan", "--from", from, "--to", to, "--shadow-url", database.ShadowUrl, "--out", plan);
        _databases = $"[databases.shop]\nurl = \"{database.OwnerUrl}\"\nshadow_url = \"{database.ShadowUrl}\"\n";
        (int entry, string other, string errors) = await RunAsync("plan", "--from", "ledger:1", "--to", to, "--db", "shop", "--out", plan + ".entry");
        int stillNothing = await database.ReadAsSuperuserAsync<int>("SELECT count(*)::int FROM lockplane.plan");
        (int approved, _, string needless) = await RunAsync("approve", plan, "--db", "shop");
        Lockplane.Schema.Plans.Plan read = Lockplane.Schema.Plans.PlanJson.Read(await File.ReadAllBytesAsync(plan, TestContext.Current.CancellationToken));
        await database.Control.ApplyAsync(read.PlanHash.Text, database.Owner, TestContext.Current.CancellationToken);
        (int same, _, _) = await RunAsync("plan", "--from", Write("after.json", await InspectAsync(database)), "--to", to, "--shadow-url", database.ShadowUrl, "--check");

        Assert.Equal((ExitCode.Done, ExitCode.Done, "", 0), (made, entry, errors, stillNothing));
        Assert.Equal((ExitCode.Done, "The plan needs no approval.\n"), (approved, needless));
        Assert.Contains($"Next: lockplane apply {plan}.entry", other, StringComparison.Ordinal);
        Assert.Contains($"Next: lockplane apply {plan}", text, StringComparison.Ordinal);
        Assert.Equal(await ReadAsync("plan.json"), await ReadAsync("plan.json.entry"));
        Assert.Equal(ExitCode.Done, same);
    }

    // The hashes of the catalogs and the text of each step are in it.
    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task Two_processes_make_the_same_bytes_whatever_rows_come_between(int major)
    {
        await using ManagedDatabase database = await ManagedDatabase.CreateAsync(await clusters.GetAsync(major), InOne(Before));
        string config = Write("lockplane.toml", $"state_dir = \"{_folder}\"\n[databases.shop]\nurl = \"{database.OwnerUrl}\"\nshadow_url = \"{database.ShadowUrl}\"\n");
        string to = Write("wanted.sql", After);
        string statements = Write("change.sql", "-- lockplane: rows 0..1000\nUPDATE notes SET body = upper(body);\nCREATE INDEX notes_body ON notes (body);\n");
        Task<ProcessResult> Plan(params string[] how) => GatewayProcess.RunAsync(["plan", .. how, "--json", "--db", "shop", "--config", config]);

        ProcessResult[] before = [await Plan("--to", to), await Plan("--sql", statements)];
        await database.ExecuteAsync("INSERT INTO notes SELECT i, 'row ' || i FROM generate_series(1, 500) AS i");
        await database.ExecuteAsync("ANALYZE notes");
        ProcessResult[] after = [await Plan("--to", to), await Plan("--sql", statements)];

        Assert.All(before, result => Assert.True(result.ExitCode == ExitCode.Done && result.Output.Contains("\"steps\"", StringComparison.Ordinal), result.All));
        Assert.Equal(before.Select(result => result.Output), after.Select(result => result.Output));
    }

    [Theory, MemberData(nameof(TestClusters.Newest), MemberType = typeof(TestClusters))]
    public async Task A_comparison_knows_what_directives_rename(int major)
    {
        await using ManagedDatabase database = await ManagedDatabase.CreateAsync(await clusters.GetAsync(major), InOne(Before), baseline: false);
        string renamed = Write("renamed.sql", Before.Replace("CREATE TABLE notes", "-- lockplane: renamed from notes\nCREATE TABLE remarks", StringComparison.Ordinal));
        string nothing = Write("nothing.sql", Before.Replace("CREATE TABLE notes", "-- lockplane: renamed from gone\nCREATE TABLE remarks", StringComparison.Ordinal));
        _databases = $"[databases.shop]\nurl = \"{database.OwnerUrl}\"\nshadow_url = \"{database.ShadowUrl}\"\n";

        (int found, string text, string errors) = await RunAsync("diff", "shop", renamed, "--check");
        (_, string json, _) = await RunAsync("diff", Write("before.sql", Before), renamed, "--json");
        (int same, string equal, _) = await RunAsync("diff", renamed, renamed, "--check");
        (int refused, string output, string error) = await RunAsync("diff", "shop", nothing);

        Assert.Equal((ExitCode.Found, ""), (found, errors));
        Assert.Equal("> table public.notes becomes table public.remarks\n> constraint public.remarks.notes_pkey becomes constraint public.remarks.remarks_pkey\n", string.Concat(text.Split('\n').Take(2).Select(line => line + "\n")));
        Assert.Contains("\"renamed\":[{\"from\":\"table public.notes\",\"to\":\"table public.remarks\"}", json, StringComparison.Ordinal);
        Assert.Contains("\"added\":[]", json, StringComparison.Ordinal);
        Assert.Equal((ExitCode.Done, "Nothing differs.\n"), (same, equal));
        Assert.Equal((ExitCode.Error, ""), (refused, output));
        Assert.Contains("LP202", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Schemas_of_two_majors_are_compared_where_that_is_asked_for()
    {
        string[] urls = await Task.WhenAll(MakeAsync(18, Before), MakeAsync(15, Before), MakeAsync(15, After));
        _databases = $"[databases.shop]\nurl = \"{urls[0]}\"\nshadow_url = \"{urls[0]}\"\n";
        (_, string manifest, _) = await RunAsync("inspect", "--json", "--db", urls[2]);

        (int refused, _, string error) = await RunAsync("diff", urls[1], urls[0], "--db", "shop");
        (int same, string nothing, string errors) = await RunAsync("diff", urls[1], urls[0], "--db", "shop", "--check", "--across-majors");
        (int found, string text, _) = await RunAsync("diff", urls[0], Write("15.json", manifest), "--db", "shop", "--check", "--across-majors");

        Assert.Equal(ExitCode.Error, refused);
        Assert.Contains("LP105", error, StringComparison.Ordinal);
        Assert.Contains("--across-majors", error, StringComparison.Ordinal);
        Assert.Equal((ExitCode.Done, "Nothing differs.\n", ""), (same, nothing, errors));
        Assert.Equal(ExitCode.Found, found);
        Assert.Contains("~ function public.one() sql_body: RETURN 1 -> RETURN 2", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_does_not_go_together_is_told()
    {
        await using ManagedDatabase database = await ManagedDatabase.CreateAsync(await clusters.GetAsync(18), InOne(Before), baseline: false);
        await using ManagedDatabase other = await ManagedDatabase.CreateAsync(await clusters.GetAsync(15), InOne(Before), baseline: false);
        string manifest = Write("18.json", await InspectAsync(database));
        string old = Write("15.json", await InspectAsync(other));
        string file = Write("schema.sql", After);
        string broken = Write("broken.sql", "CREATE TABLE t (a nothing);");

        Assert.Equal((ExitCode.Usage, "and no server is named"), await FailAsync("and no server is named", "--from", manifest, "--to", file));
        Assert.Equal((ExitCode.Usage, "Give one of --db and --shadow-url"), await FailAsync("Give one of --db and --shadow-url", "--from", manifest, "--to", file, "--shadow-url", database.ShadowUrl, "--db", database.OwnerUrl));
        Assert.Equal((ExitCode.Usage, "one of --from and --to is not"), await FailAsync("one of --from and --to is not", "--from", database.OwnerUrl, "--to", file, "--shadow-url", database.ShadowUrl));
        Assert.Equal((ExitCode.Error, "LP105"), await FailAsync("LP105", "--from", old, "--to", file, "--shadow-url", database.ShadowUrl));
        Assert.Equal((ExitCode.Error, "LP105"), await FailAsync("LP105", "--from", old, "--to", manifest));
        Assert.Equal((ExitCode.Error, "broken.sql:1:"), await FailAsync("broken.sql:1:", "--from", manifest, "--to", broken, "--shadow-url", database.ShadowUrl));
        Assert.Equal((ExitCode.Error, "LP001"), await FailAsync("LP001", "--from", manifest, "--to", file, "--shadow-url", "postgresql://nobody:no@127.0.0.1:1/postgres"));
    }

    [Fact]
    public async Task A_process_in_CI_prints_plain_text_and_ends_with_2()
    {
        await using ManagedDatabase database = await ManagedDatabase.CreateAsync(await clusters.GetAsync(18), "", baseline: false);
        ProcessResult result = await GatewayProcess.RunAsync(
            [new("LOCKPLANE_SHADOW_URL", database.ShadowUrl), new("LOCKPLANE_STATE", _folder)],
            "plan", "--from", Write("from.sql", Before), "--to", Write("to.sql", After), "--check", "--markdown");

        Assert.True(result.ExitCode == ExitCode.Found, result.All);
        Assert.Equal("", result.Errors);
        Assert.StartsWith("### Schema plan: 2 steps", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', result.Output);
        Assert.DoesNotContain(database.ShadowUrl, result.All, StringComparison.Ordinal);
    }

    // A database of the superuser, whose name is the same everywhere.
    private async Task<string> MakeAsync(int major, string sql)
    {
        PostgresCluster cluster = await clusters.GetAsync(major);
        NpgsqlConnectionStringBuilder made = new(await cluster.CreateDatabaseAsync());
        await cluster.ExecuteAsync(InOne(sql), made.ConnectionString);
        return $"postgresql://postgres:{Uri.EscapeDataString(cluster.Password)}@{cluster.Host}:{cluster.Port}/{made.Database}";
    }

    // One statement, as the protocol wants it.
    private static string InOne(string statements) => $"DO $do$ BEGIN {statements} END $do$";

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<(int Code, string Said)> FailAsync(string expected, params string[] arguments)
    {
        (int code, string output, string error) = await RunAsync(["plan", .. arguments]);
        Assert.Equal("", output);
        return (code, error.Contains(expected, StringComparison.Ordinal) ? expected : error);
    }

    private async Task<string> InspectAsync(ManagedDatabase database) => (await RunAsync("inspect", "--json", "--db", database.OwnerUrl)).Output;

    private string Write(string name, string text, bool folder = false)
    {
        string path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return folder ? Path.GetDirectoryName(path)! : path;
    }

    private Task<string> ReadAsync(string name) => File.ReadAllTextAsync(Path.Combine(_folder, name), TestContext.Current.CancellationToken);

    private async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using StringWriter output = new() { NewLine = "\n" };
        using StringWriter error = new() { NewLine = "\n" };
        string config = Write("lockplane.toml", $"state_dir = \"{_folder}\"\n{_databases}");
        Terminal terminal = new(output, error, TextReader.Null, interactive: false, colour: false);
        int code = await CommandLine.RunAsync([.. arguments, "--config", config], terminal, (_, _, _, _) => throw new InvalidOperationException(), TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
