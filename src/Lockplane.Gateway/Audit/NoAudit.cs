namespace Lockplane.Gateway.Audit;

/// <summary>Takes every event and keeps none: for tests and benchmarks, never for a configuration.</summary>
public sealed class NoAudit : IAuditSink
{
    private NoAudit()
    {
    }

    /// <summary>The only one.</summary>
    public static NoAudit Instance { get; } = new();

    /// <inheritdoc/>
    public bool Refuses => false;

    /// <inheritdoc/>
    public string? Failure => null;

    /// <inheritdoc/>
    public void Write(in AuditEvent auditEvent)
    {
    }
}
