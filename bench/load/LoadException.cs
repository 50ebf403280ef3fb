namespace Lockplane.Bench.Load;

/// <summary>Why the benchmark, or one of its runs, cannot go on; for a person.</summary>
internal sealed class LoadException(string message) : Exception(message);
