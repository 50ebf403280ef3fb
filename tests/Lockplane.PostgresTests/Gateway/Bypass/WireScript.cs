using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Lockplane.Scripted;

namespace Lockplane.PostgresTests.Gateway.Bypass;

/// <summary>A case that is written as messages and bytes; tests/fixtures/bypass/README.md has the words.</summary>
internal sealed partial class WireScript(HostileScene scene, BypassCase attack, bool direct)
{
    private readonly Dictionary<string, string> _names = new(scene.Names);
    private readonly List<AttackSession> _others = [];
    private AttackSession? _session;

    /// <summary>Plays it and gives the last session that logged in; null when there is none.</summary>
    public async Task<AttackSession?> PlayAsync()
    {
        foreach (string line in attack.Steps)
        {
            string[] words = line.Split(' ', 2);
            string rest = words.Length > 1 ? Unescape(BypassCase.Fill(words[1], _names)) : "";
            switch (words[0])
            {
                case "login":
                    await LogInAsync(rest);
                    break;
                case "open":
                    Keep(new AttackSession(await scene.OpenAsync(direct)));
                    break;
                case "raw":
                    _session?.Client.Stream.Write(Encoding.Latin1.GetBytes(rest));
                    break;
                case "read":
                    await ReadAsync();
                    break;
                default:
                    Assert.True(words[0].Length == 1, $"{attack}: the line \"{line}\" is not one of a wire script");
                    _session?.Client.Frame(words[0][0], rest);
                    break;
            }
        }

        await ReadAsync();
        _others.ForEach(static other => other.Dispose());
        return _session;
    }

    private async Task LogInAsync(string parameters)
    {
        string[] given = [.. parameters.Split(' ', StringSplitOptions.RemoveEmptyEntries).SelectMany(static pair => pair.Split('=', 2)).Select(static word => word.Replace('\u00a0', ' '))];
        ScriptedClient? client = await scene.LogInAsync(direct, attack.Superuser, [.. scene.Startup(direct && !parameters.Contains("tenant", StringComparison.OrdinalIgnoreCase), attack.Superuser), .. given]);
        if (client is null)
        {
            Keep(null);
            return;
        }

        _names["key"] = string.Concat(client.CancelKey.Select(static character => $"\\x{(int)character:x2}"));
        Keep(new AttackSession(client));
    }

    private void Keep(AttackSession? session)
    {
        if (_session is not null)
        {
            _others.Add(_session);
        }

        _session = session;
    }

    private async Task ReadAsync()
    {
        if (_session is { Ended: false })
        {
            await _session.AskUntilQuietAsync();
        }
    }

    // What is not escaped goes out as UTF-8; an escape is one byte.
    private static string Unescape(string text) => Escape().Replace(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text)), static match => match.Groups[1].Value switch
    {
        "0" => "\0",
        "n" => "\n",
        "r" => "\r",
        "s" => "\u00a0",
        "\\" => "\\",
        string hex => ((char)byte.Parse(hex.AsSpan(1), NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString(),
    });

    [GeneratedRegex(@"\\(0|n|r|s|\\|x[0-9a-fA-F]{2})")]
    private static partial Regex Escape();
}
