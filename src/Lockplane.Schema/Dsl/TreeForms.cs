using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;

namespace Lockplane.Schema.Dsl;

/// <summary>Forms that a statement's syntax tree holds, wherever in it: what the rules ask for beyond the statement's facts.</summary>
/// <param name="NamesLockplane">A name or constant is <c>lockplane</c>, the ledger's schema.</param>
/// <param name="HasSecret">An option has a secret, and not the placeholder of one.</param>
/// <param name="IsTemporary">Something temporary is made or named.</param>
/// <param name="Destroys">Data goes away.</param>
/// <param name="ConvertsData">A column's type changes.</param>
/// <param name="OpensAccess">Who may see or change what is changed.</param>
/// <param name="BringsCode">Code comes in that runs later.</param>
/// <param name="IsConcurrent">It says CONCURRENTLY.</param>
/// <param name="IfNotExists">Something is made only where it is missing.</param>
/// <param name="MissingOk">Something may be missing.</param>
internal readonly partial record struct TreeForms(
    bool NamesLockplane, bool HasSecret, bool IsTemporary, bool Destroys, bool ConvertsData, bool OpensAccess, bool BringsCode, bool IsConcurrent, bool IfNotExists, bool MissingOk)
{
    /// <summary>Looks for them in libpg_query's JSON, where names are folded and unescaped and a text of the statement cannot look like a member.</summary>
    public static TreeForms Read(ReadOnlySpan<byte> tree) => new(
        FindsLockplane(tree),
        FindsSecret(tree),
        tree.IndexOf("\"relpersistence\":\"t\""u8) >= 0 || tree.IndexOf("\"schemaname\":\"pg_temp"u8) >= 0,
        HasAny(tree, Destroying),
        tree.IndexOf("\"subtype\":\"AT_AlterColumnType\""u8) >= 0,
        HasAny(tree, Opening),
        HasAny(tree, Programming),
        tree.IndexOf("\"concurrent\":true"u8) >= 0,
        tree.IndexOf("\"if_not_exists\":true"u8) >= 0,
        tree.IndexOf("\"missing_ok\":true"u8) >= 0);

    // A role may be called so: it is no schema, but for CREATE SCHEMA AUTHORIZATION, which makes one of its name.
    private static bool FindsLockplane(ReadOnlySpan<byte> tree)
    {
        bool namesSchema = tree.IndexOf("\"authrole\":"u8) >= 0;
        for (int at; (at = tree.IndexOf("\"lockplane\""u8)) >= 0; tree = tree[(at + 1)..])
        {
            if (namesSchema || !tree[..at].EndsWith("\"rolename\":"u8))
            {
                return true;
            }
        }

        return false;
    }

    // A column's option "key" says whether it is a part of one, and user names are none.
    [GeneratedRegex("""
        "defname":"(?<name>[^"]*)"(,"arg":\{"String":\{("sval":"(?<value>([^"\\]|\\.)*)")?)?
        """, RegexOptions.ExplicitCapture)]
    private static partial Regex Option { get; }

    [GeneratedRegex("passw|pwd|secret|token|[_a-z]key$", RegexOptions.IgnoreCase)]
    private static partial Regex SecretName { get; }

    [GeneratedRegex(@"^\$\{secret:[A-Z0-9_]+\}\z")]
    private static partial Regex Placeholder { get; }

    private static bool FindsSecret(ReadOnlySpan<byte> tree)
    {
        if (tree.IndexOf("\"DefElem\":"u8) < 0)
        {
            return false;
        }

        bool hasOptions = HasAny(tree, WithOptions);
        return Option.Matches(Encoding.UTF8.GetString(tree)).Any(option => IsSecret(option.Groups["name"].Value, option.Groups["value"].Value, hasOptions));
    }

    private static bool IsSecret(string name, string value, bool hasOptions) => !Placeholder.IsMatch(value)
        && (name == "password" || (hasOptions && SecretName.IsMatch(name) && !name.EndsWith("_required", StringComparison.OrdinalIgnoreCase) && value.ToLowerInvariant() is not ("" or "true" or "false" or "on" or "off" or "yes" or "no" or "1" or "0")));

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
            "\"CreateUserMappingStmt\":", "\"AlterUserMappingStmt\":", "\"CreatePolicyStmt\":", "\"AlterPolicyStmt\":", "\"removeType\":\"OBJECT_POLICY\"", "\"is_grant\":true", "\"AlterOwnerStmt\":",
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

    // Those that have OPTIONS of foreign data.
    private static readonly ImmutableArray<byte[]> WithOptions =
    [
        .. new[]
        {
            "\"CreateFdwStmt\":", "\"AlterFdwStmt\":", "\"CreateForeignServerStmt\":", "\"AlterForeignServerStmt\":", "\"CreateUserMappingStmt\":", "\"AlterUserMappingStmt\":",
            "\"CreateForeignTableStmt\":", "\"ImportForeignSchemaStmt\":", "\"subtype\":\"AT_GenericOptions\"", "\"subtype\":\"AT_AlterColumnGenericOptions\"",
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
