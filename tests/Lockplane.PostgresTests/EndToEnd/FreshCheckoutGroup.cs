namespace Lockplane.PostgresTests.EndToEnd;

/// <summary>One checkout, installed and started once, for all tests that use it; they run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class FreshCheckoutGroup : ICollectionFixture<FreshCheckout>
{
    internal const string Name = "fresh checkout";
}
