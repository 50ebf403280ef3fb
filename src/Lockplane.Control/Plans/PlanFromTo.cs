using Lockplane.Control.Connections;
using Lockplane.Control.Introspection;
using Lockplane.Control.Shadows;
using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Dsl;
using Lockplane.Schema.Plans;
using Lockplane.Sql.Errors;
using Lockplane.Sql.PgQuery;
using Npgsql;

namespace Lockplane.Control.Plans;

/// <summary>A schema that is given and not read from a target: a catalog, or the files that describe one.</summary>
/// <param name="Catalog">The catalog; null when there are files.</param>
/// <param name="Files">The files; empty when there is a catalog.</param>
public sealed record GivenSchema(Catalog? Catalog, IReadOnlyList<SchemaFile> Files);

/// <summary>A plan that no database keeps.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Assessment">What a shadow showed; null when no server was named, so that the plan was not run anywhere.</param>
public sealed record UnstoredPlan(Plan Plan, Assessment? Assessment);

/// <summary>Plans from one given schema to another: nothing of the target's live catalog is in them, and nothing is stored.</summary>
/// <param name="server">Whose server has the shadows, and whose database they are like in encoding, locale and extensions. Null means that there is none: then both schemas have to be catalogs.</param>
/// <param name="parser">The parser.</param>
/// <param name="options">The scope, where neither schema has one.</param>
/// <param name="clock">The time of the assessment.</param>
public sealed class PlanFromTo(Target? server, PgQueryParser parser, ControlOptions options, TimeProvider clock)
{
    private readonly SchemaFileReader _files = new(parser);

    /// <summary>Who is told how far planning and validating are; null where nobody looks on.</summary>
    public IProgress<PlanProgress>? Progress { get; set; }

    /// <summary>Makes the plan, and validates it where there is a server.</summary>
    /// <exception cref="LockplaneException">
    /// LP001: the schemas have different scopes, or files need a server and none is named. LP105: majors differ. Otherwise as <see cref="ControlPlane.PlanSchemaAsync"/>.
    /// </exception>
    public async Task<UnstoredPlan> PlanAsync(GivenSchema from, GivenSchema to, CancellationToken cancellation)
    {
        Scope scope = CommonScope(from.Catalog, to.Catalog) ?? options.Scope;
        if (server is null)
        {
            return from.Catalog is { } before && to.Catalog is { } after
                ? new UnstoredPlan(Planner.Plan(before, after, PlanOptions.Default with { Scope = scope }), null)
                : throw new LockplaneException(ErrorCodes.Configuration, "Schema files are read by Postgres, and no server is named.", hint: "Name one for scratch databases, or give manifests.");
        }

        await using NpgsqlConnection like = await server.OpenAsync(cancellation).ConfigureAwait(false);
        DemandMajor(like.PostgreSqlVersion.Major, from.Catalog ?? to.Catalog);
        // What files leave to the owner of the database belongs to the same role on both sides.
        string? owner = (from.Catalog ?? to.Catalog)?.Environment.GetValueOrDefault("owner");
        ShadowValidation shadows = new(new ShadowServer(server.Shadow, parser, owner), scope, clock) { Progress = Progress };
        Catalog start = from.Catalog ?? (await DescribeAsync(shadows, like, from, cancellation).ConfigureAwait(false)).Catalog;
        DescribedCatalog desired = to.Catalog is { } whole ? DescribedCatalog.Whole(whole) : await DescribeAsync(shadows, like, to, cancellation).ConfigureAwait(false);
        Plan plan = await shadows.PlanAsync(like, start, desired, PlanOptions.Default with { Scope = scope }, cancellation).ConfigureAwait(false);
        return new UnstoredPlan(plan, await shadows.ValidateAsync(like, start, plan, cancellation).ConfigureAwait(false));
    }

    private Task<DescribedCatalog> DescribeAsync(ShadowValidation shadows, NpgsqlConnection like, GivenSchema schema, CancellationToken cancellation) =>
        shadows.ElaborateAsync(like, _files.Read(schema.Files), cancellation);

    private static Scope? CommonScope(Catalog? from, Catalog? to) => from is not null && to is not null && from.Scope.Normalised() != to.Scope.Normalised()
        ? throw new LockplaneException(ErrorCodes.Configuration, "The two schemas have different scopes, so they cannot be compared.", hint: "Make both manifests with the same [scope].")
        : from?.Scope ?? to?.Scope;

    private static void DemandMajor(int server, Catalog? catalog)
    {
        if (catalog is not null && catalog.ServerMajor != server)
        {
            throw new LockplaneException(
                ErrorCodes.MajorChanged, $"The manifest is of Postgres {catalog.ServerMajor}, the server for scratch databases is {server}.", hint: $"Name a server of Postgres {catalog.ServerMajor}.");
        }
    }
}
