using System.Text;
using System.Text.Json.Serialization;
using Lockplane.Sql;

namespace Lockplane.Schema.Catalogs;

/// <summary>What one object of a database is called: its kind and its name, in full.</summary>
/// <remarks>Printed as <c>table public.notes</c>, <c>constraint public.notes.notes_pkey</c>, <c>column public.notes.title</c>, <c>schema app</c>, <c>function public.add(integer, integer)</c>.</remarks>
/// <param name="Kind">The kind in lower case, as in <c>table</c>; for unmodelled objects Postgres's words, as in <c>table column</c>.</param>
/// <param name="Schema">The schema that it is in; null for what is in none.</param>
/// <param name="Name">Its name, or the name of the table that it is a part of.</param>
/// <param name="Part">The name of a part: of a constraint, a column, a trigger; null for an object of its own.</param>
/// <param name="Signature">
/// What tells objects of one name apart, as it stands behind the name in SQL: <c>(integer, text)</c> of a function or operator, <c> USING btree</c> of an operator class.
/// </param>
public sealed record ObjectId(
    [property: JsonRequired] string Kind, string? Schema, [property: JsonRequired] string Name, string? Part = null, string? Signature = null)
    : IComparable<ObjectId>
{
    // Asked for all the time: every lookup in a catalog is one by name. Zero until it is.
    private int _hash;

    // A copy may get another name by `with`, so that the number is not copied.
    private ObjectId(ObjectId original)
    {
        (Kind, Schema, Name, Part, Signature) = (original.Kind, original.Schema, original.Name, original.Part, original.Signature);
    }

    /// <summary>The table of this name.</summary>
    public static ObjectId Table(string schema, string name) => new("table", schema, name);

    /// <summary>The column of a table.</summary>
    public static ObjectId Column(string schema, string table, string name) => new("column", schema, table, name);

    /// <summary>Whether it is a part of a table: a constraint, column, trigger, policy or rule of it.</summary>
    public bool IsPartOf(ObjectId table) => Part is not null && Schema == table.Schema && Name == table.Name;

    /// <summary>The part of this name that another table has.</summary>
    public ObjectId On(ObjectId table) => this with { Schema = table.Schema, Name = table.Name };

    /// <summary>The name for SQL, quoted where needed: <c>public.notes</c>, <c>public.add(integer, integer)</c>; of a part, the name of what it is part of.</summary>
    [JsonIgnore]
    public string QualifiedName => (Schema is null ? Identifiers.Quote(Name) : Identifiers.QuoteQualified(Schema, Name)) + Signature;

    /// <inheritdoc/>
    public bool Equals(ObjectId? other) => ReferenceEquals(this, other)
        || (other is not null && Name == other.Name && Part == other.Part && Kind == other.Kind && Schema == other.Schema && Signature == other.Signature);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash != 0 ? _hash : _hash = HashCode.Combine(Kind, Schema, Name, Part, Signature);

    /// <inheritdoc/>
    public int CompareTo(ObjectId? other)
    {
        if (other is null)
        {
            return 1;
        }

        int order = Utf8Order.Compare(Kind, other.Kind);
        order = order != 0 ? order : Utf8Order.Compare(Schema, other.Schema);
        order = order != 0 ? order : Utf8Order.Compare(Name, other.Name);
        order = order != 0 ? order : Utf8Order.Compare(Part, other.Part);
        return order != 0 ? order : Utf8Order.Compare(Signature, other.Signature);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        StringBuilder text = new StringBuilder(Kind).Append(' ').Append(QualifiedName);
        return Part is null ? text.ToString() : text.Append('.').Append(Identifiers.Quote(Part)).ToString();
    }

    /// <summary>Whether <paramref name="left"/> comes before <paramref name="right"/>.</summary>
    public static bool operator <(ObjectId left, ObjectId right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> comes after <paramref name="right"/>.</summary>
    public static bool operator >(ObjectId left, ObjectId right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> does not come after <paramref name="right"/>.</summary>
    public static bool operator <=(ObjectId left, ObjectId right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> does not come before <paramref name="right"/>.</summary>
    public static bool operator >=(ObjectId left, ObjectId right) => left.CompareTo(right) >= 0;
}
