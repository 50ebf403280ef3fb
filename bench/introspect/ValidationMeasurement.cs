using System.Diagnostics;
using System.Globalization;
using Lockplane.Control.Introspection;
using Lockplane.Control.Shadows;
using Lockplane.Dev;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql.PgQuery;
using Npgsql;

namespace Lockplane.Bench.Introspect;

/// <summary>
/// Measures what the validation of a plan of one step costs, its rollback included: on a shadow that is built for it; when a template is made of that, too; and on a copy of the template.
/// </summary>
internal static class ValidationMeasurement
{
    public static async Task RunAsync(EmbeddedPostgres server, Options options, CancellationToken cancellation)
    {
        using PgQueryParser parser = new(new PgQueryOptions());
        NpgsqlConnectionStringBuilder login = new(server.AdminConnectionString("postgres")) { Pooling = false };
        Console.WriteLine("| tables | built, no template | built, and the template made | copied from the template | disk of the template |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (int tables in options.Sizes)
        {
            await using NpgsqlConnection live = await Measurement.OpenFilledAsync(server, tables, options.Rounds, cancellation);
            Catalog from = await CatalogReader.ReadAsync(live, null, Scope.All, cancellation);
            ShadowValidation shadows = new(new ShadowServer(login, parser), Scope.All, TimeProvider.System);
            Plan plan = Planner.Plan(from, await ReadChangedAsync(live, cancellation), PlanOptions.Default);
            await using NpgsqlConnection administrator = new(login.ConnectionString);
            await administrator.OpenAsync(cancellation);

            // While another session holds every template, shadows are built as they were before there were any.
            await LockAsync(administrator, "pg_advisory_lock", cancellation);
            List<double> built = [];
            for (int round = 0; round < options.Rounds; round++)
            {
                built.Add(await ValidateAsync(shadows, live, from, plan, cancellation));
            }

            await LockAsync(administrator, "pg_advisory_unlock", cancellation);
            double made = await ValidateAsync(shadows, live, from, plan, cancellation);
            object? template = await ReadAsync(administrator, "oid", cancellation);
            List<double> copied = [];
            for (int round = 0; round < options.Rounds; round++)
            {
                copied.Add(await ValidateAsync(shadows, live, from, plan, cancellation));
            }

            if (!Equals(template, await ReadAsync(administrator, "oid", cancellation)))
            {
                throw new InvalidOperationException("The template was made anew in between, so nothing is known about copies.");
            }

            long bytes = (long)(await ReadAsync(administrator, "pg_database_size(oid)", cancellation))!;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"| {tables:N0} | {Text(built)} | {made:N0} ms | {Text(copied)} | {bytes / 1024 / 1024:N0} MB |"));
        }
    }

    private static async Task<Catalog> ReadChangedAsync(NpgsqlConnection live, CancellationToken cancellation)
    {
        // Rolled back when disposed.
        await using NpgsqlTransaction transaction = await live.BeginTransactionAsync(cancellation);
        await using NpgsqlCommand command = new("ALTER TABLE s0.t1 ADD COLUMN added text", live, transaction);
        await command.ExecuteNonQueryAsync(cancellation);
        return await CatalogReader.ReadAsync(live, transaction, Scope.All, cancellation);
    }

    private static string Text(List<double> times) => string.Create(CultureInfo.InvariantCulture, $"{Measurement.Median(times):N0} ms ({times.Min():N0} to {times.Max():N0})");

    private static async Task<double> ValidateAsync(ShadowValidation shadows, NpgsqlConnection live, Catalog from, Plan plan, CancellationToken cancellation)
    {
        long began = Stopwatch.GetTimestamp();
        await shadows.ValidateAsync(live, from, plan, cancellation);
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }

    // Of the template that was used last.
    private static async Task<object?> ReadAsync(NpgsqlConnection administrator, string what, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new(
            $"SELECT {what} FROM pg_database WHERE datname LIKE 'lockplane\\_template\\__' ORDER BY shobj_description(oid, 'pg_database')::json ->> 'used' DESC LIMIT 1", administrator);
        return await command.ExecuteScalarAsync(cancellation);
    }

    private static async Task LockAsync(NpgsqlConnection administrator, string function, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new($"SELECT pg_catalog.{function}($1, n::int) FROM generate_series($2, $3) AS n", administrator);
        command.Parameters.Add(new NpgsqlParameter { Value = ShadowServer.LockClass });
        command.Parameters.Add(new NpgsqlParameter { Value = ShadowTemplates.FirstLock });
        command.Parameters.Add(new NpgsqlParameter { Value = ShadowTemplates.FirstLock + ShadowTemplates.MaxTemplates - 1 });
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
