using Lockplane.Wire;
using Lockplane.Wire.Framing;
using Lockplane.Wire.Frontend;

namespace Lockplane.Scripted;

/// <summary>A client that sends messages as a test writes them, several at once, and sees the answers as they are.</summary>
public sealed class ScriptedClient : IDisposable
{
    private ScriptedClient(MessageStream stream) => Stream = stream;

    /// <summary>The connection, for what has no method here.</summary>
    public MessageStream Stream { get; }

    /// <summary>What the server sent at the login, from AuthenticationOk's successor to ReadyForQuery.</summary>
    public List<ScriptedMessage> Greeting { get; } = [];

    /// <summary>The ErrorResponse that the login ended with; null when it succeeded.</summary>
    public ScriptedMessage? Refusal { get; private set; }

    /// <summary>The body of BackendKeyData: process, then key.</summary>
    public string CancelKey => Greeting.Single(message => message.Type == 'K').Body;

    /// <summary>Connects and sends nothing.</summary>
    public static async Task<ScriptedClient> OpenAsync(int port, CancellationToken cancellation) => new(await MessageStream.ConnectAsync(port, cancellation).ConfigureAwait(false));

    /// <summary>Connects and logs in, by SCRAM where it is asked for; whether it succeeded is told by <see cref="Refusal"/>.</summary>
    public static async Task<ScriptedClient> LogInAsync(int port, string user, string password, string database, ProtocolVersion? version, CancellationToken cancellation)
    {
        ScriptedClient client = await OpenAsync(port, cancellation).ConfigureAwait(false);
        await client.LogInAsync(password, Startup(version ?? ProtocolVersion.V32, "user", user, "database", database), cancellation).ConfigureAwait(false);
        return client;
    }

    /// <summary>A StartupMessage of names and values.</summary>
    public static byte[] Startup(ProtocolVersion version, params string[] pairs)
    {
        using ByteBuffer packet = new(256);
        new StartupMessage(version, [.. pairs.Chunk(2).Select(pair => new KeyValuePair<string, string>(pair[0], pair[1]))]).Write(packet);
        return packet.Unread.ToArray();
    }

    /// <summary>Sends a StartupMessage and answers what it is asked, up to ReadyForQuery or a refusal.</summary>
    public async Task LogInAsync(string password, byte[] startup, CancellationToken cancellation)
    {
        const string FirstBare = "n=,r=nonceOfScriptedClient";
        string signed = "";
        ScramSecret? secret = null;
        Stream.Write(startup);
        while (Refusal is null && (Greeting.Count == 0 || Greeting[^1].Type != 'Z'))
        {
            await Stream.FlushAsync(cancellation).ConfigureAwait(false);
            ScriptedMessage message = await Stream.ReadAsync(cancellation).ConfigureAwait(false) ?? throw new EndOfStreamException("The login ended without an error.");
            switch (message.Type == 'R' ? message.Body[3] : message.Type)
            {
                case 'E':
                    Refusal = message;
                    break;
                case '\u0003':
                    Stream.Write('p', password + "\0");
                    break;
                case '\u000a':
                    Stream.Write('p', $"SCRAM-SHA-256\0\0\0\0{(char)(FirstBare.Length + 3)}n,,{FirstBare}");
                    break;
                case '\u000b':
                    string[] parts = message.Body[4..].Split(',', 3);
                    secret = ScramSecret.Of(password, parts[1][2..], int.Parse(parts[2][2..], System.Globalization.CultureInfo.InvariantCulture));
                    signed = $"{FirstBare},{message.Body[4..]},c=biws,{parts[0]}";
                    Stream.Write('p', $"c=biws,{parts[0]},p={secret.Proof(signed)}");
                    break;
                case '\u000c' when message.Body[4..] != $"v={secret!.Signature(signed)}":
                    throw new InvalidDataException("The server did not prove that it knows the password.");
                case not ('\0' or '\u000c'):
                    Greeting.Add(message);
                    break;
            }
        }
    }

    /// <summary>Adds a Query.</summary>
    public ScriptedClient Query(string text) => Frame('Q', text + "\0");

    /// <summary>Adds Parse, Bind and Execute of the unnamed statement.</summary>
    public ScriptedClient Execute(string text) => Frame('P', $"\0{text}\0\0\0").Frame('B', "\0\0\0\0\0\0\0\0").Frame('E', "\0\0\0\0\0");

    /// <summary>Adds a Sync.</summary>
    public ScriptedClient Sync() => Frame('S', "");

    /// <summary>Adds any message; each character of the body is one byte.</summary>
    public ScriptedClient Frame(char type, string body)
    {
        Stream.Write(type, body);
        return this;
    }

    /// <summary>Sends what was added and reads the answers up to a number of ReadyForQuery, or the end.</summary>
    public async Task<List<ScriptedMessage>> AskAsync(int ready, CancellationToken cancellation)
    {
        await Stream.FlushAsync(cancellation).ConfigureAwait(false);
        return await ReadAsync(ready, cancellation).ConfigureAwait(false);
    }

    /// <summary>Reads the answers up to a number of ReadyForQuery, or the end.</summary>
    public async Task<List<ScriptedMessage>> ReadAsync(int ready, CancellationToken cancellation)
    {
        List<ScriptedMessage> answers = [];
        for (int seen = 0; seen < ready && await Stream.ReadAsync(cancellation).ConfigureAwait(false) is { } answer;)
        {
            answers.Add(answer);
            seen += answer.Type == 'Z' ? 1 : 0;
        }

        return answers;
    }

    /// <inheritdoc/>
    public void Dispose() => Stream.Dispose();
}
