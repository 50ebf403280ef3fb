namespace Lockplane.Dev;

/// <summary>The folder of sources that this program was built in.</summary>
internal static class Checkout
{
    /// <summary>The nearest folder above the program that has Lockplane.sln; null for an installed program.</summary>
    public static string? Find()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "Lockplane.sln")))
            {
                return directory.FullName;
            }
        }

        return null;
    }
}
