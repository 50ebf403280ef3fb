using System.Collections.Frozen;

namespace Lockplane.Gateway.Statements;

/// <summary>Which functions in C of which extensions pass: the list is <c>Lists/functions-extensions.txt</c>, in which a name stands behind its extension's, and <c>st_*</c> for all that begin so.</summary>
internal static class ExtensionLists
{
    private const string File = "functions-extensions.txt";

    public static bool Allows(string extension, string function)
    {
        FrozenSet<string> names = NameLists.Read(File);
        if (names.Contains($"{extension}.!{function}"))
        {
            return false;
        }

        if (names.Contains($"{extension}.{function}"))
        {
            return true;
        }

        for (int length = 1; length <= function.Length; length++)
        {
            if (names.Contains($"{extension}.{function.AsSpan(0, length)}*"))
            {
                return true;
            }
        }

        return false;
    }
}
