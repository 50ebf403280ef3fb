using System.Globalization;
using System.Text;
using Lockplane.Gateway.Authentication;
using Lockplane.Gateway.Sessions;
using Lockplane.Tests.Gateway.Relays;
using Lockplane.Tests.Wire;
using Lockplane.Wire;
using Lockplane.Wire.Sasl;
using static Lockplane.Tests.Gateway.Sessions.LoginScript;

namespace Lockplane.Tests.Gateway.Sessions;

/// <summary>What a stranger may send before he is known: whatever it is, it is refused in an orderly way or waited for, never an exception of another kind, never a login.</summary>
public sealed class PreAuthenticationFuzzTests(ITestOutputHelper output)
{
    private static readonly byte[] Named = Startup("user", "app", "database", "shop", "options", "-c jit=off --TimeZone=UTC", "application_name", "x");

    private static readonly string Proof = "c=biws,r=clientnonceservernonce,p=" + Convert.ToBase64String(new byte[32]);

    /// <summary>A method, and the frames that a client sends after its start-up; none of them logs in.</summary>
    public static TheoryData<string, string, string> Conversations => new()
    {
        { nameof(AuthMethod.Scram), Initial(ScramKeys.Mechanism, "n,,n=,r=clientnonce"), Frame(Proof) },
        { nameof(AuthMethod.Scram), Initial(ScramKeys.Mechanism, null), Frame("n,,n=,r=clientnonce") },
        { nameof(AuthMethod.Md5), Frame("md5" + new string('0', 32) + "\0"), "" },
        { nameof(AuthMethod.Jwt), Frame("a.b.c\0"), "" },
        { nameof(AuthMethod.OAuth), Initial(OAuthBearerMessage.Mechanism, "n,,\u0001auth=\u0001\u0001"), Frame("\u0001") },
        { nameof(AuthMethod.Cert), "", "" },
    };

    private static string Frame(string body) => Encoding.Latin1.GetString(RelayScript.Frame('p', body));

    private static string Initial(string mechanism, string? response)
    {
        int length = response?.Length ?? -1;
        return Frame($"{mechanism}\0{(char)(byte)(length >> 24)}{(char)(byte)(length >> 16)}{(char)(byte)(length >> 8)}{(char)(byte)length}{response}");
    }

    [Theory]
    [MemberData(nameof(Conversations))]
    public void Frames_cut_short_lengthened_and_with_any_length_end_in_order(string method, string first, string second)
    {
        byte[][] frames = [Named, Encoding.Latin1.GetBytes(first), Encoding.Latin1.GetBytes(second)];
        for (int target = 0; target < frames.Length; target++)
        {
            byte[] frame = frames[target];
            for (int cut = 0; cut <= frame.Length; cut++)
            {
                // Cut on the wire; and cut with the length field saying so.
                Play(method, frames, target, frame[..cut]);
                Play(method, frames, target, WithLength(frame[..cut], cut - (target == 0 ? 0 : 1), target));
            }

            foreach (int length in new[] { int.MinValue, -1, 0, 3, 4, 5, 8, 9, 10_000, 10_001, 65_535, 65_536, int.MaxValue })
            {
                Play(method, frames, target, WithLength(frame, length, target));
            }

            Play(method, frames, target, [.. frame, 0]);
        }
    }

    [Theory]
    [MemberData(nameof(Conversations))]
    public void Bytes_changed_at_random_end_in_order(string method, string first, string second)
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("LOCKPLANE_SEED"), CultureInfo.InvariantCulture, out int given) ? given : Environment.TickCount;
        output.WriteLine($"LOCKPLANE_SEED={seed.ToString(CultureInfo.InvariantCulture)}");
        Random random = new(seed);
        byte[][] frames = [Named, Encoding.Latin1.GetBytes(first), Encoding.Latin1.GetBytes(second)];
        for (int round = 0; round < 3_000; round++)
        {
            int target = random.Next(frames.Length);
            byte[] changed = [.. frames[target]];
            for (int change = random.Next(1, 4); change > 0 && changed.Length > 0; change--)
            {
                changed[random.Next(changed.Length)] = (byte)random.Next(256);
            }

            Play(method, frames, target, changed);
        }
    }

    [Theory]
    [InlineData(80877102, "\0\0\0\u0001")]
    [InlineData(80877102, "\0\0\0\u0001abc")]
    [InlineData(80877102, "")]
    [InlineData(80877103, "x")]
    [InlineData(80877104, "x")]
    [InlineData(0x0002_0000, "user\0app\0\0")]
    [InlineData(0x0003_0000, "user\0app")]
    [InlineData(0x0003_0000, "user\0app\0")]
    [InlineData(0x0003_0000, "user\0app\0\0x")]
    [InlineData(0x0003_0000, "user\0app\0USER\0postgres\0\0")]
    [InlineData(0x0003_0000, "user\0\u00ff\u00fe\0\0")]
    [InlineData(0x0003_0000, "user\0\0\0")]
    public void A_start_up_packet_that_is_none_is_refused(int code, string body)
    {
        using LoginScript script = new();
        Assert.Throws<ProtocolException>(() => script.Feed(StartupPacketTests.Packet(unchecked((uint)code), body)));
    }

    [Fact]
    public void A_cancel_key_without_end_is_refused()
    {
        using LoginScript script = new();
        Assert.Throws<ProtocolException>(() => script.Feed(StartupPacketTests.Packet(80877102, "\0\0\0\u0001" + new string('k', 257))));
    }

    private static byte[] WithLength(byte[] frame, int length, int target)
    {
        byte[] changed = [.. frame];
        int at = target == 0 ? 0 : 1;
        if (changed.Length >= at + 4)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(changed.AsSpan(at), length);
        }

        return changed;
    }

    private static void Play(string method, byte[][] frames, int target, byte[] changed)
    {
        using LoginScript script = new(Enum.Parse<AuthMethod>(method));
        try
        {
            for (int i = 0; i < frames.Length; i++)
            {
                ClientLoginState state = script.Feed(i == target ? changed : frames[i]);
                while (state == ClientLoginState.Requested)
                {
                    state = script.Feed([]);
                }

                if (state is ClientLoginState.Cancelling or ClientLoginState.Asked)
                {
                    return;
                }

                Assert.Equal(ClientLoginState.Reading, state);
            }
        }
        catch (ProtocolException refusal)
        {
            Assert.Equal(5, refusal.SqlState.Length);
        }
    }
}
