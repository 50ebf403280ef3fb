namespace Lockplane.Gateway.Statements;

/// <summary>Gives the gate of a session. Called from many threads.</summary>
public interface IStatementGates
{
    /// <summary>The gate of a profile's sessions in a database that they are logged in to: the same for all of them, so that they share verdicts.</summary>
    IStatementJudge For(Profile profile, string database);

    /// <summary>Judges off the loop, soon: on a thread of the parser's, where long texts wait for each other only. What <paramref name="judge"/> throws ends the process, so it catches. From any thread.</summary>
    /// <remarks>What waits is bounded by the sessions: each has at most one text here, so none is served twice before another is, and its bytes count as gathered.</remarks>
    void Post(int textBytes, Action judge);
}
