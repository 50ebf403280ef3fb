using Lockplane.Gateway.Statements;
using Lockplane.Wire;

namespace Lockplane.Gateway.Relays;

/// <summary>Why a schema change under profile migrator is not handed to the corridor: only one that stands alone can be answered with what became of it.</summary>
internal static class ChangeRefusals
{
    private const string Hint = "Send the statement by itself, outside a transaction block; or plan several together: lockplane plan --sql FILE";

    public static readonly Refusal InTransaction = new(
        SqlState.ActiveTransaction, "a schema change cannot run inside a transaction block through the gateway", "It is applied in a transaction of its own.", Hint);

    public static readonly Refusal WithOthers = new(
        SqlState.ActiveTransaction, "a schema change cannot run together with other statements of one query through the gateway", "None of them was run.", Hint);

    public static readonly Refusal InPipeline = new(
        SqlState.ActiveTransaction, "a schema change cannot run in a pipeline with other statements through the gateway", "Its Parse, Bind and Execute have to be all that stands before a Sync.", Hint);

    public static readonly Refusal OnlyPrepared = new(
        SqlState.FeatureNotSupported, "a schema change cannot be prepared first and executed later through the gateway", "Its Parse, Bind and Execute have to be all that stands before a Sync.",
        "Send it without preparing it, as a simple query: asyncpg by execute(), psycopg and Npgsql without prepare.");

    public static readonly Refusal InOtherStatement = new(
        SqlState.FeatureNotSupported, "a schema change inside of another statement is not applied through the gateway", null, "Send the change itself.");

    public static readonly Refusal WithParameters = new(
        SqlState.ProtocolViolation, "a schema change takes no parameters", null, "Write the values into the statement.");

    public static readonly Refusal NotAgain = new(
        SqlState.FeatureNotSupported, "the same statement was the last schema change that was applied, and the corridor does not run a plan twice in a row", "What it does to rows was not done again.",
        "Have the owner of the database run it directly.");

    public static readonly Refusal TooLong = new(
        SqlState.ProgramLimitExceeded, $"what follows the Parse of a schema change is longer than {ChangeUnit.MostBytes} bytes", null, "Use shorter names of statements and portals.");

    public static readonly Refusal Malformed = new(
        SqlState.ProtocolViolation, "The message is malformed: a text holds a NUL, is not terminated, or the fields do not fill the message.");
}
