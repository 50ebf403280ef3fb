using Lockplane.Control.Connections;
using Lockplane.Sql;
using Npgsql;

namespace Lockplane.Control.Shadows;

/// <summary>The roles of one shadow: for each that a statement names, a NOLOGIN role that stands for it, so that the shadow role is never in a role of the server's own.</summary>
/// <remarks>
/// Called <c>lockplane_shadow_&lt;n&gt;_role_&lt;k&gt;</c> and removed by that pattern. The shadow role is in all of them: it acts for every owner. The owner of the database is the
/// shadow role itself. Roles that Postgres has by itself (<c>pg_...</c>) stay what they are, and nobody is put into them.
/// </remarks>
/// <param name="administrator">Who makes roles.</param>
/// <param name="shadow">The shadow role's name.</param>
/// <param name="owner">The owner of the database that the shadow stands for.</param>
/// <param name="isSuperuser">Whether the administrator is a superuser: what it makes on the shadow then counts as the owner's.</param>
/// <param name="known">The stand-ins that are there already, by the roles that they stand for; null when there are none.</param>
internal sealed class ShadowRoles(NpgsqlConnection administrator, string shadow, string owner, bool isSuperuser, IReadOnlyDictionary<string, string>? known = null)
{
    private readonly Dictionary<string, string> _standIns = new(known ?? new Dictionary<string, string> { [owner] = shadow }, StringComparer.Ordinal);
    private readonly Dictionary<string, string> _superusers = new(StringComparer.Ordinal);

    /// <summary>The role that all stand-ins are in. What it is granted lets them own things where the roles they stand for could not be given them; it is taken away before a catalog is read.</summary>
    public string Everybody { get; } = shadow + "_role_0";

    /// <summary>For each role the one that stands for it, the shadow role for the owner.</summary>
    public IReadOnlyDictionary<string, string> StandIns => _standIns;

    /// <summary>For each role of the shadow the role that it stands for.</summary>
    public IReadOnlyDictionary<string, string> RealNames => _standIns.Concat(_superusers).Select(pair => (Name: pair.Value, Role: pair.Key))
        .Concat(isSuperuser ? [(administrator.UserName!, owner)] : []).ToDictionary(pair => pair.Name, pair => pair.Role, StringComparer.Ordinal);

    /// <summary>The name of a role on the shadow.</summary>
    public string NameOf(string role) => IsBuiltIn(role) ? role : _standIns[role];

    /// <summary>Makes the stand-ins that are missing.</summary>
    public async Task AddAsync(IEnumerable<string> roles, CancellationToken cancellation)
    {
        foreach (string role in roles.Where(role => !IsBuiltIn(role) && !_standIns.ContainsKey(role)).Distinct(StringComparer.Ordinal).ToList())
        {
            string name = $"{shadow}_role_{_standIns.Count}";
            await CreateAsync(name, cancellation).ConfigureAwait(false);
            await administrator.RunAsync(cancellation, $"GRANT {Everybody} TO {name}").ConfigureAwait(false);
            _standIns[role] = name;
        }
    }

    /// <summary>The name of a role that is a superuser where it owns what only superusers may own. Nobody is in it, and it cannot log in.</summary>
    public string SuperuserNameOf(string role) => _superusers[role];

    /// <summary>Makes superusers that stand for these roles.</summary>
    public async Task AddSuperusersAsync(IEnumerable<string> names, CancellationToken cancellation)
    {
        foreach (string role in names.Where(role => !_superusers.ContainsKey(role)).Distinct(StringComparer.Ordinal).ToList())
        {
            string name = $"{shadow}_role_s{_superusers.Count + 1}";
            await administrator.RunAsync(cancellation, $"CREATE ROLE {name} NOLOGIN SUPERUSER").ConfigureAwait(false);
            _superusers[role] = name;
        }
    }

    /// <summary>Makes the role that all stand-ins are in.</summary>
    public Task CreateEverybodyAsync(CancellationToken cancellation) => CreateAsync(Everybody, cancellation);

    /// <summary>Drops the stand-ins of a shadow but those that are kept. What they own and were granted has to be gone with its database.</summary>
    public static async Task DropAsync(NpgsqlConnection administrator, string shadow, CancellationToken cancellation, params IEnumerable<string> kept)
    {
        List<string> names = [];
        await using (NpgsqlCommand command = new("SELECT rolname::text FROM pg_catalog.pg_roles WHERE pg_catalog.starts_with(rolname::text, $1)", administrator))
        {
            command.Parameters.Add(new NpgsqlParameter { Value = shadow + "_role_" });
            await using NpgsqlDataReader rows = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
            while (await rows.ReadAsync(cancellation).ConfigureAwait(false))
            {
                names.Add(rows.GetString(0));
            }
        }

        await administrator.RunAsync(cancellation, names.Except(kept).Select(name => $"DROP ROLE IF EXISTS {Identifiers.Quote(name)}")).ConfigureAwait(false);
    }

    // From 16 on who makes a role may grant it; that a membership is inherited and can be set is its default, and before 16 the only way.
    private Task CreateAsync(string name, CancellationToken cancellation) => administrator.RunAsync(
        cancellation, $"CREATE ROLE {name} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT", $"GRANT {name} TO {shadow}");

    private static bool IsBuiltIn(string role) => role.StartsWith("pg_", StringComparison.Ordinal);
}
