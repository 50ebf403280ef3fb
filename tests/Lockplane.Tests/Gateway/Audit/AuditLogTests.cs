using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lockplane.Gateway.Audit;
using Lockplane.Gateway.Identity;
using Lockplane.Tests.Sql;

namespace Lockplane.Tests.Gateway.Audit;

public sealed class AuditLogTests : IDisposable
{
    private static readonly TimeSpan HangGuard = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("lockplane-audit-").FullName;

    private string File => Path.Combine(_folder, "audit.log");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task An_event_is_one_line_with_its_literals_masked()
    {
        using (AuditLog log = await OpenAsync(File))
        {
            log.Write(Refusal("SELECT pg_read_file('/etc/passwd') -- why not") with
            {
                Address = IPAddress.Parse("10.1.2.3"), Role = "app", Database = "shop", Profile = "application", Subject = "pg_read_file",
                Context = new SessionContext([new("app.tenant_id", "acme"), new("app.user_id", "ann")]),
            });
            await UntilAsync(() => log.Written == 1);
        }

        JsonObject line = Assert.Single(Lines());
        Assert.True(DateTimeOffset.TryParse((string?)line["time"], out _), (string?)line["time"]);
        line.Remove("time");
        Assert.Equal(
            """{"event":"refusal","process":3,"session":7,"address":"10.1.2.3","role":"app","database":"shop","context":{"app.tenant_id":"acme","app.user_id":"ann"},"profile":"application","code":"LP311","subject":"pg_read_file","statement":"SELECT pg_read_file($1)","statement_bytes":45}""",
            line.ToJsonString());
    }

    [Fact]
    public async Task A_statement_that_cannot_be_lexed_is_given_as_length_and_hash()
    {
        using (AuditLog log = await OpenAsync(File))
        {
            log.Write(Refusal("SELECT 'hunter2"));
            await UntilAsync(() => log.Written == 1);
        }

        JsonObject line = Assert.Single(Lines());
        Assert.Null(line["statement"]);
        Assert.Equal(15, (int)line["statement_bytes"]!);
        Assert.Equal(64, ((string)line["statement_sha256"]!).Length);
        Assert.DoesNotContain("hunter2", System.IO.File.ReadAllText(File), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_statement_is_cut_at_four_kibibytes_between_characters()
    {
        string name = string.Concat(Enumerable.Repeat("ä", 3_000));
        using (AuditLog log = await OpenAsync(File))
        {
            log.Write(Refusal($"SELECT \"{name}\""));
            await UntilAsync(() => log.Written == 1);
        }

        JsonObject line = Assert.Single(Lines());
        int bytes = Encoding.UTF8.GetByteCount((string)line["statement"]!);
        Assert.InRange(bytes, 4_095, 4_096);
        Assert.True((bool)line["statement_cut"]!);
        Assert.Equal(6_009, (int)line["statement_bytes"]!);
    }

    [Fact]
    public async Task The_file_is_closed_to_others_and_is_appended_to()
    {
        for (int round = 0; round < 2; round++)
        {
            using AuditLog log = await OpenAsync(File);
            log.Write(Login());
            await UntilAsync(() => log.Written == 1);
        }

        Assert.Equal(2, Lines().Count);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
    }

    [Fact]
    public async Task Two_logs_with_one_file_write_whole_lines_side_by_side()
    {
        using (AuditLog one = await OpenAsync(File))
        using (AuditLog other = await OpenAsync(File))
        {
            for (int i = 0; i < 500; i++)
            {
                one.Write(Login());
                other.Write(Login());
            }

            await UntilAsync(() => one.Written == 500 && other.Written == 500);
        }

        Assert.Equal(1_000, Lines().Count);
    }

    [Fact]
    public async Task A_full_disk_refuses_and_says_why()
    {
        Assert.SkipUnless(System.IO.File.Exists("/dev/full"), "this system has no /dev/full");
        using AuditLog log = await OpenAsync("/dev/full");
        log.Write(Login());
        await UntilAsync(() => log.Refuses);
        Assert.StartsWith("/dev/full cannot be written: ", log.Failure, StringComparison.Ordinal);
        Assert.Equal(0, log.Written);
    }

    [Fact]
    public async Task With_drop_nothing_is_refused()
    {
        using AuditLog log = new(new AuditOptions { File = Path.Combine(_folder, "missing", "audit.log"), RefuseOnFailure = false }, null, TimeProvider.System);
        log.Write(Login());
        await UntilAsync(() => log.Failure?.Contains("missing", StringComparison.Ordinal) == true);
        Assert.False(log.Refuses);
    }

    [Fact]
    public async Task A_folder_that_appears_ends_the_refusal_and_no_event_is_lost()
    {
        string folder = Path.Combine(_folder, "later");
        using AuditLog log = new(new AuditOptions { File = Path.Combine(folder, "audit.log") }, null, TimeProvider.System);
        await UntilAsync(() => log.Failure?.Contains("later", StringComparison.Ordinal) == true);
        Assert.True(log.Refuses);
        log.Write(Login());
        Directory.CreateDirectory(folder);
        await UntilAsync(() => !log.Refuses && log.Written == 1);
        Assert.Null(log.Failure);
    }

    [Fact]
    public async Task A_full_queue_refuses_counts_what_is_lost_and_says_so_later()
    {
        string folder = Path.Combine(_folder, "later");
        using AuditLog log = new(new AuditOptions { File = Path.Combine(folder, "audit.log") }, null, TimeProvider.System);
        byte[] statement = new byte[AuditEvent.MostStatementBytes];
        for (int i = 0; i < 10_000; i++)
        {
            log.Write(Login() with { Statement = statement });
        }

        Assert.True(log.Refuses);
        Assert.Equal(10_000 - ((32 << 20) / AuditEvent.MostStatementBytes), log.Lost);
        Directory.CreateDirectory(folder);
        await UntilAsync(() => !log.Refuses && log.Written + log.Lost == 10_000);
        string first = System.IO.File.ReadLines(Path.Combine(folder, "audit.log")).First();
        Assert.Contains($"\"event\":\"lost\",\"process\":0,\"count\":{log.Lost}", first, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reopening_follows_a_file_that_was_moved_away()
    {
        using (AuditLog log = await OpenAsync(File))
        {
            log.Write(Login());
            await UntilAsync(() => log.Written == 1);
            System.IO.File.Move(File, File + ".1");
            log.Write(Login());
            await UntilAsync(() => log.Written == 2);
            log.Reopen();
            log.Write(Login());
            await UntilAsync(() => log.Written == 3);
        }

        Assert.Single(Lines());
        Assert.Equal(2, System.IO.File.ReadAllLines(File + ".1").Length);
    }

    private static async Task<AuditLog> OpenAsync(string file)
    {
        AuditLog log = new(new AuditOptions { File = file, Process = 3 }, TestParser.Shared, TimeProvider.System);
        await UntilAsync(() => !log.Refuses);
        return log;
    }

    private static AuditEvent Login() => new() { Kind = AuditKind.Login, Session = 7, Role = "app", Database = "shop" };

    private static AuditEvent Refusal(string sql) => new() { Kind = AuditKind.Refusal, Session = 7, Code = "LP311", Statement = Encoding.UTF8.GetBytes(sql) };

    private List<JsonObject> Lines() => [.. System.IO.File.ReadAllLines(File).Select(line => JsonSerializer.Deserialize<JsonObject>(line)!)];

    private static async Task UntilAsync(Func<bool> holds)
    {
        using CancellationTokenSource guard = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        guard.CancelAfter(HangGuard);
        while (!holds())
        {
            await Task.Delay(5, guard.Token);
        }
    }
}
