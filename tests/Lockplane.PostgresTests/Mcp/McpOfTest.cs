using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lockplane.Control;
using Lockplane.Dev;
using Lockplane.Hosting.Configuration;
using Lockplane.Mcp;
using Lockplane.PostgresTests.Control;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Lockplane.PostgresTests.Mcp;

/// <summary>The MCP endpoint of a database, on a port of its own, and npm's client to call it.</summary>
internal sealed class McpOfTest : IAsyncDisposable
{
    /// <summary>May do everything.</summary>
    public const string Token = "token of the agent";

    /// <summary>May inspect only.</summary>
    public const string Reader = "token of the reader";

    private readonly WebApplication _application;

    private McpOfTest(WebApplication application)
    {
        _application = application;
        Url = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First() + McpEndpoint.Path;
    }

    public string Url { get; }

    public static async Task<McpOfTest> StartAsync(ManagedDatabase database)
    {
        LockplaneConfiguration configuration = ConfigurationLoader.Read(
            $"""
            [databases.main]
            url = "{database.OwnerUrl}"
            [mcp.tokens.agent]
            sha256 = "{Hash(Token)}"
            database = "main"
            [mcp.tokens.reader]
            sha256 = "{Hash(Reader)}"
            database = "main"
            scopes = ["inspect"]
            """,
            "lockplane.toml", []);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddLockplaneMcp(configuration, new Dictionary<string, ControlPlane>(StringComparer.Ordinal) { ["main"] = database.Control });
        WebApplication application = builder.Build();
        application.MapLockplaneMcp();
        await application.StartAsync(TestContext.Current.CancellationToken);
        return new McpOfTest(application);
    }

    /// <summary>Starts npm's client.</summary>
    public McpClientOfTest Connect(string token) => new(Url, token);

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}

/// <summary>A Node process with npm's client.</summary>
internal sealed class McpClientOfTest : IDisposable
{
    private readonly Process _process;

    public McpClientOfTest(string url, string token)
    {
        _process = Process.Start(new ProcessStartInfo("node", [Path.Combine(Checkout.Find()!, "tests", "clients", "mcp.mjs"), url, token])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginErrorReadLine();
    }

    public async Task<JsonNode> ListAsync() => await SendAsync(new JsonObject { ["list"] = true });

    /// <summary>Calls a tool and returns its whole answer.</summary>
    public async Task<JsonNode> CallAsync(string tool, object? arguments = null) =>
        await SendAsync(new JsonObject { ["tool"] = tool, ["arguments"] = JsonSerializer.SerializeToNode(arguments ?? new { }) });

    /// <summary>Calls a tool and returns its structured result.</summary>
    public async Task<JsonNode> ResultAsync(string tool, object? arguments = null)
    {
        JsonNode answer = await CallAsync(tool, arguments);
        return answer["structuredContent"] ?? throw new InvalidOperationException(answer.ToJsonString());
    }

    /// <summary>Calls a tool that refuses and returns its error.</summary>
    public async Task<JsonNode> ErrorAsync(string tool, object? arguments = null)
    {
        JsonNode answer = await CallAsync(tool, arguments);
        Assert.True((bool?)answer["isError"] == true && answer["structuredContent"] is null, answer.ToJsonString());
        return JsonNode.Parse((string)Assert.Single(answer["content"]!.AsArray())!["text"]!)!["error"]!;
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(5_000))
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private async Task<JsonNode> SendAsync(JsonObject call)
    {
        await _process.StandardInput.WriteLineAsync(call.ToJsonString());
        await _process.StandardInput.FlushAsync();
        return JsonNode.Parse(await _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) ?? throw new InvalidOperationException("the client ended"))!;
    }
}
