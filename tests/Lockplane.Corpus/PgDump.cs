using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;

namespace Lockplane.Corpus;

/// <summary>Asks pg_dump what a database's schema is, and makes its texts comparable.</summary>
/// <remarks>
/// Made equal are: the random tokens of <c>\restrict</c>; the order of objects, which depends on OIDs; the order of lines inside an object, which is that of columns, and of
/// grants that of granting; commas at their ends; the order of storage parameters, which is that of setting; the connection of a
/// subscription, which is a secret that no print holds; and the database's name.
/// </remarks>
internal sealed partial class PgDump(NpgsqlConnectionStringBuilder server)
{
    /// <summary>The pg_dump of this machine for a server of this major; null when there is none, or it is older than the server.</summary>
    public static async Task<PgDump?> FindAsync(string administrator, int major, CancellationToken cancellation)
    {
        try
        {
            Match version = Version().Match(await RunAsync(["--version"], null, cancellation));
            return version.Success && int.Parse(version.Groups[1].ValueSpan, CultureInfo.InvariantCulture) >= major ? new PgDump(new NpgsqlConnectionStringBuilder(administrator)) : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    /// <summary>The schema of a database, comparable with another's.</summary>
    /// <exception cref="InvalidOperationException">pg_dump failed.</exception>
    public async Task<string> WriteAsync(string database, CancellationToken cancellation)
    {
        string text = await RunAsync(
            ["-s", "-h", server.Host!, "-p", server.Port.ToString(CultureInfo.InvariantCulture), "-U", server.Username!, database], server.Password, cancellation);
        IEnumerable<string> objects = text.Replace(database, "DATABASE", StringComparison.Ordinal).Split("\n--\n-- Name: ").Select(item => string.Join('\n', item.Split('\n')
            .Where(line => !Restriction().IsMatch(line))
            .Select(line => StorageParameters().Replace(line.TrimEnd().TrimEnd(','), list => $"WITH ({string.Join(", ", list.Groups[1].Value.Split(", ").Order(StringComparer.Ordinal))})"))
            .Select(line => Connection().Replace(line, "CONNECTION '...'"))
            .Where(line => line.Length > 0)
            .Order(StringComparer.Ordinal)));
        return string.Join("\n\n", objects.Order(StringComparer.Ordinal));
    }

    private static async Task<string> RunAsync(IEnumerable<string> arguments, string? password, CancellationToken cancellation)
    {
        ProcessStartInfo start = new("pg_dump", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PGPASSWORD"] = password ?? "";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellation);
        Task<string> errors = process.StandardError.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"pg_dump: {(await errors).Trim()}");
    }

    [GeneratedRegex(@"^\\(un)?restrict ")]
    private static partial Regex Restriction();

    [GeneratedRegex(@"\bCONNECTION '[^']*'")]
    private static partial Regex Connection();

    [GeneratedRegex(@"\bWITH \(([^()]*)\)")]
    private static partial Regex StorageParameters();

    [GeneratedRegex(@"(\d+)\.\d+")]
    private static partial Regex Version();
}
