namespace Lockplane.Schema.Kinds;

/// <summary>The queries of the kinds, which are files beside them.</summary>
internal static class EmbeddedSql
{
    /// <summary>The text of <c>&lt;name&gt;.sql</c>.</summary>
    public static string Read(string name)
    {
        using Stream stream = typeof(EmbeddedSql).Assembly.GetManifestResourceStream(name + ".sql")
            ?? throw new InvalidOperationException($"{name}.sql is not embedded.");
        using StreamReader reader = new(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n").Trim();
    }
}
