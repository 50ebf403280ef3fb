using System.Collections;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lockplane.Schema.Catalogs;

/// <summary>An immutable list that is equal to another by its elements, so that records made of facts compare by value.</summary>
/// <remarks>The default value is the empty list.</remarks>
[JsonConverter(typeof(FactListConverter))]
[CollectionBuilder(typeof(FactList), nameof(FactList.Create))]
[SuppressMessage("Naming", "CA1710:Identifiers should have correct suffix", Justification = "A list is what it is.")]
public readonly struct FactList<T>(ImmutableArray<T> items) : IReadOnlyList<T>, IEquatable<FactList<T>>
{
    private readonly ImmutableArray<T> _items = items;

    /// <summary>The elements, never a default array.</summary>
    public ImmutableArray<T> Items => _items.IsDefault ? [] : _items;

    /// <inheritdoc/>
    public int Count => _items.IsDefault ? 0 : _items.Length;

    /// <inheritdoc/>
    public T this[int index] => Items[index];

    /// <inheritdoc/>
    public bool Equals(FactList<T> other) => Items.SequenceEqual(other.Items);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is FactList<T> other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode code = default;
        foreach (T item in Items)
        {
            code.Add(item);
        }

        return code.ToHashCode();
    }

    /// <summary>True when the elements are equal and in the same order.</summary>
    public static bool operator ==(FactList<T> left, FactList<T> right) => left.Equals(right);

    /// <summary>The opposite of equality.</summary>
    public static bool operator !=(FactList<T> left, FactList<T> right) => !left.Equals(right);

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)Items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>Makes lists of facts.</summary>
public static class FactList
{
    /// <summary>The list of these elements.</summary>
    public static FactList<T> Create<T>(ReadOnlySpan<T> items) => new([.. items]);

    /// <summary>The elements as a list of facts.</summary>
    public static FactList<T> ToFactList<T>(this IEnumerable<T> items) => new([.. items]);
}

/// <summary>Reads and writes a list of facts as a JSON array.</summary>
internal sealed class FactListConverter : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) =>
        typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(FactList<>);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Of<>).MakeGenericType(typeToConvert.GetGenericArguments()))!;

    private sealed class Of<T> : JsonConverter<FactList<T>>
    {
        public override FactList<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            new(JsonSerializer.Deserialize<ImmutableArray<T>>(ref reader, options));

        public override void Write(Utf8JsonWriter writer, FactList<T> value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, value.Items, options);
    }
}
