using Lockplane.Gateway.Statements;
using Lockplane.Wire.Framing;
using Lockplane.Wire.Frontend;

namespace Lockplane.Gateway.Relays;

/// <summary>What the messages after a schema change's Parse name: all have to be about its statement and one portal.</summary>
internal ref struct ChangeNames
{
    private ReadOnlySpan<byte> _portal;
    private bool _bound;

    public ReadOnlySpan<byte> Statement { get; init; }

    public bool Executed { get; private set; }

    public Refusal? Check(byte type, ReadOnlySpan<byte> body)
    {
        FieldReader fields = new(body);
        return Executed ? ChangeRefusals.InPipeline : type switch
        {
            FrontendMessage.Bind => Bind(fields),
            FrontendMessage.Describe => Describe(fields),
            _ => Execute(fields),
        };
    }

    private Refusal? Bind(FieldReader fields)
    {
        if (!fields.TryReadCString(out _portal) || !fields.TryReadCString(out ReadOnlySpan<byte> statement) || !TrySkipFormats(ref fields) || fields.Rest.Length < 2)
        {
            return ChangeRefusals.Malformed;
        }

        if (_bound || !statement.SequenceEqual(Statement))
        {
            return ChangeRefusals.InPipeline;
        }

        _bound = true;
        return fields.ReadInt16() != 0 ? ChangeRefusals.WithParameters : TrySkipFormats(ref fields) && fields.AtEnd ? null : ChangeRefusals.Malformed;
    }

    private readonly Refusal? Describe(FieldReader fields)
    {
        if (fields.AtEnd)
        {
            return ChangeRefusals.Malformed;
        }

        byte what = fields.ReadByte();
        if (!fields.TryReadCString(out ReadOnlySpan<byte> name) || !fields.AtEnd || what is not ((byte)'S' or (byte)'P'))
        {
            return ChangeRefusals.Malformed;
        }

        return what == (byte)'S' ? name.SequenceEqual(Statement) ? null : ChangeRefusals.InPipeline : IsPortal(name) ? null : ChangeRefusals.InPipeline;
    }

    private Refusal? Execute(FieldReader fields)
    {
        if (!fields.TryReadCString(out ReadOnlySpan<byte> name) || fields.Rest.Length != 4)
        {
            return ChangeRefusals.Malformed;
        }

        Executed = IsPortal(name);
        return Executed ? null : ChangeRefusals.InPipeline;
    }

    private readonly bool IsPortal(ReadOnlySpan<byte> name) => _bound && name.SequenceEqual(_portal);

    private static bool TrySkipFormats(ref FieldReader fields)
    {
        if (fields.Rest.Length < 2)
        {
            return false;
        }

        int bytes = (ushort)fields.ReadInt16() * 2;
        if (fields.Rest.Length < bytes)
        {
            return false;
        }

        _ = fields.ReadBytes(bytes);
        return true;
    }
}
