using System.Security.Cryptography;
using System.Text;

namespace Lockplane.Dev;

/// <summary>The random passwords, key and token of <c>lockplane dev</c>: one file of mode 0600 each, made when first asked for, kept for the next start.</summary>
/// <param name="directory">The folder of the files.</param>
internal sealed class DevSecrets(string directory)
{
    /// <summary>The roles' passwords that the gateway logs in with, as pgbouncer's userlist.</summary>
    public string UserlistPath => Path.Combine(directory, "userlist.txt");

    /// <summary>The file of a secret.</summary>
    public string PathOf(string name) => Path.Combine(directory, name);

    /// <summary>256 random bits as hex digits.</summary>
    public string Get(string name)
    {
        string path = PathOf(name);
        if (!File.Exists(path))
        {
            Write(path, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));
        }

        return File.ReadAllText(path);
    }

    /// <summary>Writes the gateway's userlist.</summary>
    public void WriteUserlist(IEnumerable<string> roles) =>
        Write(UserlistPath, string.Concat(roles.Select(role => $"\"{role}\" \"{Get(role)}\"\n")));

    /// <summary>Writes a file of mode 0600 as a whole: a reader sees the old one or the new one.</summary>
    public static void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string unfinished = $"{path}.{Environment.ProcessId}";
        File.Delete(unfinished);
        using (FileStream stream = new(unfinished, new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
        }

        File.Move(unfinished, path, overwrite: true);
    }
}
