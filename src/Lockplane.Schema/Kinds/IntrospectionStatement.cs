namespace Lockplane.Schema.Kinds;

/// <summary>The one SQL statement that reads a whole catalog.</summary>
public static class IntrospectionStatement
{
    /// <summary>The statement for a server of this major version.</summary>
    public static string For(int serverMajor) => throw new NotSupportedException();
}
