using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Lockplane.Hosting.Operating;

/// <summary>One JSON object, and a line end: what goes over the control socket in either direction.</summary>
internal static class ControlLine
{
    private static readonly JsonDocumentOptions Shallow = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    /// <summary>Reads up to the line end; null when the peer ended before it.</summary>
    /// <exception cref="IOException">More bytes than allowed.</exception>
    public static async Task<byte[]?> ReadAsync(Stream stream, int most, CancellationToken cancellation)
    {
        using MemoryStream line = new();
        byte[] piece = new byte[4_096];
        while (true)
        {
            int count = await stream.ReadAsync(piece, cancellation);
            int end = piece.AsSpan(0, count).IndexOf((byte)'\n');
            line.Write(piece, 0, end < 0 ? count : end);
            if (line.Length > most)
            {
                throw new IOException($"more than {most} bytes in a line of the control socket");
            }

            if (end >= 0)
            {
                return line.ToArray();
            }

            if (count == 0)
            {
                return null;
            }
        }
    }

    public static async Task WriteAsync(Stream stream, JsonObject line, CancellationToken cancellation) =>
        await stream.WriteAsync(Encoding.UTF8.GetBytes(line.ToJsonString() + "\n"), cancellation);

    /// <summary>Null for what is no JSON object.</summary>
    public static JsonObject? Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonNode.Parse(line, documentOptions: Shallow) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
