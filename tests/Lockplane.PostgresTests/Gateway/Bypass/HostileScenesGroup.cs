namespace Lockplane.PostgresTests.Gateway.Bypass;

/// <summary>The tests that attack a scene share it and run one after another.</summary>
[CollectionDefinition(Name)]
public sealed class HostileScenesGroup : ICollectionFixture<HostileScenes>
{
    internal const string Name = "hostile scenes";
}
