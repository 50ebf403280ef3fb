using System.ComponentModel;
using System.Net;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Lockplane.Control;
using Lockplane.Hosting.Configuration;
using Lockplane.Sql.Errors;
using Microsoft.AspNetCore.Authentication;
using ModelContextProtocol.AspNetCore;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Npgsql;

namespace Lockplane.Mcp;

/// <summary>The MCP server at <c>/mcp</c>.</summary>
internal static partial class McpEndpoint
{
    public const string Path = "/mcp";

    private const string Instructions =
        "Lockplane changes the schema of one Postgres database through plans. Look with inspect_schema, make a plan with plan_change from the manifest_hash that you saw, " +
        "apply it by its hash with apply_plan. A plan that destroys something, opens access or brings code in needs the approval of a person, which no tool can give. No tool reads rows.";

    /// <summary>The tools, in the order in which they are listed: always the same.</summary>
    private static readonly Type[] Tools = [typeof(InspectSchemaTool), typeof(PlanChangeTool), typeof(ApplyPlanTool), typeof(ReadLedgerTool)];

    /// <summary>How tools' arguments and results are written.</summary>
    internal static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    /// <summary>Adds what the endpoint needs.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configuration">Tokens and databases.</param>
    /// <param name="controlPlanes">The corridors, by the names of <c>[databases.NAME]</c>.</param>
    public static IServiceCollection AddLockplaneMcp(this IServiceCollection services, LockplaneConfiguration configuration, IReadOnlyDictionary<string, ControlPlane> controlPlanes)
    {
        services.AddSingleton(configuration).AddSingleton(new McpCallers(configuration, controlPlanes)).AddSingleton<RunningApplies>();
        // The core alone: all of AddAuthentication brings data protection, which writes keys into the home folder, and cookies are not used here.
        services.AddSingleton(TimeProvider.System).AddWebEncoders().AddAuthenticationCore(options => options.DefaultScheme = McpAuthentication.SchemeName);
        new AuthenticationBuilder(services).AddScheme<AuthenticationSchemeOptions, McpAuthentication>(McpAuthentication.SchemeName, null);
        services.AddAuthorization();
        IMcpServerBuilder server = services.AddMcpServer(options =>
        {
            options.ServerInfo = new Implementation { Name = "lockplane", Version = Engine.Name.Split(' ')[^1] };
            options.ServerInstructions = Instructions;
        });
        server.WithHttpTransport(transport => transport.SessionMode = HttpServerSessionMode.StatefulForInitializeClients)
            .AddAuthorizationFilters()
            .WithRequestFilters(filters => filters.AddListToolsFilter(Sort).AddCallToolFilter(Guard));
        foreach (Type tool in Tools)
        {
            services.AddSingleton(tool).AddSingleton(provider => MakeTool(provider, tool));
        }

        return services;
    }

    /// <summary>Maps <c>/mcp</c>: bearer tokens only, and only under a name of ours.</summary>
    public static void MapLockplaneMcp(this WebApplication application)
    {
        IPAddress listen = IPAddress.Parse(application.Services.GetRequiredService<LockplaneConfiguration>().Http.Listen);
        application.Use((context, next) =>
        {
            if (!context.Request.Path.StartsWithSegments(Path, StringComparison.Ordinal) || McpOrigin.IsAllowed(listen, context.Request.Host, context.Request.Headers.Origin.ToString()))
            {
                return next(context);
            }

            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return context.Response.WriteAsync("Host or Origin is not one of this server's.\n");
        });
        application.MapMcp(Path).RequireAuthorization();
    }

    private static McpServerTool MakeTool(IServiceProvider provider, Type type)
    {
        MethodInfo method = type.GetMethods(BindingFlags.Public | BindingFlags.Instance).Single(m => m.GetCustomAttribute<McpServerToolAttribute>() is not null);
        McpServerTool tool = McpServerTool.Create(method, provider.GetRequiredService(type), new McpServerToolCreateOptions { Services = provider, SerializerOptions = Json });
        // What is not an argument is refused (see Guard): the schema says so, too.
        JsonObject schema = JsonNode.Parse(tool.ProtocolTool.InputSchema.GetRawText())!.AsObject();
        schema["additionalProperties"] = false;
        tool.ProtocolTool.InputSchema = JsonSerializer.SerializeToElement(schema);
        return tool;
    }

    private static McpRequestHandler<ListToolsRequestParams, ListToolsResult> Sort(McpRequestHandler<ListToolsRequestParams, ListToolsResult> next) => async (context, cancellation) =>
    {
        ListToolsResult result = await next(context, cancellation);
        string[] order = [.. Tools.Select(type => type.GetMethods().Select(m => m.GetCustomAttribute<McpServerToolAttribute>()?.Name).First(name => name is not null)!)];
        result.Tools = [.. result.Tools.OrderBy(tool => Array.IndexOf(order, tool.Name))];
        return result;
    };

    private static McpRequestHandler<CallToolRequestParams, CallToolResult> Guard(McpRequestHandler<CallToolRequestParams, CallToolResult> next) => async (context, cancellation) =>
    {
        try
        {
            DemandArguments(context);
            return await next(context, cancellation);
        }
        catch (LockplaneException e)
        {
            return ToolFault.ToResult(e);
        }
        catch (BadArgumentException e)
        {
            return ToolFault.ToResult(e);
        }
        catch (Exception e) when (e is ArgumentException or JsonException)
        {
            return ToolFault.BadArguments("An argument is of the wrong type.", "See the tool's input schema and call it again.");
        }
        catch (Exception e) when (e is NpgsqlException)
        {
            Log(context, e);
            return ToolFault.Unavailable();
        }
        catch (Exception e) when (e is not (OperationCanceledException or ModelContextProtocol.McpException))
        {
            Log(context, e);
            return ToolFault.Internal();
        }
    };

    private static void DemandArguments(RequestContext<CallToolRequestParams> context)
    {
        if (context.MatchedPrimitive is not McpServerTool tool)
        {
            return;
        }

        IDictionary<string, JsonElement> arguments = context.Params?.Arguments ?? new Dictionary<string, JsonElement>();
        string[] known = tool.ProtocolTool.InputSchema.TryGetProperty("properties", out JsonElement properties) ? [.. properties.EnumerateObject().Select(property => property.Name)] : [];
        if (arguments.Keys.Except(known, StringComparer.Ordinal).Order(StringComparer.Ordinal).FirstOrDefault() is { } unknown)
        {
            throw new BadArgumentException($"{tool.ProtocolTool.Name} has no argument {PrintableText.Line(unknown, 64)}.", $"Its arguments are {string.Join(", ", known)}.");
        }

        string[] required = tool.ProtocolTool.InputSchema.TryGetProperty("required", out JsonElement names) ? [.. names.EnumerateArray().Select(name => name.GetString()!)] : [];
        if (required.Except(arguments.Keys, StringComparer.Ordinal).FirstOrDefault() is { } missing)
        {
            throw new BadArgumentException($"{tool.ProtocolTool.Name} needs the argument {missing}.", "See the tool's input schema and call it again.");
        }
    }

    private static void Log(RequestContext<CallToolRequestParams> context, Exception error) =>
        LogFault(context.Services!.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(McpEndpoint)), error, context.Params?.Name ?? "");

    [LoggerMessage(Level = LogLevel.Error, Message = "Tool {Tool} failed")]
    private static partial void LogFault(ILogger logger, Exception error, string tool);
}
