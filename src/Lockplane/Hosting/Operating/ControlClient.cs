using System.Globalization;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Lockplane.Sql.Errors;

namespace Lockplane.Hosting.Operating;

/// <summary>Asks a gateway process by its control socket.</summary>
/// <param name="folder">Its state folder.</param>
internal sealed class ControlClient(string folder)
{
    private const int MostAnswerBytes = 64 << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Asks the newest process, or the one with this number.</summary>
    /// <exception cref="LockplaneException">LP001: none runs, or it does not answer; or the error that it answers with.</exception>
    public async Task<JsonObject> AskAsync(JsonObject request, int? process, CancellationToken cancellation)
    {
        string path = process is { } number ? ProcessSlot.PathOf(folder, number) : ProcessSlot.NewestPath(folder);
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        try
        {
            using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), patience.Token);
            await using NetworkStream stream = new(socket);
            await ControlLine.WriteAsync(stream, request, patience.Token);
            byte[] line = await ControlLine.ReadAsync(stream, MostAnswerBytes, patience.Token) ?? throw new IOException("it ended without an answer");
            JsonObject answer = ControlLine.Parse(line) ?? throw new IOException("its answer is no JSON object");
            return answer["ok"] as JsonObject ?? throw ErrorOf(answer["error"] as JsonObject ?? []);
        }
        catch (Exception e) when (e is SocketException or IOException or ArgumentException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            string which = process is { } asked ? string.Create(CultureInfo.InvariantCulture, $"No gateway process {asked} answers") : "No gateway answers";
            throw new LockplaneException(ErrorCodes.Configuration, $"{which} at {path}: {(e is OperationCanceledException ? $"nothing came within {Patience.TotalSeconds} s" : e.Message)}.",
                hint: "Start one with `lockplane serve` or `./dev up`; or name its configuration with --config, or its folder with --state-dir.", inner: e);
        }
    }

    private static LockplaneException ErrorOf(JsonObject error)
    {
        string code = (string?)error["code"] ?? "";
        return new LockplaneException(
            ErrorCodes.All.FirstOrDefault(known => known.Code == code) ?? ErrorCodes.Configuration, (string?)error["message"] ?? "The gateway answered with an error.", (string?)error["detail"], (string?)error["hint"]);
    }
}
