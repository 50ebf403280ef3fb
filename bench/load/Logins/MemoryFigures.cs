using System.Globalization;
using System.Text.Json;
using Lockplane.Bench.Load.Results;

namespace Lockplane.Bench.Load.Logins;

/// <summary>What the runtime of the gateway says of its memory during a run; null where it was not measured.</summary>
internal sealed record MemoryFigures
{
    /// <summary>How long it was watched.</summary>
    public double Seconds { get; set; }

    public double? Gen0Collections { get; set; }

    public double? Gen2Collections { get; set; }

    public double? AllocatedBytesPerQuery { get; set; }

    /// <summary>The figures as sentences.</summary>
    public IEnumerable<string> Lines => Gen2Collections is null
        ? []
        : [string.Create(CultureInfo.InvariantCulture, $"{Seconds:0} s of prepared queries from 32 clients: {AllocatedBytesPerQuery:0.00} bytes allocated per query, {Gen0Collections:0} collections of generation 0 and {Gen2Collections:0} of generation 2.")];

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("memory");
        json.WriteNumber("seconds", Seconds);
        json.WriteFigure("gen0_collections", Gen0Collections, 0);
        json.WriteFigure("gen2_collections", Gen2Collections, 0);
        json.WriteFigure("allocated_bytes_per_query", AllocatedBytesPerQuery, 3);
        json.WriteEndObject();
    }
}
