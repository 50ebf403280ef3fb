using System.Buffers.Binary;

namespace Lockplane.Tests.Gateway.Protocol;

/// <summary>Sessions that are almost right: recorded messages, changed by a seeded source of randomness.</summary>
internal sealed class Mutation(int seed)
{
    private static readonly uint[] Lengths = [0, 1, 3, 4, 5, 7, 8, 0x7F, 0xFF, 10_000, 10_001, 65_535, 65_536, 0x3FFF_FFFE, 0x3FFF_FFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFF0, 0xFFFF_FFFF];

    private readonly Random _random = new(seed);

    /// <summary>A few changes to a copy of the messages, then their bytes.</summary>
    /// <param name="headers">Bytes before the length field in each message: 1, and 0 for a start-up packet.</param>
    public byte[] Of(IReadOnlyList<byte[]> messages, IReadOnlyList<byte[]> others, int headers = 1)
    {
        List<byte[]> changed = [.. messages.Select(message => message.ToArray())];
        for (int changes = _random.Next(4); changes > 0 && changed.Count > 0; changes--)
        {
            Change(changed, others, headers);
        }

        byte[] bytes = [.. changed.SelectMany(message => message)];
        return _random.Next(20) == 0 ? Garbage() : bytes;
    }

    /// <summary>Bytes without any sense.</summary>
    public byte[] Garbage()
    {
        byte[] bytes = new byte[_random.Next(1, 400)];
        _random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>Cuts bytes at random points.</summary>
    public List<byte[]> Split(byte[] bytes)
    {
        List<byte[]> parts = [];
        for (int at = 0; at < bytes.Length;)
        {
            int size = Math.Min(bytes.Length - at, _random.Next(3) == 0 ? 1 : _random.Next(1, 60));
            parts.Add(bytes[at..(at + size)]);
            at += size;
        }

        return parts;
    }

    /// <summary>One of many, as often as the others.</summary>
    public T One<T>(IReadOnlyList<T> of) => of[_random.Next(of.Count)];

    private void Change(List<byte[]> messages, IReadOnlyList<byte[]> others, int headers)
    {
        int at = _random.Next(messages.Count);
        byte[] message = messages[at];
        switch (_random.Next(11))
        {
            case 0:
                messages.Insert(at, messages[_random.Next(messages.Count)]);
                break;
            case 1:
                messages.RemoveAt(at);
                break;
            case 2:
                (messages[at], messages[0]) = (messages[0], messages[at]);
                break;
            case 3:
                messages.Insert(at, One(others));
                break;
            case 4:
                messages.Insert(at, Garbage());
                break;
            case 5 when message.Length >= headers + 4:
                BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(headers), One(Lengths));
                break;
            case 6 when message.Length >= headers + 4:
                // A body that changes its size, under a length that says so.
                byte[] body = Garbage();
                messages[at] = [.. message[..(headers + 4)], .. body];
                BinaryPrimitives.WriteInt32BigEndian(messages[at].AsSpan(headers), body.Length + 4);
                break;
            case 7 when message.Length > 0:
                messages[at] = message[.._random.Next(message.Length)];
                break;
            case 8 when message.Length > headers + 4:
                // A terminator inside, or one less.
                message[_random.Next(headers + 4, message.Length)] = 0;
                break;
            default:
                for (int flips = _random.Next(1, 5); flips > 0 && message.Length > 0; flips--)
                {
                    message[_random.Next(message.Length)] = (byte)_random.Next(256);
                }

                break;
        }
    }
}
