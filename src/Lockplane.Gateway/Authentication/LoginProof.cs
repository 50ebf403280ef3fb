using System.Collections.Immutable;
using Lockplane.Wire.Sasl;

namespace Lockplane.Gateway.Authentication;

/// <summary>What a client proved. Never logged whole.</summary>
/// <param name="Method">By what.</param>
/// <param name="User">The role that it may be.</param>
/// <param name="Claims">The token's single-valued claims; empty without one.</param>
/// <param name="CertificateName">The name in the client's certificate; null without one.</param>
/// <param name="Expires">When the token ends; null where nothing does.</param>
/// <param name="Keys">The SCRAM keys that the proof gave away, for the login at the server (<c>login = "pass-through"</c>); null otherwise.</param>
internal sealed record LoginProof(
    AuthMethod Method, string User, ImmutableDictionary<string, string> Claims, string? CertificateName, DateTimeOffset? Expires, ScramKeys? Keys);
