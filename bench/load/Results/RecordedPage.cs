namespace Lockplane.Bench.Load.Results;

/// <summary>The page that shows the figures of one run: what is between the marks is replaced.</summary>
internal static class RecordedPage
{
    private const string Begin = "<!-- figures: written by ./dev bench load --record -->\n";
    private const string End = "<!-- end of figures -->\n";

    public static async Task WriteAsync(string path, string figures, CancellationToken cancellation)
    {
        string page = await File.ReadAllTextAsync(path, cancellation);
        int begin = page.IndexOf(Begin, StringComparison.Ordinal);
        int end = page.IndexOf(End, StringComparison.Ordinal);
        if (begin < 0 || end < begin)
        {
            throw new LoadException($"{path} has no place for figures.");
        }

        await File.WriteAllTextAsync(path, page[..(begin + Begin.Length)] + "\n" + figures + "\n" + page[end..], cancellation);
    }
}
