using System.Collections.Immutable;

namespace Lockplane.Gateway.Authentication;

/// <summary><c>[maps.&lt;name&gt;]</c>: which roles an outside name (of a certificate, of a token's subject) may log in as. Names are compared exactly.</summary>
/// <param name="Name">The map's name in the configuration.</param>
/// <param name="Roles">Outside names and their roles.</param>
public sealed record NameMap(string Name, ImmutableDictionary<string, ImmutableArray<string>> Roles)
{
    /// <summary>Whether the name may log in as the role.</summary>
    public bool Allows(string name, string role) => Roles.TryGetValue(name, out ImmutableArray<string> roles) && roles.Contains(role, StringComparer.Ordinal);
}
