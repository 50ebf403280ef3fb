using System.Net;
using Lockplane.Mcp;
using Microsoft.AspNetCore.Http;

namespace Lockplane.Tests.Mcp;

public sealed class McpOriginTests
{
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1:6433", "", true)]
    [InlineData("127.0.0.1", "localhost:6433", "http://localhost:3000", true)]
    [InlineData("127.0.0.1", "[::1]:6433", "", true)]
    [InlineData("127.0.0.1", "evil.example", "", false)]
    [InlineData("127.0.0.1", "localhost:6433", "http://evil.example", false)]
    [InlineData("127.0.0.1", "localhost:6433", "null", false)]
    [InlineData("127.0.0.1", "", "", false)]
    [InlineData("10.0.0.5", "10.0.0.5:6433", "", true)]
    [InlineData("10.0.0.5", "10.0.0.6:6433", "", false)]
    [InlineData("0.0.0.0", "db.example", "https://db.example", true)]
    [InlineData("0.0.0.0", "db.example", "https://evil.example", false)]
    public void Only_a_name_of_ours_and_no_page_of_elsewhere(string listen, string host, string origin, bool allowed) =>
        Assert.Equal(allowed, McpOrigin.IsAllowed(IPAddress.Parse(listen), new HostString(host), origin));
}
