using System.Collections.Frozen;
using System.Text;
using Lockplane.Schema.Dsl;
using Lockplane.Sql.Errors;
using Lockplane.Sql.PgQuery;

namespace Lockplane.Control.Shadows;

/// <summary>How a statement is run on a shadow.</summary>
internal enum ShadowActor
{
    /// <summary>By the shadow role, as all that is not listed here.</summary>
    Shadow,

    /// <summary>By the administrator: an extension.</summary>
    Extension,

    /// <summary>By the administrator, as it stands: it runs no code and gives the shadow role no power outside of its database.</summary>
    Administrator,

    /// <summary>By the administrator, who disables it in the same transaction.</summary>
    EventTrigger,

    /// <summary>By the administrator, who lets the stand-ins use it.</summary>
    Wrapper,

    /// <summary>By the administrator where there is a superuser, otherwise by the shadow role: what is said about something that the administrator may have made.</summary>
    Either,
}

/// <summary>The closed list: what Postgres reserves to superusers and the administrator runs on a shadow all the same. All else is refused, by name and with the reason.</summary>
internal static class ClosedList
{
    // Postgres's own contrib modules that are not trusted but harmless on a scratch database once what connects or reads is taken from them.
    private static readonly FrozenSet<string> Extensions = """
        amcheck autoinc bloom dblink dict_xsyn earthdistance file_fdw insert_username intagg moddatetime pageinspect pg_buffercache pg_freespacemap pg_prewarm pg_stat_statements
        pg_visibility pg_walinspect pgrowlocks pgstattuple postgres_fdw refint sslinfo tcn vector postgis pg_partman pgaudit
        """.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> Kinds = FrozenSet.Create(
        StringComparer.Ordinal, "CreateExtensionStmt", "CreateEventTrigStmt", "CreateFdwStmt", "CreatePublicationStmt", "CreateCastStmt", "CreateOpClassStmt", "CreateOpFamilyStmt",
        "AlterOpFamilyStmt", "CreatePLangStmt", "CreateAmStmt", "DefineStmt", "GrantStmt", "CreateFunctionStmt", "AlterFunctionStmt", "CreateSubscriptionStmt", "AlterEventTrigStmt", "AlterOwnerStmt", "CommentStmt", "DropStmt");

    // What only superusers make, and what is said about it.
    private static readonly FrozenSet<string> Reserved = FrozenSet.Create(
        StringComparer.Ordinal, "OBJECT_EVENT_TRIGGER", "OBJECT_FDW", "OBJECT_OPCLASS", "OBJECT_OPFAMILY", "OBJECT_TSPARSER", "OBJECT_TSTEMPLATE", "OBJECT_PUBLICATION", "OBJECT_EXTENSION");

    /// <summary>Whether an extension that is not trusted may be made by the administrator.</summary>
    public static bool HasExtension(string name) => Extensions.Contains(name);

    /// <summary>What the list asks of a statement; null for one that the shadow role runs whatever it says.</summary>
    public static ClosedListFacts? Find(PgQueryParser parser, string kind, string sql) =>
        Kinds.Contains(kind) ? parser.Parse(Encoding.UTF8.GetBytes(StatementRoles.WithoutVariable(sql)), ClosedListFacts.Read).Value : null;

    /// <summary>Whether its owner has to be a superuser.</summary>
    public static bool HasSuperuserOwner(ClosedListFacts facts) => facts.Kind == "AlterOwnerStmt" && facts.Text("objectType") is "OBJECT_EVENT_TRIGGER" or "OBJECT_FDW";

    /// <summary>Who runs a statement.</summary>
    /// <exception cref="LockplaneException">LP403: nobody does.</exception>
    public static ShadowActor ActorOf(ClosedListFacts facts) => facts.Kind switch
    {
        "CreateExtensionStmt" => ShadowActor.Extension,
        "CreateEventTrigStmt" when facts.Text("eventname") == "login" => throw Refused("An event trigger on login", "it would run for whoever connects to the scratch database"),
        "CreateEventTrigStmt" or "AlterEventTrigStmt" => ShadowActor.EventTrigger,
        "CreateFdwStmt" when facts.Options("func_options").Any(o => o.Name == "handler" || !o.IsBuiltIn) => throw Refused("A foreign data wrapper with a handler, or a validator of one's own", "a handler connects to other servers, and a validator would run as the superuser that makes the wrapper; those of an extension are allowed"),
        "CreateFdwStmt" => ShadowActor.Wrapper,
        "CreatePublicationStmt" when facts.HasAny("whereClause") && facts.NeedsSuperuser => throw Refused("A publication of all tables of a schema that has a row filter, too", "the administrator evaluates no expressions"),
        "CreatePublicationStmt" => facts.NeedsSuperuser ? ShadowActor.Administrator : ShadowActor.Shadow,
        "CreateCastStmt" => facts.HasAny("func") || facts.Flag("inout") ? ShadowActor.Shadow : throw Refused("A cast without a function", "it lets SQL read a value's bytes as another type, and so the server's memory"),
        "CreateOpFamilyStmt" => ShadowActor.Administrator,
        "CreateOpClassStmt" or "AlterOpFamilyStmt" => facts.IsPlainOperatorClass ? ShadowActor.Administrator
            : throw Refused("An operator class with other members than operators and the comparison or hash functions of btree and hash", "its support functions get the server's memory"),
        "CreatePLangStmt" => throw Refused("A language", "only trusted ones that come with an extension are allowed"),
        "CreateAmStmt" => throw Refused("An access method", "its handler is code of the server"),
        "DefineStmt" when facts.Text("kind") is "OBJECT_TSPARSER" or "OBJECT_TSTEMPLATE" => facts.Options("definition").All(o => o.IsBuiltIn)
            ? ShadowActor.Administrator : throw Refused("A text search parser or template with functions of its own", "they are code of the server"),
        "AlterOwnerStmt" when Reserved.Contains(facts.Text("objectType") ?? "") => ShadowActor.Either,
        "CommentStmt" when Reserved.Contains(facts.Text("objtype") ?? "") => ShadowActor.Either,
        "DropStmt" when Reserved.Contains(facts.Text("removeType") ?? "") => ShadowActor.Either,
        "GrantStmt" when facts.Text("objtype") == "OBJECT_FDW" => ShadowActor.Either,
        "GrantStmt" when facts.IsOnSystemObjects => facts.Flag("is_grant") ? throw Refused("A grant on one of Postgres's own objects", "the shadow role would have it, too") : ShadowActor.Administrator,
        "CreateFunctionStmt" or "AlterFunctionStmt" when facts.Options("options").Concat(facts.Options("actions")).Any(o => o is { Name: "leakproof", IsTrue: true }) =>
            throw Refused("A LEAKPROOF function", "only a superuser may declare it, and the administrator makes no functions"),
        "CreateFunctionStmt" when facts.Options("options").FirstOrDefault(o => o.Name == "language") is { } language && Untrusted.Contains(language.Value) =>
            throw Refused($"A function in language {language.Value}", "it runs code of the server"),
        "CreateSubscriptionStmt" => throw Refused("A subscription", "only a superuser may make one, and it would connect to another server"),
        _ => ShadowActor.Shadow,
    };

    private static readonly FrozenSet<string> Untrusted = FrozenSet.Create(StringComparer.OrdinalIgnoreCase, "c", "internal", "plpython3u", "plperlu", "pltclu", "plpythonu", "plpython2u");

    private static LockplaneException Refused(string what, string why) =>
        new(ErrorCodes.ShadowIncomplete, $"{what} is not made on a shadow: {why}.", hint: "Leave it out by [scope] ignore, or have an administrator make it on the target.");
}
