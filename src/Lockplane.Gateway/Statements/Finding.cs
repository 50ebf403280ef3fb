namespace Lockplane.Gateway.Statements;

/// <summary>What a rule holds against a statement.</summary>
/// <param name="Offset">Byte offset in the text of what it is about; -1 when unknown.</param>
/// <param name="Subject">The node type, function, setting or relation; null when it is about none.</param>
/// <param name="Listed">Whether only a list of the profile is against it, so that it passes in mode observe.</param>
/// <param name="Lasting">False when the parser had too little time or memory: then it is not kept, and what it is about is judged again the next time. Never together with <paramref name="Listed"/>.</param>
internal sealed record Finding(string Code, string Message, string Detail, string Hint, int Offset, string? Subject = null, bool Listed = false, bool Lasting = true);
