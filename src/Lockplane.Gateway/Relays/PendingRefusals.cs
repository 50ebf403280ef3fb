using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Lockplane.Gateway.Statements;
using Lockplane.Wire.Backend;

namespace Lockplane.Gateway.Relays;

/// <summary>Refused statements on their way through the server and back.</summary>
/// <remarks>
/// A refused statement is replaced by a text that cannot parse and names itself; the server then does with it what it does with any
/// error (abort the transaction, skip to Sync), and its ErrorResponse quotes the name. Nothing is counted, so nothing can get out of
/// step. A replacement that the server skipped is never answered; the oldest are forgotten beyond <see cref="Capacity"/>.
/// A session that was refused nothing owns none of this.
/// </remarks>
/// <param name="marker">Random and of this session alone: letters and digits, at most 24, so that the name stays one identifier of Postgres. Null makes one when it is needed.</param>
internal sealed class PendingRefusals(string? marker = null)
{
    public const int Capacity = 1_024;

    private const int ReasonChars = 200;

    private static readonly Refusal Forgotten = new(Wire.SqlState.InsufficientPrivilege, "The statement was refused by the gateway.",
        $"More than {Capacity} refused statements were sent in a row; the reasons of the first are not kept.");

    private Queue<(long Number, Refusal Refusal)>? _pending;
    private string _name = "";
    private byte[] _nameBytes = [];
    private long _last;

    /// <summary>Whether any replacement was sent in this session.</summary>
    public bool Any => _last > 0;

    /// <summary>Keeps a refusal and gives the text that goes to the server in place of the statement.</summary>
    public string Add(Refusal refusal)
    {
        Queue<(long Number, Refusal Refusal)> pending = _pending ??= Begin();
        if (pending.Count == Capacity)
        {
            pending.Dequeue();
        }

        pending.Enqueue((++_last, refusal));
        return string.Create(CultureInfo.InvariantCulture, $"{_name}{_last} /* {Commentable($"{refusal.Code} {refusal.Message}")} */");
    }

    /// <summary>The refusal that an ErrorResponse's body answers; null when it is the server's own error.</summary>
    public Refusal? Take(ReadOnlySpan<byte> errorBody)
    {
        if (_pending is not { } pending || !ErrorFields.Find(errorBody, 'C').SequenceEqual("42601"u8))
        {
            return null;
        }

        ReadOnlySpan<byte> message = ErrorFields.Find(errorBody, 'M');
        int at = message.IndexOf(_nameBytes);
        if (at < 0 || !System.Buffers.Text.Utf8Parser.TryParse(message[(at + _nameBytes.Length)..], out long number, out _) || number < 1 || number > _last)
        {
            return null;
        }

        // Answers come in order, so what is before this one was skipped by the server.
        while (pending.TryPeek(out (long Number, Refusal Refusal) first) && first.Number <= number)
        {
            pending.Dequeue();
            if (first.Number == number)
            {
                return first.Refusal;
            }
        }

        return Forgotten;
    }

    private Queue<(long Number, Refusal Refusal)> Begin()
    {
        _name = $"lockplane_refused_{marker ?? RandomNumberGenerator.GetHexString(16, lowercase: true)}_";
        _nameBytes = Encoding.ASCII.GetBytes(_name);
        return new Queue<(long Number, Refusal Refusal)>();
    }

    /// <summary>For the server's log: nothing that could end the comment or forge a line.</summary>
    private static string Commentable(string text) => string.Create(Math.Min(text.Length, ReasonChars), text, static (target, source) =>
    {
        for (int i = 0; i < target.Length; i++)
        {
            char c = source[i];
            target[i] = char.IsAsciiLetterOrDigit(c) || c is ' ' or '.' or ',' or ';' or ':' or '(' or ')' or '_' or '-' ? c : '?';
        }
    });
}
