namespace Lockplane.Gateway.Audit;

/// <summary>Where audit events go. From any thread; never waits for a disk or a pipe.</summary>
public interface IAuditSink
{
    /// <summary>The sink cannot be written and the configuration says that this refuses new sessions. Cheap to ask; false again by itself when the sink takes events.</summary>
    bool Refuses { get; }

    /// <summary>Why it <see cref="Refuses"/>, for the FATAL that a new session is answered with; null while it does not.</summary>
    string? Failure { get; }

    /// <summary>Takes an event, or counts it as lost when the queue is full.</summary>
    void Write(in AuditEvent auditEvent);
}
