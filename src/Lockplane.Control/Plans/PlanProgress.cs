namespace Lockplane.Control.Plans;

/// <summary>How far the work on a plan is.</summary>
/// <param name="Work">What is being done.</param>
/// <param name="N">The statement that runs now, from 1.</param>
/// <param name="Count">Of how many.</param>
public sealed record PlanProgress(PlanWork Work, int N, int Count);

/// <summary>What is done for a plan, or with it.</summary>
public enum PlanWork
{
    /// <summary>Schema files are loaded into a shadow, so that Postgres says what they mean.</summary>
    Load = 1,

    /// <summary>The catalog that the plan starts from is built on a shadow.</summary>
    Build,

    /// <summary>The plan's steps are run on the shadow.</summary>
    Run,

    /// <summary>The steps of its rollback are run on the shadow.</summary>
    Undo,

    /// <summary>All steps are applied to the database itself.</summary>
    Apply,
}
