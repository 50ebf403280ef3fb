using Lockplane.Schema.Catalogs;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

/// <summary>Writes what objects of every kind have: owner, comment, labels, privileges.</summary>
internal static class CommonSql
{
    /// <summary>ALTER ... OWNER TO.</summary>
    public static string Owner(ObjectKind kind, ObjectId id, string owner) => $"ALTER {kind.Word} {kind.Reference(id)} OWNER TO {Identifiers.Quote(owner)}";

    /// <summary>COMMENT ON; null takes it away.</summary>
    public static string Comment(ObjectKind kind, ObjectId id, string? comment) => $"COMMENT ON {kind.Word} {kind.Reference(id)} IS {Literal(comment)}";

    /// <summary>COMMENT ON COLUMN.</summary>
    public static string ColumnComment(ObjectId relation, string column, string? comment) =>
        $"COMMENT ON COLUMN {relation.QualifiedName}.{Identifiers.Quote(column)} IS {Literal(comment)}";

    /// <summary>SECURITY LABEL; a null label takes it away.</summary>
    public static string Label(ObjectKind kind, ObjectId id, string provider, string? label) =>
        $"SECURITY LABEL FOR {Identifiers.Quote(provider)} ON {kind.Word} {kind.Reference(id)} IS {Literal(label)}";

    /// <summary>ALTER ... DEPENDS ON EXTENSION.</summary>
    public static string DependsOnExtension(ObjectKind kind, ObjectId id, string extension, bool no = false) =>
        $"ALTER {kind.Word} {kind.Reference(id)} {(no ? "NO " : "")}DEPENDS ON EXTENSION {Identifiers.Quote(extension)}";

    /// <summary>GRANT of one entry.</summary>
    public static string Grant(ObjectKind kind, ObjectId id, GrantFacts entry, string? column) =>
        $"GRANT {Target(kind, id, entry, column)} TO {Role(entry.To)}{(entry.Grantable ? " WITH GRANT OPTION" : "")}{GrantedBy(entry)}";

    /// <summary>REVOKE of one entry.</summary>
    public static string Revoke(ObjectKind kind, ObjectId id, GrantFacts entry, string? column) =>
        $"REVOKE {Target(kind, id, entry, column)} FROM {Role(entry.To)}{GrantedBy(entry)}";

    /// <summary>A role in GRANT: PUBLIC is a word and no name.</summary>
    public static string Role(string name) => name == "public" ? "PUBLIC" : Identifiers.Quote(name);

    private static string Target(ObjectKind kind, ObjectId id, GrantFacts entry, string? column)
    {
        string columns = column is null ? "" : $" ({Identifiers.Quote(column)})";
        return $"{string.Join(", ", entry.Privileges.Select(p => p + columns))} ON {kind.GrantWord} {kind.GrantReference(id)}";
    }

    /// <summary>GRANTED BY, with a space before it, where it was not the owner.</summary>
    public static string GrantedBy(GrantFacts entry) => entry.By is null ? "" : " GRANTED BY " + Identifiers.Quote(entry.By);

    private static string Literal(string? text) => text is null ? "NULL" : Identifiers.QuoteLiteral(text);
}
