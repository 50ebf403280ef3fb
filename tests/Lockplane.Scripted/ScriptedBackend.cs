using System.Buffers.Binary;
using System.Text;

namespace Lockplane.Scripted;

/// <summary>One connection of a <see cref="ScriptedServer"/>, with what a server does when it does it right; a script does the rest by <see cref="Stream"/>.</summary>
/// <param name="number">1 for the server's first connection.</param>
public sealed class ScriptedBackend(MessageStream stream, int number)
{
    private const int SslRequest = 80877103;
    private const int GssEncRequest = 80877104;
    private const int CancelCode = 80877102;

    private static readonly byte[] Row = Encoding.Latin1.GetBytes("T\0\0\0\u001a\0\u0001n\0\0\0\0\0\0\0\0\0\0\u0017\0\u0004\u00ff\u00ff\u00ff\u00ff\0\0D\0\0\0\u000b\0\u0001\0\0\0\u0001" + "1C\0\0\0\u000dSELECT 1\0");

    /// <summary>The connection.</summary>
    public MessageStream Stream { get; } = stream;

    /// <summary>1 for the server's first connection.</summary>
    public int Number { get; } = number;

    /// <summary>The names and values of the StartupMessage; empty before <see cref="ReadStartupAsync"/>.</summary>
    public Dictionary<string, string> Parameters { get; } = new(StringComparer.Ordinal);

    /// <summary>The body of a CancelRequest, process then key; null where none came.</summary>
    public byte[]? Cancel { get; private set; }

    /// <summary>Denies encryption and reads the StartupMessage; false for a CancelRequest or an end.</summary>
    public async Task<bool> ReadStartupAsync(CancellationToken cancellation)
    {
        while (await Stream.ReadBytesAsync(8, cancellation).ConfigureAwait(false) is { } head)
        {
            int rest = BinaryPrimitives.ReadInt32BigEndian(head) - 8;
            switch (BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(4)))
            {
                case SslRequest or GssEncRequest:
                    await Stream.Write("N"u8).FlushAsync(cancellation).ConfigureAwait(false);
                    continue;
                case CancelCode:
                    Cancel = await Stream.ReadBytesAsync(rest, cancellation).ConfigureAwait(false);
                    return false;
                default:
                    string[] words = Encoding.UTF8.GetString(await Stream.ReadBytesAsync(rest, cancellation).ConfigureAwait(false) ?? throw new EndOfStreamException()).Split('\0');
                    for (int i = 0; i + 1 < words.Length && words[i].Length > 0; i += 2)
                    {
                        Parameters[words[i]] = words[i + 1];
                    }

                    return true;
            }
        }

        return false;
    }

    /// <summary>Asks for SCRAM-SHA-256 and checks the proof; the last message of it (the signature) is written but not flushed.</summary>
    public async Task<bool> ProveAsync(ScramSecret secret, CancellationToken cancellation)
    {
        await Stream.Write('R', "\0\0\0\u000aSCRAM-SHA-256\0\0").FlushAsync(cancellation).ConfigureAwait(false);
        string initial = (await ReadAsync('p', cancellation).ConfigureAwait(false))[("SCRAM-SHA-256".Length + 5)..];
        string bare = initial[(initial.IndexOf(",,", StringComparison.Ordinal) + 2)..];
        string first = $"{bare[bare.IndexOf("r=", StringComparison.Ordinal)..]}serverPart,s={secret.Salt},i={secret.Iterations}";
        await Stream.Write('R', "\0\0\0\u000b" + first).FlushAsync(cancellation).ConfigureAwait(false);
        string final = await ReadAsync('p', cancellation).ConfigureAwait(false);
        int proof = final.LastIndexOf(",p=", StringComparison.Ordinal);
        string signed = $"{bare},{first},{final[..proof]}";
        Stream.Write('R', $"\0\0\0\u000cv={secret.Signature(signed)}");
        return secret.Fits(signed, final[(proof + 3)..]);
    }

    /// <summary>Writes what follows a proof: AuthenticationOk, parameters, key and ReadyForQuery.</summary>
    public ScriptedBackend Welcome() => Write('R', "\0\0\0\0").Write('S', "server_version\018.4\0").Write('S', "client_encoding\0UTF8\0").Write('S', "standard_conforming_strings\0on\0")
        .Write('K', "\0\0\u0001\u0001server's cancel key").Write('Z', "I");

    /// <summary>Reads the StartupMessage, proves and welcomes; false when no session came of it.</summary>
    public async Task<bool> LogInAsync(Func<string, ScramSecret> secrets, CancellationToken cancellation)
    {
        if (!await ReadStartupAsync(cancellation).ConfigureAwait(false))
        {
            return false;
        }

        if (!await ProveAsync(secrets(Parameters["user"]), cancellation).ConfigureAwait(false))
        {
            await Write('E', "SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed\0\0").FlushAsync(cancellation).ConfigureAwait(false);
            return false;
        }

        await Welcome().FlushAsync(cancellation).ConfigureAwait(false);
        return true;
    }

    /// <summary>Answers every query with one row, and the extended protocol message by message, until the client ends.</summary>
    public async Task ServeAsync(CancellationToken cancellation)
    {
        while (await Stream.ReadAsync(cancellation).ConfigureAwait(false) is { Type: not 'X' } message)
        {
            Answer(message);
            if (message.Type is 'Q' or 'S' or 'H')
            {
                await FlushAsync(cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Writes what a server without errors answers to a message.</summary>
    public void Answer(ScriptedMessage message)
    {
        switch (message.Type)
        {
            case 'Q':
                Stream.Write(Row);
                Write('Z', "I");
                break;
            case 'P':
                Write('1', "");
                break;
            case 'B':
                Write('2', "");
                break;
            case 'C':
                Write('3', "");
                break;
            case 'D':
                Write('n', "");
                break;
            case 'E':
                Write('C', "INSERT 0 1\0");
                break;
            case 'S':
                Write('Z', "I");
                break;
        }
    }

    /// <summary>Adds a message to what the next flush sends; each character of the body is one byte.</summary>
    public ScriptedBackend Write(char type, string body)
    {
        Stream.Write(type, body);
        return this;
    }

    /// <summary>Sends what was written.</summary>
    public Task FlushAsync(CancellationToken cancellation) => Stream.FlushAsync(cancellation);

    /// <summary>The body of the next message, which must be of a type.</summary>
    public async Task<string> ReadAsync(char type, CancellationToken cancellation) => await Stream.ReadAsync(cancellation).ConfigureAwait(false) switch
    {
        null => throw new EndOfStreamException(),
        { } message when message.Type == type => message.Body,
        { } other => throw new InvalidDataException($"Expected a message of type '{type}', got '{other.Type}'."),
    };
}
