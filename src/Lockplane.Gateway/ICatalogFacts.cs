namespace Lockplane.Gateway;

/// <summary>What the gate knows of databases' own functions: supplied by the control plane, which reads the catalogs.</summary>
public interface ICatalogFacts
{
    /// <summary>The facts of a database of the server: the same object for all who ask, also for a database of which nothing will ever be known.</summary>
    DatabaseFacts Of(string database);
}

/// <summary>The facts of one database. From any thread.</summary>
public sealed class DatabaseFacts
{
    private CatalogFacts? _current;

    /// <summary>The last snapshot; null while there is none, or it is too old. Another object when what it says has changed, and only then.</summary>
    public CatalogFacts? Current
    {
        get => Volatile.Read(ref _current);
        set => Volatile.Write(ref _current, value);
    }
}
