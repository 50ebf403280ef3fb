using Lockplane.Gateway.Sessions;

namespace Lockplane.Gateway.Relays;

/// <summary>Who a relay works for. Called on the loop's thread; none of it on the permitted path.</summary>
internal interface IRelayOwner
{
    /// <summary>Has a text judged off the loop; then <see cref="Relay.Judged"/>.</summary>
    void Judge(byte[] text);

    /// <summary>Asks for the plan of a schema change; then <see cref="Relay.Answered"/>.</summary>
    void Propose(string sql);

    /// <summary>Has a schema change applied; then <see cref="Relay.Applied"/>.</summary>
    void Apply(string sql);

    /// <summary>Told what the gate refused, or observed.</summary>
    void Told(Judgement judgement, bool refused);

    /// <summary>The relay is over: it does nothing more. What was not sent to the client is in <see cref="Relay.ToClient"/>.</summary>
    void Ended(SessionEnd end);
}
