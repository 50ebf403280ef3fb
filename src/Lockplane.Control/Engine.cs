using System.Reflection;

namespace Lockplane.Control;

/// <summary>This program, as the ledger names it.</summary>
public static class Engine
{
    /// <summary>Name and version: <c>lockplane 0.1.0</c>.</summary>
    public static string Name { get; } = "lockplane " + typeof(Engine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
