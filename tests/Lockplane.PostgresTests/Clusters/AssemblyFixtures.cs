using Lockplane.PostgresTests.Clusters;

[assembly: AssemblyFixture(typeof(TestClusters))]
