using System.Net;
using System.Net.Sockets;
using System.Numerics;

namespace GitOpsGate.Policies.Rego.Builtins;

/// <summary>A range of addresses: a network in CIDR notation (RFC 4632, RFC 4291), or a single address.</summary>
/// <param name="IsV4">Whether the addresses are of version 4.</param>
/// <param name="First">The first address.</param>
/// <param name="Last">The last address.</param>
internal readonly record struct IpRange(bool IsV4, UInt128 First, UInt128 Last)
{
    private int Bits => IsV4 ? 32 : 128;

    /// <summary>An address as Go reads it: four decimal numbers without leading zeros, or version 6 without zone.</summary>
    public static IpRange? Address(string text)
    {
        var isV4 = !text.Contains(':', StringComparison.Ordinal);
        if (isV4
            && !text.Split('.').All(part => part.Length is > 0 and < 4 && part.All(char.IsAsciiDigit)
            && (part.Length == 1 || part[0] != '0'))) return null;
        if (isV4 && text.Count(unit => unit == '.') != 3) return null;
        if (text.AsSpan().IndexOfAny('%', '[', '/') >= 0 || !IPAddress.TryParse(text, out var address)) return null;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        var value = UInt128.Zero;
        foreach (var part in address.GetAddressBytes()) value = (value << 8) | part;
        return new IpRange(address.AddressFamily == AddressFamily.InterNetwork, value, value);
    }

    /// <summary>A network such as <c>10.0.0.0/8</c>; bits behind the mask are passed over.</summary>
    public static IpRange? Network(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || Address(text[..slash]) is not { } address) return null;
        var size = text[(slash + 1)..];
        if (!size.All(char.IsAsciiDigit)
            || !int.TryParse(size, System.Globalization.CultureInfo.InvariantCulture, out var bits)) return null;

        // `::ffff:10.0.0.0/104` is a network of version 4 in the clothes of version 6.
        if (address.IsV4 && text.Contains(':', StringComparison.Ordinal)) bits = bits is >= 96 and <= 128 ? bits - 96 : int.MaxValue;
        return bits > address.Bits ? null : address.Masked(bits);
    }

    public IpRange Masked(int bits)
    {
        var rest = Ones(Bits - bits);
        return this with { First = First & ~rest, Last = First | rest };
    }

    public bool Contains(IpRange other) => IsV4 == other.IsV4 && First <= other.First && other.Last <= Last;

    public bool Overlaps(IpRange other) => IsV4 == other.IsV4 && First <= other.Last && other.First <= Last;

    /// <summary>The fewest networks that cover exactly this range.</summary>
    public IEnumerable<string> Networks()
    {
        var at = First;
        while (true)
        {
            var free = Bits;
            while (free > 0 && ((at & Ones(free)) != 0 || at + Ones(free) > Last || at + Ones(free) < at)) free--;
            yield return $"{TextOf(at)}/{Bits - free}";
            var end = at + Ones(free);
            if (end >= Last) yield break;
            at = end + 1;
        }
    }

    public BigInteger Count => (BigInteger)(Last - First) + 1;

    public string TextOf(UInt128 address)
    {
        var bytes = new byte[Bits / 8];
        for (var i = bytes.Length - 1; i >= 0; i--, address >>= 8) bytes[i] = (byte)address;
        return new IPAddress(bytes).ToString();
    }

    private static UInt128 Ones(int bits) => bits == 128 ? UInt128.MaxValue : (UInt128.One << bits) - 1;
}
