using System.Collections.Frozen;
using System.Globalization;

namespace Lockplane.Schema.Kinds;

/// <summary>What changing a column's type does, as measured: whether values need a stated cast, can be cut, and are written anew.</summary>
/// <remarks>Where it is not known, the careful answer is given.</remarks>
/// <param name="NeedsCast">There is no cast that Postgres takes by itself.</param>
/// <param name="KeepsValues">Every value stays what it was.</param>
/// <param name="Rewrites">The table's files are written anew.</param>
internal sealed record TypeChange(bool NeedsCast, bool KeepsValues, bool Rewrites)
{
    private static readonly FrozenSet<string> Texts =
        new[] { "text", "character varying", "character", "bpchar", "name" }.ToFrozenSet(StringComparer.Ordinal);

    // In the order in which each holds all values of those before it.
    private static readonly string[] Integers = ["smallint", "integer", "bigint", "numeric"];

    private static readonly FrozenSet<string> Numbers =
        new[] { "smallint", "integer", "bigint", "numeric", "real", "double precision" }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> Times =
        new[] { "date", "timestamp without time zone", "timestamp with time zone" }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The change from one type to another, both as <c>format_type</c> writes them.</summary>
    public static TypeChange Of(string old, string made)
    {
        (string oldBase, int[] oldModifiers) = Split(old);
        (string madeBase, int[] madeModifiers) = Split(made);
        if (oldBase == madeBase)
        {
            // A bit string has just its length: only a stated cast cuts or fills it.
            if (madeBase == "bit" && old != made)
            {
                return new TypeChange(NeedsCast: true, KeepsValues: false, Rewrites: true);
            }

            bool wider = IsWider(madeBase, oldModifiers, madeModifiers);
            return new TypeChange(NeedsCast: false, wider, Rewrites: old != made && !(wider && StaysInPlace(madeBase, oldModifiers, madeModifiers)));
        }

        if (madeBase == "text" || (madeBase == "character varying" && madeModifiers.Length == 0))
        {
            bool inPlace = oldBase is "text" or "character varying";
            return new TypeChange(NeedsCast: false, KeepsValues: oldBase is not "character" and not "bpchar", !inPlace);
        }

        if (oldBase == "text" && madeBase == "character varying")
        {
            return new TypeChange(NeedsCast: false, KeepsValues: false, Rewrites: true);
        }

        int before = Array.IndexOf(Integers, oldBase);
        int after = Array.IndexOf(Integers, madeBase);
        if (before >= 0 && after > before && madeModifiers.Length == 0)
        {
            return new TypeChange(NeedsCast: false, KeepsValues: true, Rewrites: true);
        }

        return new TypeChange(!IsAssignable(oldBase, madeBase), KeepsValues: false, Rewrites: true);
    }

    private static bool IsAssignable(string old, string made) =>
        Texts.Contains(made) || (Numbers.Contains(old) && Numbers.Contains(made)) || (Times.Contains(old) && Times.Contains(made))
        || (old is "json" or "jsonb" && made is "json" or "jsonb");

    private static bool IsWider(string type, int[] old, int[] made)
    {
        if (made.Length == 0)
        {
            return type is not "character";
        }

        if (old.Length == 0)
        {
            return false;
        }

        return type == "numeric"
            ? made[0] - Scale(made) >= old[0] - Scale(old) && Scale(made) >= Scale(old)
            : made[0] >= old[0];
    }

    private static bool StaysInPlace(string type, int[] old, int[] made) => type switch
    {
        "character varying" or "bit varying" => true,
        "numeric" => made.Length == 0 || (old.Length > 0 && Scale(old) == Scale(made)),
        "timestamp without time zone" or "timestamp with time zone" or "time without time zone" or "time with time zone" => true,
        _ => false,
    };

    private static int Scale(int[] modifiers) => modifiers.Length > 1 ? modifiers[1] : 0;

    // "character varying(20)" and "timestamp(3) with time zone", but "integer[]" and "public.thing" as they are.
    private static (string Base, int[] Modifiers) Split(string type)
    {
        int open = type.IndexOf('(', StringComparison.Ordinal);
        int close = type.IndexOf(')', StringComparison.Ordinal);
        if (open < 0 || close < open || type.EndsWith(']') || type.Contains('"', StringComparison.Ordinal))
        {
            return (type, []);
        }

        string[] parts = type[(open + 1)..close].Split(',');
        int[] modifiers = new int[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out modifiers[i]))
            {
                return (type, []);
            }
        }

        return (type[..open] + type[(close + 1)..], modifiers);
    }
}
