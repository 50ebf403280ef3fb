namespace Lockplane.Gateway.Statements;

/// <summary>Gives the gate of a session. Called from many threads.</summary>
public interface IStatementGates
{
    /// <summary>The gate of a profile's sessions in a database that they are logged in to: the same for all of them, so that they share verdicts.</summary>
    IStatementJudge For(Profile profile, string database);
}
