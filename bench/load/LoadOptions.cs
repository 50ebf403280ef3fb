using System.Collections.Immutable;
using System.Globalization;

namespace Lockplane.Bench.Load;

/// <summary>What is to be measured.</summary>
internal sealed record LoadOptions
{
    public const string Usage = """
        ./dev bench load [--quick] [--json] [--record] [--only WHAT] [--rounds N] [--seconds N] [--targets A,B] [--workloads A,B] [--clients N,M] [--port N]
          --quick       2 rounds of 8 and 128 clients
          --json        the results as JSON on standard output, and nothing else there
          --record      write the figures into bench/load/README.md
          --only        queries, gate, logins or memory: one part instead of all
          --port        the first of the ports to use, on 127.0.0.1
        """;

    /// <summary>From here on a run has too many clients to be repeated in every round.</summary>
    public const int ManyClients = 500;

    public bool Quick { get; init; }

    public bool Json { get; init; }

    public bool Record { get; init; }

    /// <summary>One of queries, gate, logins and memory; null for all.</summary>
    public string? Only { get; init; }

    public int? AskedRounds { get; init; }

    /// <summary>How long one run of pgbench measures.</summary>
    public int Seconds { get; init; } = 2;

    public int Port { get; init; } = 23_500;

    /// <summary>Empty: all.</summary>
    public ImmutableArray<string> Targets { get; init; } = [];

    /// <summary>Empty: all.</summary>
    public ImmutableArray<string> Workloads { get; init; } = [];

    public ImmutableArray<int> AskedClients { get; init; } = [];

    /// <summary>What was typed, for the record.</summary>
    public string Command { get; init; } = "";

    /// <summary>Six is the least for which the smallest and the largest of the values are a range of 95 %.</summary>
    public int Rounds => AskedRounds ?? (Quick ? 2 : 6);

    public ImmutableArray<int> Clients => !AskedClients.IsEmpty ? AskedClients : Quick ? [8, 128] : [1, 8, 32, 128, 1_000];

    public bool Wants(string part) => Only is null || Only == part;

    /// <exception cref="FormatException">What is wrong with the words.</exception>
    public static LoadOptions Parse(string[] words)
    {
        LoadOptions options = new() { Command = string.Join(' ', (string[])["./dev bench load", .. words]) };
        for (int i = 0; i < words.Length; i++)
        {
            string word = words[i];
            options = word switch
            {
                "--quick" => options with { Quick = true },
                "--json" => options with { Json = true },
                "--record" => options with { Record = true },
                "--only" => options with { Only = OneOf(Value(words, ref i), "queries", "gate", "logins", "memory") },
                "--rounds" => options with { AskedRounds = Number(Value(words, ref i)) },
                "--seconds" => options with { Seconds = Number(Value(words, ref i)) },
                "--port" => options with { Port = Number(Value(words, ref i)) },
                "--targets" => options with { Targets = [.. Value(words, ref i).Split(',')] },
                "--workloads" => options with { Workloads = [.. Value(words, ref i).Split(',')] },
                "--clients" => options with { AskedClients = [.. Value(words, ref i).Split(',').Select(Number)] },
                _ => throw new FormatException($"unknown option {word}"),
            };
        }

        return options;
    }

    private static string Value(string[] words, ref int i) => ++i < words.Length ? words[i] : throw new FormatException($"{words[i - 1]} needs a value");

    private static int Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 ? number : throw new FormatException($"'{text}' is not a number from 1");

    private static string OneOf(string text, params ReadOnlySpan<string> words) =>
        words.Contains(text) ? text : throw new FormatException($"'{text}' is none of {string.Join(", ", words!)}");
}
