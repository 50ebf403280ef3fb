using Lockplane.Sql.Errors;
using Npgsql;

namespace Lockplane.Control.Connections;

/// <summary>A database under management and the logins that the control plane uses for it.</summary>
public sealed class Target : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source;

    /// <param name="applyUrl">The role that owns what is changed; reads and applies.</param>
    /// <param name="shadowUrl">The role that makes scratch databases (CREATEDB, CREATEROLE); null means that <paramref name="applyUrl"/>'s does.</param>
    public Target(string applyUrl, string? shadowUrl = null)
    {
        NpgsqlConnectionStringBuilder apply = PostgresUrl.Parse(applyUrl);
        apply.MaxPoolSize = 8;
        ApplyRole = apply.Username ?? throw new LockplaneException(ErrorCodes.Configuration, "The connection URL names no user.");
        Database = apply.Database!;
        _source = NpgsqlDataSource.Create(apply);
        Shadow = shadowUrl is null ? new NpgsqlConnectionStringBuilder(apply.ConnectionString) : PostgresUrl.Parse(shadowUrl);
        Shadow.Pooling = false;
        // Advisory locks are per database: all that make shadows on one server must meet in one.
        Shadow.Database = "postgres";
    }

    /// <summary>The role that applies: principal <c>db:ApplyRole</c> at the CLI.</summary>
    public string ApplyRole { get; }

    /// <summary>The database's name.</summary>
    public string Database { get; }

    /// <summary>How to reach the server where scratch databases are made, through its database <c>postgres</c>.</summary>
    internal NpgsqlConnectionStringBuilder Shadow { get; }

    internal async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellation)
    {
        try
        {
            return await _source.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        }
        catch (NpgsqlException e)
        {
            throw Unreachable(e);
        }
    }

    /// <summary>A connection of an administrator to this database, whichever the URL names.</summary>
    internal async Task<NpgsqlConnection> OpenAdministratorAsync(string url, CancellationToken cancellation)
    {
        NpgsqlConnectionStringBuilder login = PostgresUrl.Parse(url);
        login.Database = Database;
        login.Pooling = false;
        NpgsqlConnection connection = new(login.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellation).ConfigureAwait(false);
            return connection;
        }
        catch (NpgsqlException e)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw Unreachable(e);
        }
    }

    internal static LockplaneException Unreachable(NpgsqlException e) => new(
        ErrorCodes.Configuration,
        e is PostgresException p ? $"The server refused the connection: {p.MessageText} ({p.SqlState})." : $"The server cannot be reached: {e.InnerException?.Message ?? e.Message}",
        hint: "Check that the server runs and that the URL is right.",
        inner: e);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _source.DisposeAsync();
}
