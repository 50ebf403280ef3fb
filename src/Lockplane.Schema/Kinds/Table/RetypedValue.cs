using Lockplane.Schema.Catalogs;
using Lockplane.Schema.Plans;
using Lockplane.Sql;
using Lockplane.Sql.Errors;

namespace Lockplane.Schema.Kinds;

/// <summary>The expression that takes a column's value over to a type of the same name that is made again.</summary>
/// <remarks>By way of text, where a composite type's attributes are told apart by their places alone: where these differ, attribute by attribute. Spec: Composite Types, Composite Type Input and Output Syntax.</remarks>
internal sealed class RetypedValue(ObjectId column, Difference difference)
{
    /// <summary>The value as one of the new type.</summary>
    /// <param name="value">The old one, an expression.</param>
    /// <param name="type">The type, as <c>format_type</c> writes it.</param>
    /// <exception cref="LockplaneException">LP203: it is in an array or a range, whose parts no expression of ALTER TABLE reaches.</exception>
    public string Of(string value, string type) => !HasOtherPlaces(type) ? $"{value}::text::{type}" : Find(type) switch
    {
        { Facts: CompositeTypeFacts } item => Attributes(value, item.Id, type),
        { Facts: DomainFacts domain } => $"{Of(value, domain.Type)}::{type}",
        _ => throw new LockplaneException(
            ErrorCodes.Dependency, $"{column} has values of type {type}, and the attributes in them are to have another order.",
            hint: "Give the new order to a type of another name, and take the values over in a plan of your own."),
    };

    // ROW(NULL, NULL) is not null, though IS NULL says so.
    private string Attributes(string value, ObjectId id, string type)
    {
        CompositeTypeFacts old = (CompositeTypeFacts)difference.From.Find(id)!.Facts;
        CompositeTypeFacts made = (CompositeTypeFacts)difference.To.Find(id)!.Facts;
        IEnumerable<string> values = made.Columns.Select(attribute => old.Find(attribute.Name) is { } before ? Attribute($"({value}).{Identifiers.Quote(attribute.Name)}", before, attribute.Type) : $"NULL::{attribute.Type}");
        return $"CASE WHEN num_nonnulls({value}) = 0 THEN NULL ELSE ROW({string.Join(", ", values)})::{type} END";
    }

    private string Attribute(string value, ColumnFacts old, string type) => old.Type != type ? $"{value}::text::{type}" : difference.IsOfRebuiltType(old) ? Of(value, type) : value;

    private bool HasOtherPlaces(string type)
    {
        (ObjectFacts? old, ObjectFacts? made) = Find(type.TrimEnd('[', ']')) is { } item ? (item.Facts, difference.To.Find(item.Id)?.Facts) : (null, null);
        return (old, made) switch
        {
            (CompositeTypeFacts before, CompositeTypeFacts after) => difference.IsRebuilt(Find(type.TrimEnd('[', ']'))!.Id)
                && (!before.Columns.Select(attribute => attribute.Name).SequenceEqual(after.Columns.Select(attribute => attribute.Name)) || before.Columns.Any(attribute => HasOtherPlaces(attribute.Type))),
            (DomainFacts domain, DomainFacts) => HasOtherPlaces(domain.Type),
            (RangeTypeFacts range, RangeTypeFacts) => HasOtherPlaces(range.Subtype),
            _ => false,
        };
    }

    private CatalogObject? Find(string type) => difference.From.Objects.FirstOrDefault(item => item.Facts is CompositeTypeFacts or DomainFacts or RangeTypeFacts
        && (item.Id.QualifiedName == type || (item.Facts is RangeTypeFacts range && range.Multirange == type)));
}
