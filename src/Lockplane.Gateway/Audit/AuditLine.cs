using System.Buffers;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using Lockplane.Sql.Lexing;
using Lockplane.Sql.PgQuery;

namespace Lockplane.Gateway.Audit;

/// <summary>An event as one line of JSON.</summary>
/// <remarks>
/// Shape: <c>time</c> (UTC), <c>event</c>, <c>process</c>, <c>session</c>, then what is known of <c>address</c>, <c>role</c>, <c>database</c>, <c>context</c> (settings by name), <c>profile</c>, <c>code</c>,
/// <c>reason</c>, <c>subject</c>, of an apply <c>plan</c>, <c>seq</c> and <c>entry_hash</c>, and either <c>statement</c> with <c>statement_cut</c> where it is not all of it, or <c>statement_sha256</c>; <c>statement_bytes</c> is the length as the client sent it.
/// </remarks>
internal static class AuditLine
{
    /// <summary>The longest masked statement.</summary>
    public const int MostMaskedBytes = 4 * 1024;

    private const int LongestCharacter = 4;

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    // Readable SQL matters more than being safe inside of HTML, where no one puts a log unescaped.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Appends the event's line.</summary>
    /// <param name="parser">Masks the statement; null gives its length and hash only.</param>
    public static void Write(ArrayBufferWriter<byte> line, in AuditEvent auditEvent, DateTimeOffset time, int process, PgQueryParser? parser)
    {
        using (Utf8JsonWriter json = new(line, Options))
        {
            json.WriteStartObject();
            json.WriteString("time", time.UtcDateTime.ToString(TimeFormat, System.Globalization.CultureInfo.InvariantCulture));
            json.WriteString("event", Word(auditEvent.Kind));
            json.WriteNumber("process", process);
            json.WriteNumber("session", auditEvent.Session);
            WriteKnown(json, "address", auditEvent.Address?.ToString());
            WriteKnown(json, "role", auditEvent.Role);
            WriteKnown(json, "database", auditEvent.Database);
            if (auditEvent.Context is { Settings.IsDefaultOrEmpty: false } context)
            {
                json.WriteStartObject("context");
                foreach ((string name, string value) in context.Settings)
                {
                    json.WriteString(name, value);
                }

                json.WriteEndObject();
            }

            WriteKnown(json, "profile", auditEvent.Profile);
            WriteKnown(json, "code", auditEvent.Code);
            WriteKnown(json, "reason", auditEvent.Reason);
            WriteKnown(json, "subject", auditEvent.Subject);
            WriteKnown(json, "plan", auditEvent.Plan);
            if (auditEvent.Seq is { } seq)
            {
                json.WriteNumber("seq", seq);
            }

            WriteKnown(json, "entry_hash", auditEvent.EntryHash);
            WriteStatement(json, auditEvent, parser);
            json.WriteEndObject();
        }

        line.Write("\n"u8);
    }

    /// <summary>Appends a line that says how many events were lost before it.</summary>
    public static void WriteLost(ArrayBufferWriter<byte> line, long count, DateTimeOffset time, int process)
    {
        using (Utf8JsonWriter json = new(line, Options))
        {
            json.WriteStartObject();
            json.WriteString("time", time.UtcDateTime.ToString(TimeFormat, System.Globalization.CultureInfo.InvariantCulture));
            json.WriteString("event", "lost");
            json.WriteNumber("process", process);
            json.WriteNumber("count", count);
            json.WriteEndObject();
        }

        line.Write("\n"u8);
    }

    private static void WriteStatement(Utf8JsonWriter json, in AuditEvent auditEvent, PgQueryParser? parser)
    {
        ReadOnlySpan<byte> statement = auditEvent.Statement.Span;
        if (statement.IsEmpty)
        {
            return;
        }

        string? masked = TryMask(statement, parser);
        if (masked is null)
        {
            json.WriteString("statement_sha256", Convert.ToHexStringLower(SHA256.HashData(statement)));
        }
        else
        {
            byte[] bytes = System.Text.Encoding.UTF8.GetBytes(masked);
            json.WriteString("statement", bytes.AsSpan(0, MaskedSql.CutLength(bytes, MostMaskedBytes)));
            if (bytes.Length > MostMaskedBytes || auditEvent.StatementBytes > statement.Length)
            {
                json.WriteBoolean("statement_cut", true);
            }
        }

        json.WriteNumber("statement_bytes", Math.Max(auditEvent.StatementBytes, statement.Length));
    }

    // One character more than is kept tells a text that was cut from one that just fits.
    private static string? TryMask(ReadOnlySpan<byte> statement, PgQueryParser? parser)
    {
        try
        {
            return parser is null ? null : MaskedSql.Of(parser, statement, MostMaskedBytes + LongestCharacter);
        }
        catch (Exception)
        {
            // The process ends, and the parser has ended before the last event was written; or the parser failed, which must not end the audit's thread and the process with it.
            return null;
        }
    }

    private static void WriteKnown(Utf8JsonWriter json, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            json.WriteString(name, value);
        }
    }

    private static string Word(AuditKind kind) => kind switch
    {
        AuditKind.Login => "login",
        AuditKind.LoginFailed => "login_failed",
        AuditKind.Refusal => "refusal",
        AuditKind.Observe => "observe",
        AuditKind.Apply => "apply",
        _ => "kill",
    };
}
