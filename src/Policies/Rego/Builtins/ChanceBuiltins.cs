using System.Buffers.Binary;
using System.Numerics;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>Chance, the same throughout one evaluation for the same key, and UUIDs (RFC 4122).</summary>
internal static class ChanceBuiltins
{
    private static readonly string[] Domains = ["Person", "Group", "Org"];

    public static void AddTo(BuiltinTable table)
    {
        table.Add("rand.intn", [RegoType.String, RegoType.Number], RegoType.Number, RandomNumber, BuiltinTraits.Nondeterministic);
        table.Add(
            "uuid.rfc4122", [RegoType.String], RegoType.String,
            static (c, _) => RegoValue.Of(NewUuid(c.World.Chance)), BuiltinTraits.Nondeterministic);
        table.Add("uuid.parse", [RegoType.String], RegoType.ObjectOf(RegoType.String, RegoType.Any), ParseUuid);
    }

    private static RegoValue RandomNumber(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        if (!RegoNumber.TryInt64(operands[1], out var limit))
            return context.FailOperand(2, "must be integer number but got floating-point number");
        if (limit is 0 or long.MinValue) return RegoValue.Of(0L);
        return RegoValue.Of(context.World.Chance.NextInt64(Math.Abs(limit)));
    }

    private static string NewUuid(Random random)
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString("D");
    }

    private static RegoValue ParseUuid(BuiltinContext context, ReadOnlySpan<RegoValue> operands)
    {
        if (Bytes(operands[0].Text) is not { } bytes) return default;
        var version = bytes[6] >> 4;
        var fields = new RegoObjectBuilder();
        fields.Set("version", RegoValue.Of((long)version));
        fields.Set("variant", RegoValue.Of(Variant(bytes[8])));
        if (version is 1 or 2)
        {
            fields.Set("clocksequence", RegoValue.Of((long)(BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(8)) & 0x3FFF)));
            fields.Set("nodeid", RegoValue.Of(string.Join('-', bytes[10..].Select(part => part.ToString("x2")))));
            fields.Set("macvariables",
                RegoValue.Of(((bytes[10] & 2) != 0 ? "local" : "global") + ":"
                + ((bytes[10] & 1) != 0 ? "multicast" : "unicast")));
            fields.Set("time", Time(bytes));
        }

        if (version == 2)
        {
            fields.Set("id", RegoValue.Of((long)BinaryPrimitives.ReadUInt32BigEndian(bytes)));
            fields.Set("domain", RegoValue.Of(bytes[9] < Domains.Length ? Domains[bytes[9]] : $"Domain{bytes[9]}"));
        }

        return RegoValue.Of(fields.Build());
    }

    /// <summary>Nanoseconds since 1970; the UUID counts in 100 ns since 1582-10-15.</summary>
    private static RegoValue Time(byte[] bytes)
    {
        var low = (BigInteger)BinaryPrimitives.ReadUInt32BigEndian(bytes);
        var middle = (BigInteger)BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(4));
        var high = (BigInteger)(BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(6)) & 0x0FFF);
        var ticks = low + (middle << 32) + (high << 48);
        return RegoValue.Of((ticks - new BigInteger(0x01B21DD213814000)) * 100);
    }

    private static string Variant(byte octet) => (octet >> 5) switch
    {
        4 or 5 => "RFC4122",
        6 => "Microsoft",
        7 => "Future",
        _ => "Reserved",
    };

    /// <summary>The sixteen bytes of <c>x-x-x-x-x</c>, <c>{…}</c>, <c>urn:uuid:…</c> or 32 hex digits.</summary>
    private static byte[]? Bytes(string text)
    {
        if (text.StartsWith("urn:uuid:", StringComparison.OrdinalIgnoreCase)) text = text[9..];
        else if (text.Length == 38 && text[0] == '{' && text[^1] == '}') text = text[1..^1];
        var known = Guid.TryParseExact(text, "D", out var uuid) || Guid.TryParseExact(text, "N", out uuid);
        return known ? uuid.ToByteArray(bigEndian: true) : null;
    }
}
