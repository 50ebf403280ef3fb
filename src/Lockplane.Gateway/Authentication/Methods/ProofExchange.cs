using System.Net;
using Lockplane.Gateway.Loops;
using Lockplane.Wire;
using Lockplane.Wire.Framing;

namespace Lockplane.Gateway.Authentication.Methods;

/// <summary>Who wants to log in, by which rule.</summary>
/// <param name="Rule">The rule that decided.</param>
/// <param name="User">The role that was asked for.</param>
/// <param name="Address">Where the client comes from; null on the Unix socket.</param>
/// <param name="Tls">What TLS agreed on; null without it.</param>
/// <param name="Nonce">Fresh and random, printable ASCII without comma.</param>
internal sealed record LoginAttempt(AuthRule Rule, string User, IPAddress? Address, TlsFacts? Tls, string Nonce)
{
    /// <summary>Whether what is sent stays on this machine.</summary>
    public bool OnThisMachine => Address is null || IPAddress.IsLoopback(Address);

    /// <summary>Demands that a password in clear text is not read on its way.</summary>
    /// <exception cref="ProtocolException">28000.</exception>
    public void DemandPrivacy(string what)
    {
        if (Tls is null && !OnThisMachine)
        {
            throw new ProtocolException(SqlState.InvalidAuthorization, $"{what} may be sent over TLS, on loopback or on the Unix socket only", hint: "Connect with sslmode=require or stricter.");
        }
    }
}

/// <summary>How far a proof is.</summary>
internal enum ProofStep
{
    /// <summary>The client's next message is needed.</summary>
    Reading,

    /// <summary><see cref="ProofExchange.Question"/> is to be answered.</summary>
    Asked,

    /// <summary><see cref="ProofExchange.Proof"/> is there.</summary>
    Proven,
}

/// <summary>One method's messages, from the request to the proof: bytes in, bytes out; knows no socket. Every refusal is a <see cref="ProtocolException"/>.</summary>
internal abstract class ProofExchange(LoginAttempt attempt)
{
    /// <summary>After <see cref="ProofStep.Asked"/>.</summary>
    public LoginQuestion? Question { get; protected set; }

    /// <summary>After <see cref="ProofStep.Proven"/>.</summary>
    public LoginProof? Proof { get; protected set; }

    protected LoginAttempt Attempt { get; } = attempt;

    /// <summary>Asks the client for its proof.</summary>
    public abstract ProofStep Begin(ByteBuffer toClient);

    /// <summary>Takes the body of a PasswordMessage, SASLInitialResponse or SASLResponse.</summary>
    public virtual ProofStep Take(ReadOnlySpan<byte> body, ByteBuffer toClient) => throw new InvalidOperationException("No message is expected.");

    /// <summary>Takes the answer to <see cref="Question"/>.</summary>
    public virtual ProofStep Answer(LoginAnswer answer, ByteBuffer toClient) => throw new InvalidOperationException("Nothing was asked.");

    /// <summary>The exchange of the rule's method.</summary>
    public static ProofExchange Of(LoginAttempt attempt) => attempt.Rule.Method switch
    {
        AuthMethod.Scram => new ScramProof(attempt),
        AuthMethod.Md5 => new Md5Proof(attempt),
        AuthMethod.Jwt => new JwtProof(attempt),
        AuthMethod.OAuth => new OAuthProof(attempt),
        AuthMethod.Cert => new CertificateProof(attempt),
        AuthMethod.Trust => new TrustProof(attempt),
        _ => throw new InvalidOperationException($"Nothing checks {attempt.Rule.Method}."),
    };

    protected ProofStep Ask(LoginQuestion question)
    {
        Question = question;
        return ProofStep.Asked;
    }

    protected ProofStep Prove(LoginProof proof)
    {
        Proof = proof;
        return ProofStep.Proven;
    }

    /// <summary>The refusal of a password that does not fit, the same for every reason.</summary>
    protected ProtocolException WrongPassword() => new(SqlState.InvalidPassword, $"password authentication failed for user \"{Attempt.User}\"");
}
