using System.Globalization;

namespace Lockplane.Bench.Introspect;

/// <summary>The command line.</summary>
/// <param name="Sizes">How many tables, for each database.</param>
/// <param name="Rounds">How often each program runs on each.</param>
/// <param name="Validates">Plans are validated, instead of catalogs being read.</param>
internal sealed record Options(IReadOnlyList<int> Sizes, int Rounds, bool Validates)
{
    public const string Usage = "./dev bench introspect [--tables 100,1000,10000] [--rounds 7] [--validate]";

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="FormatException">They are not understood.</exception>
    public static Options Parse(string[] arguments)
    {
        Options options = new([100, 1000, 10_000], 7, arguments.Contains("--validate"));
        arguments = [.. arguments.Where(a => a != "--validate")];
        for (int i = 0; i < arguments.Length; i += 2)
        {
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
