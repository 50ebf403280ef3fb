using System.Collections.Immutable;

namespace Lockplane.Sql.Errors;

/// <summary>Every error code of Lockplane's own. This list is the only one: <c>docs/errors.md</c> is generated from it.</summary>
public static class ErrorCodes
{
    public static readonly ErrorCode Configuration = new("LP001", "CONFIGURATION",
        "The configuration is not valid.", "Correct the key that the message names.");

    public static readonly ErrorCode NewerState = new("LP006", "NEWER_STATE",
        "Schema lockplane in the database was written by a newer Lockplane.", "Use that version or a later one.");

    public static readonly ErrorCode Drift = new("LP101", "DRIFT_DETECTED",
        "The live catalog is not what the last ledger entry says.", "Run `lockplane verify` to see what differs.");

    public static readonly ErrorCode StaleBase = new("LP102", "STALE_BASE",
        "The live catalog is not the one that the plan starts from.", "Make the plan again from the catalog as it is now.");

    public static readonly ErrorCode Unreadable = new("LP103", "UNREADABLE",
        "Something the role may not read, or a kind that is not modelled, is in the way.", "See the objects that the message names.");

    public static readonly ErrorCode NotManaged = new("LP104", "NOT_MANAGED",
        "The database is not under management.", "Run `lockplane baseline` once.");

    public static readonly ErrorCode MajorChanged = new("LP105", "MAJOR_CHANGED",
        "The server's major version is not the one that the manifest was made on.", "Make the plan again on this major version.");

    public static readonly ErrorCode StatementNotAllowed = new("LP201", "SQL_NOT_ALLOWED",
        "A statement is not allowed in a schema file or a plan.", "Write what the hint says instead.");

    public static readonly ErrorCode Directive = new("LP202", "DIRECTIVE",
        "A directive comment cannot be understood or does not fit.", "Correct the directive that the message names.");

    public static readonly ErrorCode Dependency = new("LP203", "DEPENDENCY",
        "A change depends on something that it does not have.", "Add what the message names, or change both in one plan.");

    public static readonly ErrorCode RowBoundsMissing = new("LP204", "ROW_BOUNDS_MISSING",
        "A data change does not say how many rows it may touch.", "Write `-- lockplane: rows 1..100` in the line above the statement, or at its end.");

    public static readonly ErrorCode SecretInText = new("LP205", "SECRET_IN_TEXT",
        "A statement holds a secret, or needs one that is not there.", "Write ${secret:NAME} in a user mapping and set LOCKPLANE_SECRET_NAME in the environment of apply.");

    public static readonly ErrorCode DdlRefused = new("LP301", "DDL_REFUSED",
        "A statement that changes the schema was sent through the gateway.", "Apply the plan that the hint names.", 3);

    public static readonly ErrorCode ApprovalRequired = new("LP302", "APPROVAL_REQUIRED",
        "The plan destroys something, opens access or brings code in, and nobody has approved it.", "Have a person run `lockplane approve` on it.", 3);

    public static readonly ErrorCode ApprovalVoid = new("LP303", "APPROVAL_VOID",
        "The approval has expired, was used, or was given for another state of the database.", "Have the plan approved again.", 3);

    public static readonly ErrorCode DeniedByPolicy = new("LP304", "NOT_PERMITTED",
        "A policy rule or a missing scope denies it.", "Ask the owner of the rule that the message names.", 3);

    public static readonly ErrorCode NodeNotAllowed = new("LP310", "NODE_NOT_ALLOWED",
        "The profile does not allow this kind of statement or expression.", "Use another form, or have it added to the profile.", 3);

    public static readonly ErrorCode FunctionNotAllowed = new("LP311", "FUNCTION_NOT_ALLOWED",
        "The profile does not allow this function.", "Have it added to the profile's allow_functions.", 3);

    public static readonly ErrorCode SettingNotAllowed = new("LP312", "SETTING_NOT_ALLOWED",
        "The profile does not allow this setting to be changed.", "Have it added to the profile's allow_settings.", 3);

    public static readonly ErrorCode ShadowStepFailed = new("LP401", "SHADOW_FAILED",
        "A step of the plan failed on the shadow.", "Correct the statement that the message names.");

    public static readonly ErrorCode ShadowDiffers = new("LP402", "SHADOW_DIFFERS",
        "The shadow did not reach the catalog that the plan promises.", "See the objects that the message names.");

    public static readonly ErrorCode ShadowIncomplete = new("LP403", "SHADOW_INCOMPLETE",
        "The shadow lacks a role, an extension or a right.", "Give it what the message names, or set shadow_url.");

    public static readonly ErrorCode ResultDiffers = new("LP501", "RESULT_DIFFERS",
        "After the steps the catalog was not the one that the plan promises; everything was rolled back.", "See the objects that the message names.");

    public static readonly ErrorCode LockTimeout = new("LP502", "LOCK_TIMEOUT",
        "A lock could not be had in time; everything was rolled back.", "Try again, or end the session that the message names.");

    public static readonly ErrorCode AnotherApplier = new("LP503", "OPERATION_ACTIVE",
        "Another process is applying a plan to this database.", "Wait for it.");

    public static readonly ErrorCode StepFailed = new("LP504", "STEP_FAILED",
        "A step failed; everything was rolled back.", "See Postgres's own message.");

    public static readonly ErrorCode LedgerBroken = new("LP505", "LEDGER_BROKEN",
        "The ledger's chain of hashes or a signature does not hold.", "Find out who wrote to schema lockplane; compare with an exported ledger.");

    public static readonly ErrorCode InDoubt = new("LP506", "IN_DOUBT",
        "The connection was lost at commit; whether it happened is not known.", "Run `lockplane verify`.");

    public static readonly ErrorCode RowBoundsExceeded = new("LP507", "ROW_BOUNDS_EXCEEDED",
        "A data change touched fewer or more rows than it may, or rows that a rollback restores were changed since; everything was rolled back.", "Check the statement's condition and its bounds; look at the rows.");

    public static readonly ErrorCode PoolerOrStandby = new("LP508", "POOLER_OR_STANDBY",
        "The connection goes to a standby or through a pooler that changes servers.", "Connect to the primary directly.");

    /// <summary>All of them, in order of code.</summary>
    public static ImmutableArray<ErrorCode> All { get; } =
    [
        Configuration, NewerState,
        Drift, StaleBase, Unreadable, NotManaged, MajorChanged,
        StatementNotAllowed, Directive, Dependency, RowBoundsMissing, SecretInText,
        DdlRefused, ApprovalRequired, ApprovalVoid, DeniedByPolicy, NodeNotAllowed, FunctionNotAllowed, SettingNotAllowed,
        ShadowStepFailed, ShadowDiffers, ShadowIncomplete,
        ResultDiffers, LockTimeout, AnotherApplier, StepFailed, LedgerBroken, InDoubt, RowBoundsExceeded, PoolerOrStandby,
    ];
}
