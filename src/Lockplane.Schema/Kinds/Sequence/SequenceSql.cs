using System.Globalization;

namespace Lockplane.Schema.Kinds;

/// <summary>Writes the options of sequences.</summary>
internal static class SequenceSql
{
    /// <summary>All options that are not what Postgres takes by itself, each with a space before it.</summary>
    public static string Options(SequenceOptions options) =>
        (options.Type == "bigint" ? "" : $" AS {options.Type}") + Joined(Differing(Defaults(options.Type, options.Increment), options, creating: true));

    /// <summary>As <see cref="Options"/>, for an identity column, whose sequence counts in the column's type.</summary>
    public static string IdentityOptions(SequenceOptions options) =>
        Joined(Differing(Defaults(options.Type, options.Increment), options, creating: true));

    /// <summary>What turns one into the other, each with a space before it; empty when they are equal.</summary>
    public static string Changes(SequenceOptions old, SequenceOptions made) => Joined(ChangeList(old, made));

    /// <summary>What turns one into the other, one option each.</summary>
    public static IReadOnlyList<string> ChangeList(SequenceOptions old, SequenceOptions made) => old.Type == made.Type
        ? Differing(old, made, creating: false)
        : [$"AS {made.Type}", .. Differing(AfterTypeChange(old, made.Type), made, creating: false)];

    /// <summary>What Postgres makes of the options when the type changes: a limit that was the old type's becomes the new one's.</summary>
    public static SequenceOptions AfterTypeChange(SequenceOptions options, string type) => options with
    {
        Type = type,
        Max = options.Increment > 0 && options.Max == Limit(options.Type).Max ? Limit(type).Max : options.Max,
        Min = options.Increment < 0 && options.Min == Limit(options.Type).Min ? Limit(type).Min : options.Min,
    };

    /// <summary>The position that it has can be outside of the new limits: then the statement fails.</summary>
    public static bool IsNarrower(SequenceOptions old, SequenceOptions made) => made.Min > old.Min || made.Max < old.Max;

    private static List<string> Differing(SequenceOptions old, SequenceOptions made, bool creating)
    {
        List<string> options = [];
        void Add(string name, long before, long after)
        {
            if (before != after)
            {
                options.Add(string.Create(CultureInfo.InvariantCulture, $"{name} {after}"));
            }
        }

        Add("INCREMENT BY", creating ? 1 : old.Increment, made.Increment);
        Add("MINVALUE", old.Min, made.Min);
        Add("MAXVALUE", old.Max, made.Max);

        // Where START is not written, Postgres starts at the limit that it counts from.
        long start = creating ? (made.Increment > 0 ? made.Min : made.Max) : old.Start;
        Add("START WITH", start, made.Start);
        Add("CACHE", old.Cache, made.Cache);
        if (old.Cycle != made.Cycle)
        {
            options.Add(made.Cycle ? "CYCLE" : "NO CYCLE");
        }

        return options;
    }

    private static string Joined(IEnumerable<string> options) => string.Concat(options.Select(option => " " + option));

    private static SequenceOptions Defaults(string type, long increment) => new()
    {
        Type = type,
        Increment = increment,
        Min = increment > 0 ? 1 : Limit(type).Min,
        Max = increment > 0 ? Limit(type).Max : -1,
        Start = increment > 0 ? 1 : -1,
    };

    private static (long Min, long Max) Limit(string type) => type switch
    {
        "smallint" => (short.MinValue, short.MaxValue),
        "integer" => (int.MinValue, int.MaxValue),
        _ => (long.MinValue, long.MaxValue),
    };
}
