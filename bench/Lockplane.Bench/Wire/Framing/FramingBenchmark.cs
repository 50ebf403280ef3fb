using BenchmarkDotNet.Attributes;
using Lockplane.Wire.Framing;

namespace Lockplane.Bench.Wire.Framing;

/// <summary>What reading one frame costs: its header, and the fields of a Parse message.</summary>
[MemoryDiagnoser]
public class FramingBenchmark
{
    private const int Messages = 1_000;

    private byte[] _stream = [];

    /// <summary>A thousand Parse messages in one buffer, as a pipeline sends them.</summary>
    [GlobalSetup]
    public void Write()
    {
        using ByteBuffer buffer = new();
        for (int i = 0; i < Messages; i++)
        {
            FrameWriter frame = FrameWriter.Begin(buffer, (byte)'P');
            frame.WriteBytes("\0SELECT abalance FROM pgbench_accounts WHERE aid = $1\0\0\0"u8);
            frame.End();
        }

        _stream = buffer.Unread.ToArray();
    }

    /// <summary>Walks from header to header.</summary>
    [Benchmark(OperationsPerInvoke = Messages, Description = "FrameHeader, a message")]
    public long Headers()
    {
        long total = 0;
        ReadOnlySpan<byte> rest = _stream;
        while (FrameHeader.TryRead(rest, out FrameHeader header))
        {
            total += header.Length;
            rest = rest[(int)header.FrameBytes..];
        }

        return total;
    }

    /// <summary>Walks from header to header and reads name and text of each.</summary>
    [Benchmark(OperationsPerInvoke = Messages, Description = "FieldReader, a Parse message")]
    public long Fields()
    {
        long total = 0;
        ReadOnlySpan<byte> rest = _stream;
        while (FrameHeader.TryRead(rest, out FrameHeader header))
        {
            FieldReader fields = new(rest[FrameHeader.Size..(int)header.FrameBytes]);
            total += fields.ReadCString().Length + fields.ReadCString().Length + fields.ReadInt16();
            rest = rest[(int)header.FrameBytes..];
        }

        return total;
    }
}
