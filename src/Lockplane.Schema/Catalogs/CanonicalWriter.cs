using System.Buffers;
using System.Text.Json;

namespace Lockplane.Schema.Catalogs;

/// <summary>Writes many records as canonical JSON, one after another, into the same memory.</summary>
internal sealed class CanonicalWriter : IDisposable
{
    private readonly ArrayBufferWriter<byte> _json = new(4096);
    private readonly ArrayBufferWriter<byte> _canonical = new(4096);
    private readonly Utf8JsonWriter _writer;

    public CanonicalWriter() => _writer = new Utf8JsonWriter(_json, new JsonWriterOptions { Encoder = FactsJson.Facts.Encoder, SkipValidation = true });

    /// <summary>The canonical bytes of a record, until the next is written.</summary>
    public ReadOnlySpan<byte> Write(object record, Type type, JsonSerializerOptions options)
    {
        _json.ResetWrittenCount();
        _canonical.ResetWrittenCount();
        _writer.Reset(_json);
        JsonSerializer.Serialize(_writer, record, type, options);
        _writer.Flush();
        CanonicalJson.Write(_json.WrittenMemory, _canonical);
        return _canonical.WrittenSpan;
    }

    public void Dispose() => _writer.Dispose();
}
