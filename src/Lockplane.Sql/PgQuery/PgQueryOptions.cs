namespace Lockplane.Sql.PgQuery;

/// <summary>How a <see cref="PgQueryParser"/> is to work.</summary>
public sealed record PgQueryOptions
{
    /// <summary>
    /// A folder for the compiled module, so that a process starts in 0.1 s and not in 3 s. Made with mode 0700 when missing; not used when others can write to it.
    /// Null means to compile in each process.
    /// </summary>
    public string? CacheFolder { get; init; }

    /// <summary>The most threads that parse at the same time; each has a WebAssembly instance of its own.</summary>
    public int MaxInstances { get; init; } = Math.Clamp(Environment.ProcessorCount, 1, 8);

    /// <summary>The longest text that is parsed, in bytes; longer ones are refused with 54000.</summary>
    public int MaxTextBytes { get; init; } = 4 << 20;

    /// <summary>How long one parse may take, about: then it is ended and the text refused with 57014.</summary>
    public TimeSpan MaxParseTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Told in one line what takes long: the module being compiled, or why its cache is not used.</summary>
    public Action<string>? Progress { get; init; }
}
