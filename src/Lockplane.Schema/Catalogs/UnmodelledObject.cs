using System.Text;
using System.Text.Json.Serialization;

namespace Lockplane.Schema.Catalogs;

/// <summary>Something the database has and that Lockplane does not model yet: known by name, left alone, never silently skipped.</summary>
/// <param name="Kind">What it is, in words: <c>type</c>, <c>operator</c>, <c>privileges</c>.</param>
/// <param name="Schema">Its schema; null for what is in none.</param>
/// <param name="Name">Its name; for a fact about another object (privileges, a comment) that object's name.</param>
/// <param name="On">The object that it hangs on and goes away with; null when it stands alone.</param>
public sealed record UnmodelledObject(
    [property: JsonRequired] string Kind, string? Schema, [property: JsonRequired] string Name, ObjectId? On = null) : IComparable<UnmodelledObject>
{
    /// <inheritdoc/>
    public int CompareTo(UnmodelledObject? other)
    {
        if (other is null)
        {
            return 1;
        }

        int order = Utf8Order.Compare(Kind, other.Kind);
        order = order != 0 ? order : Utf8Order.Compare(Schema, other.Schema);
        order = order != 0 ? order : Utf8Order.Compare(Name, other.Name);
        return order != 0 ? order : On is null ? (other.On is null ? 0 : -1) : On.CompareTo(other.On);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        StringBuilder text = new(new ObjectId(Kind, Schema, Name).ToString());
        return On is null ? text.ToString() : text.Append(" on ").Append(On).ToString();
    }

    /// <summary>Whether <paramref name="left"/> comes before <paramref name="right"/>.</summary>
    public static bool operator <(UnmodelledObject left, UnmodelledObject right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> comes after <paramref name="right"/>.</summary>
    public static bool operator >(UnmodelledObject left, UnmodelledObject right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> does not come after <paramref name="right"/>.</summary>
    public static bool operator <=(UnmodelledObject left, UnmodelledObject right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> does not come before <paramref name="right"/>.</summary>
    public static bool operator >=(UnmodelledObject left, UnmodelledObject right) => left.CompareTo(right) >= 0;
}

/// <summary>A modelled object whose SQL cannot run without something that is not modelled or that the scope leaves out.</summary>
/// <param name="Object">The modelled object, or the column of a table.</param>
/// <param name="Needs">What it needs, such as a type or a function.</param>
public sealed record Requirement([property: JsonRequired] ObjectId Object, [property: JsonRequired] ObjectId Needs) : IComparable<Requirement>
{
    /// <inheritdoc/>
    public int CompareTo(Requirement? other)
    {
        int order = other is null ? 1 : Object.CompareTo(other.Object);
        return order != 0 ? order : Needs.CompareTo(other!.Needs);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Object} needs {Needs}";

    /// <summary>Whether <paramref name="left"/> comes before <paramref name="right"/>.</summary>
    public static bool operator <(Requirement left, Requirement right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> comes after <paramref name="right"/>.</summary>
    public static bool operator >(Requirement left, Requirement right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> does not come after <paramref name="right"/>.</summary>
    public static bool operator <=(Requirement left, Requirement right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> does not come before <paramref name="right"/>.</summary>
    public static bool operator >=(Requirement left, Requirement right) => left.CompareTo(right) >= 0;
}
