using System.Globalization;
using System.Text;
using Lockplane.Wire;

namespace Lockplane.Gateway.Sessions;

/// <summary>The application name that the server sees when <c>gateway.tag_application_name</c> is on.</summary>
internal static class ApplicationName
{
    /// <summary>The client's name, cut between characters so that <c> lp:SESSION</c> fits behind it into the 63 bytes that Postgres keeps.</summary>
    /// <param name="name">As the client gave it; empty without one.</param>
    /// <param name="session">The session's number, by which operators find it.</param>
    public static string Tag(string name, long session)
    {
        string tag = string.Create(CultureInfo.InvariantCulture, $"{(name.Length == 0 ? "" : " ")}lp:{session}");
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        int length = Sql.Lexing.MaskedSql.CutLength(bytes, ProtocolLimits.NameBytes - tag.Length);
        return Encoding.UTF8.GetString(bytes.AsSpan(0, length)) + tag;
    }
}
