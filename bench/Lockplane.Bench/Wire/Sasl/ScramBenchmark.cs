using System.Text;
using BenchmarkDotNet.Attributes;
using Lockplane.Wire.Sasl;

namespace Lockplane.Bench.Wire.Sasl;

/// <summary>What the cryptography of a SCRAM login costs: both exchanges of the gateway, with keys that are known; and deriving keys, which a login should not have to.</summary>
[MemoryDiagnoser]
public class ScramBenchmark
{
    private static readonly byte[] Salt = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];

    private ScramKeys? _keys;
    private ScramVerifier? _verifier;

    /// <summary>The role's secret, as both sides hold it.</summary>
    [GlobalSetup]
    public void Derive()
    {
        _keys = ScramKeys.Derive("pencil", Salt, ScramKeys.DefaultIterations);
        _verifier = ScramVerifier.FromPassword("pencil", Salt);
    }

    /// <summary>A client and a server of ours, against each other: what the gateway does for a login with <c>secret</c>.</summary>
    [Benchmark(Description = "both exchanges")]
    public bool Exchanges()
    {
        ScramClientExchange client = new("clientnonce");
        ScramServerExchange server = new(_verifier!, "servernonce");
        string challenge = server.First(Encoding.ASCII.GetBytes(client.First));
        client.Challenge(Encoding.ASCII.GetBytes(challenge));
        bool holds = server.TryFinish(Encoding.ASCII.GetBytes(client.Final(_keys!)), out string signature);
        client.Verify(Encoding.ASCII.GetBytes(signature));
        return holds;
    }

    /// <summary>4,096 rounds.</summary>
    [Benchmark(Description = "deriving keys")]
    public ScramKeys DeriveKeys() => ScramKeys.Derive("pencil", Salt, ScramKeys.DefaultIterations);
}
