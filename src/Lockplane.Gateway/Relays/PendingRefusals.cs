using System.Globalization;
using System.Text;
using Lockplane.Gateway.Statements;
using Lockplane.Wire.Backend;

namespace Lockplane.Gateway.Relays;

/// <summary>Refused statements on their way through the server and back.</summary>
/// <remarks>
/// A refused statement is replaced by a text that cannot parse and names itself; the server then does with it what it does with any
/// error (abort the transaction, skip to Sync), and its ErrorResponse quotes the name. Nothing is counted, so nothing can get out of
/// step. A replacement that the server skipped is never answered; the oldest are forgotten beyond <see cref="Capacity"/>.
/// Used from both directions of a session, hence the lock: on refusals only, never on the permitted path.
/// </remarks>
internal sealed class PendingRefusals
{
    public const int Capacity = 1_024;

    private const int ReasonChars = 200;

    private static readonly Refusal Forgotten = new(Wire.SqlState.InsufficientPrivilege, "The statement was refused by the gateway.",
        $"More than {Capacity} refused statements were sent in a row; the reasons of the first are not kept.");

    private readonly Queue<(long Number, Refusal Refusal)> _pending = new();
    private readonly string _name;
    private readonly byte[] _nameBytes;
    private long _last;

    /// <param name="marker">Random and of this session alone: letters and digits, at most 24, so that the name stays one identifier of Postgres.</param>
    public PendingRefusals(string marker)
    {
        _name = $"lockplane_refused_{marker}_";
        _nameBytes = Encoding.ASCII.GetBytes(_name);
    }

    /// <summary>Whether any replacement was sent in this session.</summary>
    public bool Any => Volatile.Read(ref _last) > 0;

    /// <summary>Keeps a refusal and gives the text that goes to the server in place of the statement.</summary>
    public string Add(Refusal refusal)
    {
        lock (_pending)
        {
            if (_pending.Count == Capacity)
            {
                _pending.Dequeue();
            }

            long number = _last + 1;
            _pending.Enqueue((number, refusal));
            Volatile.Write(ref _last, number);
            return string.Create(CultureInfo.InvariantCulture, $"{_name}{number} /* {Commentable($"{refusal.Code} {refusal.Message}")} */");
        }
    }

    /// <summary>The refusal that an ErrorResponse's body answers; null when it is the server's own error.</summary>
    public Refusal? Take(ReadOnlySpan<byte> errorBody)
    {
        if (!ErrorFields.Find(errorBody, 'C').SequenceEqual("42601"u8))
        {
            return null;
        }

        ReadOnlySpan<byte> message = ErrorFields.Find(errorBody, 'M');
        int at = message.IndexOf(_nameBytes);
        if (at < 0 || !System.Buffers.Text.Utf8Parser.TryParse(message[(at + _nameBytes.Length)..], out long number, out _))
        {
            return null;
        }

        lock (_pending)
        {
            if (number < 1 || number > _last)
            {
                return null;
            }

            // Answers come in order, so what is before this one was skipped by the server.
            while (_pending.TryPeek(out (long Number, Refusal Refusal) first) && first.Number <= number)
            {
                _pending.Dequeue();
                if (first.Number == number)
                {
                    return first.Refusal;
                }
            }

            return Forgotten;
        }
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
