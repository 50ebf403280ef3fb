namespace Lockplane.Schema.Catalogs;

/// <summary>Orders strings by the bytes of their UTF-8 form, which is the order of their code points.</summary>
/// <remarks>
/// <see cref="string.CompareOrdinal(string, string)"/> orders by UTF-16 units and puts U+1F600 before U+FF01; every hash and
/// every list that Lockplane prints uses this order instead, so that any language can reproduce it by comparing bytes.
/// </remarks>
public sealed class Utf8Order : IComparer<string?>
{
    /// <summary>The only instance.</summary>
    public static Utf8Order Instance { get; } = new();

    private Utf8Order()
    {
    }

    /// <inheritdoc/>
    int IComparer<string?>.Compare(string? x, string? y) => Compare(x, y);

    /// <summary>Negative, zero or positive as <paramref name="x"/> comes before, is or comes after <paramref name="y"/>; null comes first.</summary>
    public static int Compare(string? x, string? y)
    {
        if (x is null || y is null)
        {
            return (x is null ? 0 : 1) - (y is null ? 0 : 1);
        }

        int shared = Math.Min(x.Length, y.Length);
        for (int i = 0; i < shared; i++)
        {
            if (x[i] != y[i])
            {
                return Weight(x[i]) - Weight(y[i]);
            }
        }

        return x.Length - y.Length;
    }

    // Surrogates stand for code points above the BMP, so they weigh more than U+E000 to U+FFFF, which have greater units.
    private static int Weight(char unit) => char.IsSurrogate(unit) ? unit + 0x10000 : unit;
}
