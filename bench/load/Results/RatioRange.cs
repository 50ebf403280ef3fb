namespace Lockplane.Bench.Load.Results;

/// <summary>The median of ratios that were measured in pairs, with the range that holds the true median with 95 % probability.</summary>
/// <remarks>
/// The range is that of order statistics: between the k-th smallest and the k-th largest value, where k is the greatest for which the chance of the median being outside is at most 5 %
/// (binomial distribution). It assumes nothing of the values' distribution. Fewer than six values give no such range: then it is from the smallest to the largest, and nothing is resolved.
/// </remarks>
/// <param name="Median">The median.</param>
/// <param name="Low">The range's low end.</param>
/// <param name="High">The range's high end.</param>
/// <param name="Count">How many pairs.</param>
internal sealed record RatioRange(double Median, double Low, double High, int Count)
{
    /// <summary>A range that spans more says nothing.</summary>
    public const double WidestSpan = 0.25;

    private const int FewestValues = 6;

    /// <summary>Whether <see cref="Low"/> to <see cref="High"/> is a range of 95 %.</summary>
    public bool IsRange => Count >= FewestValues;

    /// <summary>Whether it is, and spans at most 25 %.</summary>
    public bool Resolved => IsRange && High - Low <= WidestSpan * Median;

    /// <summary>Null without values.</summary>
    public static RatioRange? Of(IEnumerable<double> ratios)
    {
        double[] sorted = [.. ratios.Order()];
        if (sorted.Length == 0)
        {
            return null;
        }

        int rank = Rank(sorted.Length);
        return new RatioRange(Median50(sorted), sorted[rank], sorted[sorted.Length - 1 - rank], sorted.Length);
    }

    /// <summary>The median of any values.</summary>
    public static double MedianOf(IEnumerable<double> values) => Median50([.. values.Order()]);

    private static double Median50(double[] sorted) => (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;

    /// <summary>How many values may be left out at each end.</summary>
    private static int Rank(int count)
    {
        double chance = Math.Pow(0.5, count);
        double below = 0;
        int rank = 0;
        for (int k = 0; k < count / 2; k++)
        {
            below += chance;
            if (2 * below > 0.05)
            {
                break;
            }

            rank = k;
            chance *= (double)(count - k) / (k + 1);
        }

        return rank;
    }
}
