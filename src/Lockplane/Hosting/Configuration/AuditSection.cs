namespace Lockplane.Hosting.Configuration;

/// <summary><c>[audit]</c>.</summary>
/// <param name="File">Where events go; null for standard output.</param>
/// <param name="RefuseOnFailure">Whether new sessions are refused while it cannot be written.</param>
internal sealed record AuditSection(string? File, bool RefuseOnFailure)
{
    /// <summary>Reads the table.</summary>
    public static AuditSection Read(TableReader audit) => new(audit.Text("file"), audit.Word("on_failure", "refuse", "refuse", "drop") == "refuse");
}
