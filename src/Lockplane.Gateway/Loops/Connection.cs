namespace Lockplane.Gateway.Loops;

/// <summary>What an owner wants to be told of, and what it is told.</summary>
[Flags]
internal enum Readiness
{
    None = 0,

    /// <summary>There are bytes to receive, or the peer has ended.</summary>
    Readable = 1,

    /// <summary>The connection takes bytes again, or connecting has ended.</summary>
    Writable = 2,
}

/// <summary>Who is told when a connection can go on. Called on the loop's thread only.</summary>
internal interface IConnectionOwner
{
    /// <summary>Told at every turn while it is so (level-triggered) and <see cref="Connection.Watch"/> asks for it.</summary>
    void OnReady(Connection connection, Readiness readiness);

    /// <summary>Told that <see cref="OnReady"/> threw, which was reported already: ends what this owner stands for, so that nothing is left half done.</summary>
    void OnFault(Connection connection, Exception fault) => connection.Close();
}

/// <summary>One peer's connection: never blocks; used on its loop's thread only, by one owner.</summary>
internal abstract class Connection
{
    /// <summary><see cref="Receive"/>: nothing is there yet.</summary>
    public const int Blocked = -1;

    /// <summary><see cref="Send"/>: the peer is gone; <see cref="Failure"/> says why.</summary>
    public const int Lost = -2;

    /// <summary>Who is told of readiness.</summary>
    public IConnectionOwner? Owner { get; set; }

    /// <summary>Why the connection failed, in the system's words; null while it has not.</summary>
    public string? Failure { get; protected set; }

    /// <summary>What TLS agreed on; null without TLS.</summary>
    public virtual TlsFacts? Tls => null;

    /// <summary>This end's port as the peer sees it where nobody translates addresses; 0 where there is none, as of a Unix socket.</summary>
    public virtual int LocalPort => 0;

    /// <summary>Receives what is there, into space that is not empty: a count, 0 when the peer has ended or is gone, <see cref="Blocked"/> when nothing is there yet.</summary>
    public abstract int Receive(Span<byte> into);

    /// <summary>Sends what the system takes: a count that may be 0, or <see cref="Lost"/>.</summary>
    public abstract int Send(ReadOnlySpan<byte> bytes);

    /// <summary>Says what the owner wants to be told of. Asking for what is asked already costs no system call.</summary>
    public abstract void Watch(Readiness interest);

    /// <summary>After Writable, of a connection that <see cref="ILoop.Connect"/> began: null when it is up, otherwise what the system says.</summary>
    public abstract string? FinishConnecting();

    /// <summary>Tells the peer that nothing more will be sent; it may still send.</summary>
    public abstract void FinishSending();

    /// <summary>Ends the connection at once; the owner is told nothing more. Again is without effect.</summary>
    public abstract void Close();
}
