using System.Text;
using Lockplane.Schema.Catalogs;
using Lockplane.Sql;

namespace Lockplane.Schema.Kinds;

/// <summary>Writes options of foreign data.</summary>
internal static class OptionSql
{
    /// <summary>OPTIONS (...) of something new, with a space before it; empty for none.</summary>
    /// <param name="options">The options.</param>
    /// <param name="owner">Whose they are, for the names of secrets.</param>
    public static string Create(FactList<OptionFacts> options, params ReadOnlySpan<string> owner)
    {
        List<string> items = [];
        foreach (OptionFacts option in options)
        {
            items.Add($"{Identifiers.Quote(option.Name)} {Value(option, owner)}");
        }

        return items.Count == 0 ? "" : $" OPTIONS ({string.Join(", ", items)})";
    }

    /// <summary>OPTIONS (...) that turns some into others, with a space before it; empty when nothing differs.</summary>
    public static string Change(FactList<OptionFacts> old, FactList<OptionFacts> made, params ReadOnlySpan<string> owner)
    {
        List<string> items = [.. old.Where(o => made.All(m => m.Name != o.Name)).Select(o => $"DROP {Identifiers.Quote(o.Name)}")];
        foreach (OptionFacts option in made.Where(m => !old.Contains(m)))
        {
            string word = old.Any(o => o.Name == option.Name) ? "SET" : "ADD";
            items.Add($"{word} {Identifiers.Quote(option.Name)} {Value(option, owner)}");
        }

        return items.Count == 0 ? "" : $" OPTIONS ({string.Join(", ", items)})";
    }

    /// <summary>The value as a literal; of a secret its placeholder.</summary>
    public static string Value(OptionFacts option, params ReadOnlySpan<string> owner) =>
        Identifiers.QuoteLiteral(option.Secret ? Placeholder([.. owner, option.Name]) : option.Value ?? "");

    /// <summary>What stands for a secret: <c>${secret:ERP_APP_PASSWORD}</c>, a name that an environment variable can have.</summary>
    public static string Placeholder(params ReadOnlySpan<string> names)
    {
        StringBuilder text = new("${secret:");
        foreach (string name in names)
        {
            text.Append(text[^1] == ':' ? "" : "_");
            foreach (char c in name)
            {
                text.Append(char.IsAsciiLetterOrDigit(c) ? char.ToUpperInvariant(c) : '_');
            }
        }

        return text.Append('}').ToString();
    }
}
