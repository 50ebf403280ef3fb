using System.Collections.Immutable;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Lockplane.Gateway.Loops;
using Lockplane.Gateway.Servers;
using Lockplane.Gateway.Tls;
using Lockplane.Wire;
using Lockplane.Wire.Backend;
using Lockplane.Wire.Framing;
using Lockplane.Wire.Frontend;

namespace Lockplane.Gateway.Authentication.Queries;

/// <summary>A connection for auth queries only: not on a loop, never a client's, and nothing that a client sent at start-up reaches it.</summary>
internal sealed class AuthQueryConnection : IDisposable
{
    // A role's row is far smaller; a server that sends more is not one.
    private const int LongestMessage = 1 << 20;

    private readonly AuthQueryOptions _query;
    private readonly Stream _stream;
    private readonly ByteBuffer _in;
    private readonly ByteBuffer _out = new(1_024);

    private AuthQueryConnection(AuthQueryOptions query, Stream stream, ByteBuffer read)
    {
        (_query, _stream, _in) = (query, stream, read);
    }

    /// <summary>Connects and logs in.</summary>
    /// <exception cref="ProtocolException">57P03 it cannot be reached; otherwise what the login refuses, or what the server says.</exception>
    public static async Task<AuthQueryConnection> OpenAsync(ServerOptions server, ServerTerms terms, ServerCredentials credentials, CancellationToken cancellation)
    {
        AuthQueryOptions query = server.AuthQuery!;
        Socket socket = server.UnixSocket is null
            ? new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        Stream? stream = null;
        ByteBuffer read = new(4_096);
        try
        {
            if (server.UnixSocket is null)
            {
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
                await socket.ConnectAsync(server.Host, server.Port, cancellation).ConfigureAwait(false);
            }
            else
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(server.SocketPath), cancellation).ConfigureAwait(false);
            }

            stream = new NetworkStream(socket, ownsSocket: true);
            stream = await LogInAsync(stream, read, terms, StartupOf(query, server), query.User, credentials, cancellation).ConfigureAwait(false);
            return new AuthQueryConnection(query, stream, read);
        }
        catch (Exception e)
        {
            socket.Dispose();
            read.Dispose();
            if (stream is not null)
            {
                await stream.DisposeAsync().ConfigureAwait(false);
            }

            if (e is SocketException or IOException or AuthenticationException)
            {
                throw new ProtocolException(SqlState.CannotConnectNow, $"server {server.Name} at {server.Address} cannot be reached for the auth query: {e.Message}");
            }

            throw;
        }
    }

    /// <summary>Asks for one role; null when there is none of this name. After any exception the connection is of no more use.</summary>
    public async Task<CatalogRole?> FindAsync(string role, CancellationToken cancellation)
    {
        Write(role);
        await FlushAsync(_stream, _out, cancellation).ConfigureAwait(false);
        CatalogRole? found = null;
        while (true)
        {
            if (!FrameHeader.TryRead(_in.Unread, out FrameHeader header) || _in.Count < Bounded(header))
            {
                await ReadAsync(_stream, _in, cancellation).ConfigureAwait(false);
                continue;
            }

            int size = (int)header.FrameBytes;
            switch (header.Type)
            {
                case BackendMessage.DataRow when found is not null:
                    throw new ProtocolException(SqlState.InternalError, "the auth query gives more than one row");
                case BackendMessage.DataRow:
                    found = CatalogRole.Read(_in.Unread[FrameHeader.Size..size]);
                    break;
                case BackendMessage.ErrorResponse:
                    throw Said(_in.Unread[FrameHeader.Size..size]);
                case BackendMessage.ReadyForQuery:
                    _in.Consume(size);

                    // A custom query may compare names otherwise than we do; another role's verifier must never be taken for this one's.
                    return found is not null && string.Equals(found.Name, role, StringComparison.Ordinal) ? found : null;
                default:
                    break;
            }

            _in.Consume(size);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stream.Dispose();
        _in.Dispose();
        _out.Dispose();
    }

    private static StartupMessage StartupOf(AuthQueryOptions query, ServerOptions server)
    {
        ImmutableArray<KeyValuePair<string, string>> parameters =
        [
            new("user", query.User), new("database", query.Database ?? server.Database ?? "postgres"), new("application_name", "lockplane auth_query"), new("client_encoding", "UTF8"),
            new("standard_conforming_strings", "on"), new("search_path", "pg_catalog"), new("statement_timeout", "5000"), new("default_transaction_read_only", "on"),
            new("DateStyle", "ISO"), new("TimeZone", "UTC"),
        ];
        return new StartupMessage(ProtocolVersion.V32, parameters);
    }

    private static async Task<Stream> LogInAsync(
        Stream stream, ByteBuffer read, ServerTerms terms, StartupMessage startup, string user, ServerCredentials credentials, CancellationToken cancellation)
    {
        ServerLogin login = new(terms, startup, LoginProof.Plain(AuthMethod.Trust, user), Convert.ToBase64String(RandomNumberGenerator.GetBytes(18)), new BackendKeyData(0, [0, 0, 0, 0]));
        using ByteBuffer toServer = new(1_024);
        using ByteBuffer said = new(1_024);
        login.Start(toServer);
        while (true)
        {
            ServerLoginState state = login.Advance(read, toServer, said);
            await FlushAsync(stream, toServer, cancellation).ConfigureAwait(false);
            switch (state)
            {
                case ServerLoginState.Ready:
                    return stream;
                case ServerLoginState.Refused:
                    throw Said(LastBody(said));
                case ServerLoginState.Asked:
                    KeysQuestion question = (KeysQuestion)login.Question;
                    login.Answer(credentials.TryFind(question, out KeysAnswer? known) ? known! : credentials.Derive(question));
                    break;
                case ServerLoginState.StartTls:
                    SslStream tls = new(stream, leaveInnerStreamOpen: false);
                    stream = tls;
                    await tls.AuthenticateAsClientAsync(((TlsClient)login.TlsRole).Options, cancellation).ConfigureAwait(false);
                    login.TlsStarted(FactsOf(tls));
                    break;
                default:
                    await ReadAsync(stream, read, cancellation).ConfigureAwait(false);
                    break;
            }
        }
    }

    private static TlsFacts FactsOf(SslStream tls)
    {
        X509Certificate2? certificate = tls.RemoteCertificate as X509Certificate2;
        return new TlsFacts(certificate is null ? [] : EndPointBinding.HashOf(certificate), certificate, tls.SslProtocol.ToString(), tls.NegotiatedApplicationProtocol.ToString());
    }

    // Parse, Bind (one text parameter), Execute (two rows tell "more than one"), Sync.
    private void Write(string role)
    {
        ParseMessage.Write(_out, default, _query.Text);
        FrameWriter bind = FrameWriter.Begin(_out, FrontendMessage.Bind);
        bind.WriteCString("");
        bind.WriteCString("");
        bind.WriteBytes([0, 0, 0, 1]);
        bind.WriteInt32(Encoding.UTF8.GetByteCount(role));
        bind.WriteText(role);
        bind.WriteBytes([0, 0]);
        bind.End();
        FrameWriter execute = FrameWriter.Begin(_out, FrontendMessage.Execute);
        execute.WriteCString("");
        execute.WriteInt32(2);
        execute.End();
        FrameWriter.Begin(_out, FrontendMessage.Sync).End();
    }

    private static long Bounded(FrameHeader header)
    {
        header.Check(LongestMessage);
        return header.FrameBytes;
    }

    private static async Task FlushAsync(Stream stream, ByteBuffer buffer, CancellationToken cancellation)
    {
        await stream.WriteAsync(buffer.UnreadMemory, cancellation).ConfigureAwait(false);
        buffer.Consume(buffer.Count);
    }

    private static async Task ReadAsync(Stream stream, ByteBuffer buffer, CancellationToken cancellation)
    {
        int count = await stream.ReadAsync(buffer.Space(1_024), cancellation).ConfigureAwait(false);
        buffer.Written(count > 0 ? count : throw new IOException("the server closed the connection"));
    }

    private static ReadOnlySpan<byte> LastBody(ByteBuffer said)
    {
        ReadOnlySpan<byte> rest = said.Unread;
        while (FrameHeader.TryRead(rest, out FrameHeader header) && header.Type != BackendMessage.ErrorResponse)
        {
            rest = rest[(int)header.FrameBytes..];
        }

        return rest.Length > FrameHeader.Size ? rest[FrameHeader.Size..] : default;
    }

    // A hostile server may leave the SQLSTATE out (CVE-2026-6666): what is missing is empty.
    private static ProtocolException Said(ReadOnlySpan<byte> error) => new(SqlState.CannotConnectNow,
        $"the server answers {Encoding.UTF8.GetString(ErrorFields.Find(error, 'C'))}: {Encoding.UTF8.GetString(ErrorFields.Find(error, 'M'))}");
}
