namespace Lockplane.Tests.Gateway.Faults;

/// <summary>Tests that look at what the whole process holds, so nothing else runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public static class FaultGroup
{
    public const string Name = "faults";
}
