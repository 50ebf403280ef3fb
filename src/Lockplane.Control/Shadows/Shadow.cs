using Npgsql;

namespace Lockplane.Control.Shadows;

/// <summary>One scratch database; it is dropped, with its role, when disposed.</summary>
internal sealed class Shadow(NpgsqlConnection administrator, NpgsqlConnection connection, string name) : IAsyncDisposable
{
    /// <summary>The shadow role's one connection to its database.</summary>
    internal NpgsqlConnection Connection => connection;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            if (administrator.State == System.Data.ConnectionState.Open)
            {
                await ShadowServer.DropAsync(administrator, name, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (NpgsqlException)
        {
            // The server went away: the next shadow of this number drops what is left.
        }
        finally
        {
            await administrator.DisposeAsync().ConfigureAwait(false);
        }
    }
}
