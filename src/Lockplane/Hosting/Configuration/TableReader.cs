using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Lockplane.Sql.Errors;

namespace Lockplane.Hosting.Configuration;

/// <summary>
/// Reads the keys of one table. What is asked for is what is known: <see cref="Finish"/> refuses every other key, so that there is no second list of them. Every key read is also
/// written to the printed form, with its default where it was not given.
/// </summary>
/// <param name="table">The table; null when it is not in the configuration.</param>
/// <param name="path">The table's name for messages; empty for the root.</param>
/// <param name="secrets">Where secrets are fetched.</param>
/// <param name="print">Takes the printed form.</param>
internal sealed class TableReader(ConfigurationTable? table, string path, SecretPlaces secrets, StringBuilder print)
{
    private readonly List<string> _known = [];

    public string Path => path;

    /// <summary>A text; an empty one is refused.</summary>
    public string? Text(string key, string? defaultValue = null)
    {
        ConfigurationValue? value = Take(key);
        string? text = value is null ? defaultValue : value.Value as string is { Length: > 0 } given ? given : throw Wrong(key, value, "a text that is not empty");
        Print(key, text is null ? null : Quote(text));
        return text;
    }

    /// <summary>One of a few words.</summary>
    public string Word(string key, string? defaultValue, params ReadOnlySpan<string> words)
    {
        string text = Text(key, defaultValue) ?? throw Missing(key, "one of " + string.Join(", ", words));
        return words.Contains(text) ? text : throw Wrong(key, table!.Find(key)!, "one of " + string.Join(", ", words));
    }

    /// <summary>A whole number between two bounds.</summary>
    public int Number(string key, int defaultValue, int least, int most)
    {
        ConfigurationValue? value = Take(key);
        int number = defaultValue;
        if (value is not null)
        {
            long? given = value.Value is long whole ? whole
                : value.IsText && long.TryParse((string)value.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long parsed) ? parsed : (long?)null;
            number = given >= least && given <= most ? (int)given : throw Wrong(key, value, string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}"));
        }

        Print(key, number.ToString(CultureInfo.InvariantCulture));
        return number;
    }

    public bool Flag(string key, bool defaultValue)
    {
        ConfigurationValue? value = Take(key);
        bool flag = value switch
        {
            null => defaultValue,
            { Value: bool given } => given,
            { IsText: true, Value: "true" } => true,
            { IsText: true, Value: "false" } => false,
            _ => throw Wrong(key, value, "true or false"),
        };
        Print(key, flag ? "true" : "false");
        return flag;
    }

    /// <summary>A time with its unit: <c>500ms</c>, <c>5s</c>, <c>2m</c>.</summary>
    public TimeSpan Duration(string key, TimeSpan defaultValue)
    {
        ConfigurationValue? value = Take(key);
        TimeSpan duration = value is null ? defaultValue : ParseDuration(value.Value as string) ?? throw Wrong(key, value, "a time with its unit, such as \"500ms\", \"5s\" or \"2m\"");
        Print(key, Quote(string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds}ms")));
        return duration;
    }

    /// <summary>A list of texts; in the environment separated by commas.</summary>
    public ImmutableArray<string> Texts(string key, params ImmutableArray<string> defaultValue)
    {
        ConfigurationValue? value = Take(key);
        ImmutableArray<string> texts = value switch
        {
            null => defaultValue,
            { IsText: true, Value: string text } => [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)],
            { Value: List<ConfigurationValue> items } => [.. items.Select(item => item.Value as string ?? throw Wrong(key, item, "a list of texts"))],
            _ => throw Wrong(key, value, "a list of texts"),
        };
        Print(key, "[" + string.Join(", ", texts.Select(Quote)) + "]");
        return texts;
    }

    /// <summary>A secret, written itself or as its place: <c>env:NAME</c> or <c>file:/path</c>. Printed as stars.</summary>
    public string? Secret(string key)
    {
        ConfigurationValue? value = Take(key);
        if (value is null)
        {
            return null;
        }

        string written = value.Value as string ?? throw Refusal(Name(key), "(secret)", value.Where, "a text, env:NAME or file:/path");
        Print(key, SecretPlaces.IsPlace(written) ? Quote(written) : "\"***\"");
        return secrets.Fetch(written, $"{Name(key)} ({value.Where})");
    }

    /// <summary>What a place holds, and the place for messages: <c>env:NAME</c>, or <c>file:/path</c> of a file of mode 0600. Never written itself.</summary>
    public (string Text, string Place)? Placed(string key)
    {
        ConfigurationValue? value = Take(key);
        if (value is null)
        {
            return null;
        }

        string written = value.Value is string text && SecretPlaces.IsPlace(text) ? text : throw Refusal(Name(key), "(secret)", value.Where, "file:/path or env:NAME");
        Print(key, Quote(written));
        return (secrets.Fetch(written, $"{Name(key)} ({value.Where})"), written.StartsWith(SecretPlaces.File, StringComparison.Ordinal) ? written[SecretPlaces.File.Length..] : written);
    }

    /// <summary>Every key of this table: a text, or a list of texts.</summary>
    public ImmutableArray<KeyValuePair<string, ImmutableArray<string>>> AllTexts() =>
        [.. (table?.Values ?? []).Select(pair => pair.Key).ToArray().Select(key => KeyValuePair.Create(key, TextOrTexts(key)))];

    /// <summary>A connection URL, written itself or as its place; printed without its password.</summary>
    public string? Url(string key)
    {
        ConfigurationValue? value = Take(key);
        if (value is null)
        {
            return null;
        }

        string written = value.Value as string ?? throw Refusal(Name(key), "(secret)", value.Where, "a postgresql:// URL");
        string url = secrets.Fetch(written, $"{Name(key)} ({value.Where})");
        if (!url.StartsWith("postgresql://", StringComparison.Ordinal) && !url.StartsWith("postgres://", StringComparison.Ordinal))
        {
            throw Refusal(Name(key), "(secret)", value.Where, "a URL that begins with postgresql://");
        }

        Print(key, Quote(SecretPlaces.IsPlace(written) ? written : SecretPlaces.MaskUrl(url)));
        return url;
    }

    /// <summary>A table of texts: <c>{ "a" = "b" }</c>.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Pairs(string key)
    {
        ConfigurationValue? value = Take(key);
        if (value is null)
        {
            return [];
        }

        ConfigurationTable pairs = value.Value as ConfigurationTable ?? throw Wrong(key, value, "a table such as { \"app.tenant_id\" = \"tid\" }");
        ImmutableArray<KeyValuePair<string, string>> texts =
            [.. pairs.Values.Select(pair => KeyValuePair.Create(pair.Key, pair.Value.Value as string ?? throw Wrong(key, pair.Value, "texts on both sides")))];
        Print(key, "{ " + string.Join(", ", texts.Select(pair => $"{Quote(pair.Key)} = {Quote(pair.Value)}")) + " }");
        return texts;
    }

    /// <summary>The table of this name.</summary>
    public T Table<T>(string key, Func<TableReader, T> read)
    {
        ConfigurationValue? value = Take(key);
        ConfigurationTable? inner = value is null ? null : value.Value as ConfigurationTable ?? throw Wrong(key, value, $"a table [{Name(key)}]");
        return Read(inner, Name(key), $"[{Name(key)}]", read);
    }

    /// <summary>The tables <c>[key.name]</c>, by name.</summary>
    public ImmutableSortedDictionary<string, T> Named<T>(string key, Func<string, TableReader, T> read)
    {
        ConfigurationValue? value = Take(key);
        ConfigurationTable? tables = value is null ? null : value.Value as ConfigurationTable ?? throw Wrong(key, value, $"tables [{Name(key)}.NAME]");
        return (tables?.Values ?? []).ToImmutableSortedDictionary(
            pair => pair.Key,
            pair => Read(
                pair.Value.Value as ConfigurationTable ?? throw Refusal($"{Name(key)}.{pair.Key}", Show(pair.Value), pair.Value.Where, $"a table [{Name(key)}.NAME]"),
                $"{Name(key)}.{pair.Key}", $"[{Name(key)}.{pair.Key}]", reader => read(pair.Key, reader)),
            StringComparer.Ordinal);
    }

    /// <summary>The tables <c>[[key]]</c>, in their order.</summary>
    public ImmutableArray<T> List<T>(string key, Func<TableReader, T> read)
    {
        ConfigurationValue? value = Take(key);
        List<ConfigurationValue> items = value is null ? [] : value.Value as List<ConfigurationValue> ?? throw Wrong(key, value, $"tables [[{Name(key)}]]");
        return
        [
            .. items.Select((item, index) => Read(
                item.Value as ConfigurationTable ?? throw Wrong(key, item, $"tables [[{Name(key)}]]"),
                string.Create(CultureInfo.InvariantCulture, $"{Name(key)}[{index}]"), $"[[{Name(key)}]]", read)),
        ];
    }

    /// <summary>Refuses keys that nobody asked for.</summary>
    /// <exception cref="LockplaneException">LP001 with the place, the key and the nearest known one.</exception>
    public void Finish()
    {
        foreach ((string key, ConfigurationValue value) in table?.Values ?? [])
        {
            if (!_known.Contains(key))
            {
                string? nearest = _known.OrderBy(known => Distance(known, key)).FirstOrDefault(known => Distance(known, key) <= Math.Max(2, key.Length / 3))
                    ?? _known.Find(known => known.StartsWith(key, StringComparison.Ordinal));
                string hint = nearest is null ? $"Known here: {string.Join(", ", _known.Order(StringComparer.Ordinal))}." : $"Did you mean '{nearest}'?";
                throw new LockplaneException(ErrorCodes.Configuration, $"{value.Where}: the key '{Name(key)}' is not known.", null, hint);
            }
        }
    }

    /// <summary>A key that has to be there is not.</summary>
    public LockplaneException Missing(string key, string expected) =>
        new(ErrorCodes.Configuration, $"{Name(key)} is missing; expected {expected}.");

    public LockplaneException Wrong(string key, string expected) => table?.Find(key) is { } value ? Wrong(key, value, expected) : Missing(key, expected);

    private T Read<T>(ConfigurationTable? inner, string name, string heading, Func<TableReader, T> read)
    {
        StringBuilder text = new();
        TableReader reader = new(inner, name, secrets, text);
        T? result = read(reader);
        reader.Finish();
        if (text.Length > 0)
        {
            // Tables that only hold tables have no heading of their own.
            print.Append(text[0] == '\n' ? "" : $"\n{heading}\n").Append(text);
        }

        return result;
    }

    private ImmutableArray<string> TextOrTexts(string key)
    {
        ConfigurationValue value = Take(key)!;
        ImmutableArray<string> texts = value.Value switch
        {
            string { Length: > 0 } text => [text],
            List<ConfigurationValue> { Count: > 0 } items when items.TrueForAll(item => item.Value is string { Length: > 0 }) => [.. items.Select(item => (string)item.Value)],
            _ => throw Wrong(key, value, "a text or a list of texts"),
        };
        Print(Quote(key), "[" + string.Join(", ", texts.Select(Quote)) + "]");
        return texts;
    }

    private ConfigurationValue? Take(string key)
    {
        _known.Add(key);
        return table?.Find(key);
    }

    private void Print(string key, string? value) => print.Append(value is null ? "" : $"{key} = {value}\n");

    private string Name(string key) => path.Length == 0 ? key : $"{path}.{key}";

    private LockplaneException Wrong(string key, ConfigurationValue value, string expected) => Refusal(Name(key), Show(value), value.Where, expected);

    private static LockplaneException Refusal(string name, string shown, string where, string expected) =>
        new(ErrorCodes.Configuration, $"{where}: {name} is {shown}; expected {expected}.");

    private static string Show(ConfigurationValue value) => value.Value switch
    {
        string text => Quote(text),
        bool flag => flag ? "true" : "false",
        ConfigurationTable => "a table",
        List<ConfigurationValue> => "a list",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => "something else",
    };

    private static string Quote(string text) => "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    private static TimeSpan? ParseDuration(string? text)
    {
        int digits = text?.TakeWhile(char.IsAsciiDigit).Count() ?? 0;
        return int.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? text![digits..] switch
            {
                "ms" => TimeSpan.FromMilliseconds(number),
                "s" => TimeSpan.FromSeconds(number),
                "m" => TimeSpan.FromMinutes(number),
                _ => null,
            }
            : null;
    }

    /// <summary>How many letters must be changed, added or left out to make one word of the other.</summary>
    private static int Distance(string a, string b)
    {
        int[] previous = Enumerable.Range(0, b.Length + 1).ToArray();
        for (int i = 1; i <= a.Length; i++)
        {
            int[] current = new int[b.Length + 1];
            current[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                current[j] = Math.Min(Math.Min(previous[j], current[j - 1]) + 1, previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
            }

            previous = current;
        }

        return previous[b.Length];
    }
}
