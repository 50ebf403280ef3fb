using System.Collections.Immutable;
using System.Text;

namespace Lockplane.Schema.Dsl;

/// <summary>Forms that a statement's syntax tree holds, wherever in it: what the rules ask for beyond the statement's facts.</summary>
/// <param name="NamesLockplane">A name or constant is <c>lockplane</c>, the ledger's schema.</param>
/// <param name="HasPassword">An option is a password.</param>
/// <param name="IsTemporary">Something temporary is made or named.</param>
/// <param name="Destroys">Data goes away.</param>
/// <param name="ConvertsData">A column's type changes.</param>
/// <param name="OpensAccess">Who may see or change what is changed.</param>
/// <param name="BringsCode">Code comes in that runs later.</param>
/// <param name="IfNotExists">Something is made only where it is missing.</param>
/// <param name="MissingOk">Something may be missing.</param>
internal readonly record struct TreeForms(
    bool NamesLockplane, bool HasPassword, bool IsTemporary, bool Destroys, bool ConvertsData, bool OpensAccess, bool BringsCode, bool IfNotExists, bool MissingOk)
{
    /// <summary>Looks for them in libpg_query's JSON, where names are folded and unescaped and a text of the statement cannot look like a member.</summary>
    public static TreeForms Read(ReadOnlySpan<byte> tree) => new(
        tree.IndexOf("\"lockplane\""u8) >= 0,
        tree.IndexOf("\"defname\":\"password\""u8) >= 0,
        tree.IndexOf("\"relpersistence\":\"t\""u8) >= 0 || tree.IndexOf("\"schemaname\":\"pg_temp"u8) >= 0,
        HasAny(tree, Destroying),
        tree.IndexOf("\"subtype\":\"AT_AlterColumnType\""u8) >= 0,
        HasAny(tree, Opening),
        HasAny(tree, Programming),
        tree.IndexOf("\"if_not_exists\":true"u8) >= 0,
        tree.IndexOf("\"missing_ok\":true"u8) >= 0);

    private static bool HasAny(ReadOnlySpan<byte> tree, ImmutableArray<byte[]> forms)
    {
        foreach (byte[] form in forms)
        {
            if (tree.IndexOf(form) >= 0)
            {
                return true;
            }
        }

        return false;
    }

    // As libpg_query writes them.
    private static readonly ImmutableArray<byte[]> Opening =
    [
        .. new[]
        {
            "\"CreatePolicyStmt\":", "\"AlterPolicyStmt\":", "\"removeType\":\"OBJECT_POLICY\"", "\"is_grant\":true", "\"AlterOwnerStmt\":",
            "\"subtype\":\"AT_DisableRowSecurity\"", "\"subtype\":\"AT_NoForceRowSecurity\"", "\"subtype\":\"AT_ChangeOwner\"",
        }.Select(Encoding.ASCII.GetBytes),
    ];

    private static readonly ImmutableArray<byte[]> Programming =
    [
        .. new[]
        {
            "\"CreateFunctionStmt\":", "\"AlterFunctionStmt\":", "\"CreateTrigStmt\":", "\"CreateEventTrigStmt\":", "\"RuleStmt\":", "\"CreateExtensionStmt\":",
            "\"AlterExtensionStmt\":", "\"CreatePLangStmt\":", "\"CreateFdwStmt\":", "\"CreateForeignServerStmt\":", "\"ImportForeignSchemaStmt\":",
        }.Select(Encoding.ASCII.GetBytes),
    ];

    private static readonly ImmutableArray<byte[]> Destroying =
    [
        .. new[]
        {
            "\"removeType\":\"OBJECT_TABLE\"", "\"removeType\":\"OBJECT_SEQUENCE\"", "\"removeType\":\"OBJECT_SCHEMA\"", "\"removeType\":\"OBJECT_MATVIEW\"",
            "\"removeType\":\"OBJECT_TYPE\"", "\"removeType\":\"OBJECT_DOMAIN\"", "\"removeType\":\"OBJECT_EXTENSION\"", "\"removeType\":\"OBJECT_FOREIGN_TABLE\"",
            "\"subtype\":\"AT_DropColumn\"", "\"behavior\":\"DROP_CASCADE\"", "\"subtype\":\"AT_DropIdentity\"", "\"defname\":\"restart\"",
        }.Select(Encoding.ASCII.GetBytes),
    ];
}
