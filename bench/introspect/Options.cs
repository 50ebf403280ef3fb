using System.Globalization;

namespace Lockplane.Bench.Introspect;

/// <summary>What a run measures.</summary>
internal enum Measured
{
    Reading,
    Planning,
    Validation,
}

/// <summary>The command line.</summary>
/// <param name="Sizes">How many tables, for each database.</param>
/// <param name="Rounds">How often each program runs on each.</param>
/// <param name="What">What is measured.</param>
internal sealed record Options(IReadOnlyList<int> Sizes, int Rounds, Measured What)
{
    public const string Usage = "./dev bench introspect [--tables 100,1000,10000] [--rounds 7] [--plan|--validate]";

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="FormatException">They are not understood.</exception>
    public static Options Parse(string[] arguments)
    {
        Options options = new([100, 1000, 10_000], 7, Measured.Reading);
        for (int i = 0; i < arguments.Length; i += 2)
        {
            if (arguments[i] is "--plan" or "--validate")
            {
                options = options with { What = arguments[i] == "--plan" ? Measured.Planning : Measured.Validation };
                i--;
                continue;
            }

            string value = i + 1 < arguments.Length ? arguments[i + 1] : throw new FormatException($"{arguments[i]} needs a value.");
            options = arguments[i] switch
            {
                "--tables" => options with { Sizes = [.. value.Split(',').Select(Number)] },
                "--rounds" => options with { Rounds = Number(value) },
                _ => throw new FormatException($"There is no option {arguments[i]}."),
            };
        }

        return options;
    }

    private static int Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
        ? number : throw new FormatException($"\"{text}\" is no number above zero.");
}
