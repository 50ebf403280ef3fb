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

/// <summary>Two schemas as they were put side by side.</summary>
/// <param name="From">The first, and what the directives of the second rename in it.</param>
/// <param name="To">The second.</param>
public sealed record ComparedSchemas(Renaming From, Catalog To);

/// <summary>Plans from one given schema to another, and compares them: nothing of the target's live catalog is in that, and nothing is stored.</summary>
/// <param name="server">Whose server has the shadows, and whose database they are like in encoding, locale and extensions. Null means that there is none: then both schemas have to be catalogs.</param>
/// <param name="parser">The parser.</param>
/// <param name="options">The scope, where neither schema has one.</param>
/// <param name="clock">The time of the assessment.</param>
public sealed class GivenSchemas(Target? server, PgQueryParser parser, ControlOptions options, TimeProvider clock)
{
    private readonly SchemaFileReader _files = new(parser);

    /// <summary>Who is told how far planning and validating are; null where nobody looks on.</summary>
    public IProgress<PlanProgress>? Progress { get; set; }

    private Target Server => server
        ?? throw new LockplaneException(ErrorCodes.Configuration, "Schema files are read by Postgres, and no server is named.", hint: "Name one for scratch databases, or give manifests.");

    /// <summary>Makes the plan, and validates it where there is a server.</summary>
    /// <exception cref="LockplaneException">
    /// LP001: the schemas have different scopes, or files need a server and none is named. LP105: majors differ. Otherwise as <see cref="ControlPlane.PlanSchemaAsync"/>.
    /// </exception>
    public async Task<UnstoredPlan> PlanAsync(GivenSchema from, GivenSchema to, CancellationToken cancellation)
    {
        Scope scope = CommonScope(from.Catalog, to.Catalog) ?? options.Scope;
        if (server is null && from.Catalog is { } before && to.Catalog is { } after)
        {
            return new UnstoredPlan(Planner.Plan(before, after, PlanOptions.Default with { Scope = scope }), null);
        }

        await using NpgsqlConnection like = await Server.OpenAsync(cancellation).ConfigureAwait(false);
        DemandMajor(like.PostgreSqlVersion.Major, from.Catalog ?? to.Catalog);
        // What files leave to the owner of the database belongs to the same role on both sides.
        string? owner = (from.Catalog ?? to.Catalog)?.Environment.GetValueOrDefault("owner");
        ShadowValidation shadows = new(new ShadowServer(Server.Shadow, parser, owner), scope, clock) { Progress = Progress };
        Catalog start = from.Catalog ?? (await DescribeAsync(shadows, like, from, cancellation).ConfigureAwait(false)).Catalog;
        DescribedCatalog desired = to.Catalog is { } whole ? DescribedCatalog.Whole(whole) : await DescribeAsync(shadows, like, to, cancellation).ConfigureAwait(false);
        Plan plan = await shadows.PlanAsync(like, start, desired, PlanOptions.Default with { Scope = scope }, cancellation).ConfigureAwait(false);
        return new UnstoredPlan(plan, await shadows.ValidateAsync(like, start, plan, plan, cancellation).ConfigureAwait(false));
    }

    /// <summary>Puts two schemas side by side. What directives rename has its new name in the first; privileges that files leave alone are the other's.</summary>
    /// <param name="from">The first.</param>
    /// <param name="to">The second.</param>
    /// <param name="acrossMajors">What is of another major version than the server is loaded there as it is printed.</param>
    /// <param name="cancellation">Gives up; the shadows are dropped.</param>
    /// <exception cref="LockplaneException">LP105: majors differ, or the server is of neither. LP001, LP202, LP401: as <see cref="PlanAsync"/>.</exception>
    public async Task<ComparedSchemas> CompareAsync(GivenSchema from, GivenSchema to, bool acrossMajors, CancellationToken cancellation)
    {
        if (from.Catalog is { } before && to.Catalog is { } after && before.ServerMajor == after.ServerMajor)
        {
            return new ComparedSchemas(Renaming.None(before), after);
        }

        await using NpgsqlConnection like = await Server.OpenAsync(cancellation).ConfigureAwait(false);
        ShadowValidation shadows = new(new ShadowServer(Server.Shadow, parser, null), (from.Catalog ?? to.Catalog)?.Scope ?? options.Scope, clock);
        (from, to) = (InMajor(from, like.PostgreSqlVersion.Major, acrossMajors), InMajor(to, like.PostgreSqlVersion.Major, acrossMajors));
        DescribedCatalog desired = to.Catalog is { } whole ? DescribedCatalog.Whole(whole) : await DescribeAsync(shadows, like, to, cancellation).ConfigureAwait(false);
        Catalog start = from.Catalog ?? Beside(await DescribeAsync(shadows, like, from, cancellation).ConfigureAwait(false), desired.Catalog);
        Renaming renaming = await shadows.RenameAsync(like, start, desired, cancellation).ConfigureAwait(false);
        return new ComparedSchemas(renaming, to.Catalog ?? Beside(desired, renaming.Renamed));
    }

    // What files do not speak of is as it is in the other.
    private static Catalog Beside(DescribedCatalog described, Catalog other) => described.For(other).WithUnmodelledOf(other);

    private static GivenSchema InMajor(GivenSchema schema, int major, bool acrossMajors)
    {
        if (schema.Catalog is null || schema.Catalog.ServerMajor == major)
        {
            return schema;
        }

        return acrossMajors
            ? new GivenSchema(null, [new SchemaFile($"(Postgres {schema.Catalog.ServerMajor})", CatalogPrinter.Print(schema.Catalog))])
            : throw new LockplaneException(
                ErrorCodes.MajorChanged, $"One schema is of Postgres {schema.Catalog.ServerMajor}, the other of {major}: their expressions are not written alike.",
                hint: $"Give --across-majors to load it into Postgres {major}, and --db for a database of the major version that is meant.");
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
