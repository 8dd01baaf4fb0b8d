using System.Formats.Asn1;
using System.Numerics;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.X509;

/// <summary>One extension (RFC 5280, section 4.2).</summary>
/// <param name="Id">Its identifier.</param>
/// <param name="IsCritical">Whether who does not know it must refuse.</param>
/// <param name="Value">Its DER bytes.</param>
internal sealed record Extension(string Id, bool IsCritical, byte[] Value)
{
    public static List<Extension> ReadAll(AsnReader reader)
    {
        var all = new List<Extension>();
        var list = reader.ReadSequence();
        while (list.HasData)
        {
            var one = list.ReadSequence();
            var id = one.ReadObjectIdentifier();
            var isCritical = one.PeekTag() == Asn1Tag.Boolean && one.ReadBoolean();
            all.Add(new Extension(id, isCritical, one.ReadOctetString()));
            one.ThrowIfNotEmpty();
            if (all.SkipLast(1).Any(other => other.Id == id)) throw new AsnContentException("x509: certificate contains duplicate extensions");
        }

        return all;
    }

    public RegoValue ToValue()
    {
        var shape = new GoShape();
        shape.Set("Id", GoShape.Identifier(Id));
        shape.Set("Critical", IsCritical);
        shape.Set("Value", Value);
        return shape.Build();
    }
}

/// <summary>The names in a subject alternative name (RFC 5280, section 4.2.1.6), by kind.</summary>
internal sealed class AlternativeNames
{
    public List<string> Dns { get; } = [];

    public List<string> Emails { get; } = [];

    public List<string> Addresses { get; } = [];

    public List<string> Uris { get; } = [];

    public bool IsEmpty => Dns.Count + Emails.Count + Addresses.Count + Uris.Count == 0;

    public void Read(byte[] value)
    {
        var names = new AsnReader(value, AsnEncodingRules.DER).ReadSequence();
        while (names.HasData)
        {
            var tag = names.PeekTag();
            switch (tag.TagClass == TagClass.ContextSpecific ? tag.TagValue : -1)
            {
                case 1:
                    Emails.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, tag));
                    break;
                case 2:
                    Dns.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, tag));
                    break;
                case 6:
                    Uris.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, tag));
                    break;
                case 7:
                    Addresses.Add(AddressOf(names.ReadOctetString(tag)));
                    break;
                default:
                    names.ReadEncodedValue();
                    break;
            }
        }
    }

    public static string AddressOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is not (4 or 16)) throw new AsnContentException("x509: cannot parse IP address of length " + bytes.Length);
        UInt128 value = 0;
        foreach (var part in bytes) value = (value << 8) | part;
        var address = new System.Net.IPAddress(bytes);
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4().ToString() : new IpRange(bytes.Length == 4, value, value).TextOf(value);
    }
}

/// <summary>What a certificate authority may sign for (RFC 5280, section 4.2.1.10); the first list of each pair is permitted, the
/// second excluded.</summary>
internal sealed class NameLimits
{
    public bool IsCritical { get; private init; }

    /// <summary>Whether there are limits of kinds that we do not know.</summary>
    public bool HasUnknown { get; private set; }

    public List<string>[] Dns { get; } = [[], []];

    public List<string>[] Emails { get; } = [[], []];

    public List<string>[] Uris { get; } = [[], []];

    public List<(byte[] Address, byte[] Mask)>[] Ranges { get; } = [[], []];

    public static NameLimits Read(Extension extension)
    {
        var limits = new NameLimits { IsCritical = extension.IsCritical };
        var lists = new AsnReader(extension.Value, AsnEncodingRules.DER).ReadSequence();
        while (lists.HasData)
        {
            var tag = lists.PeekTag();
            var trees = lists.ReadSequence(tag);
            while (trees.HasData) limits.Add(trees.ReadSequence(), tag.TagValue == 0 ? 0 : 1);
        }

        return limits;
    }

    private void Add(AsnReader tree, int list)
    {
        var tag = tree.PeekTag();
        switch (tag.TagValue)
        {
            case 1:
                Emails[list].Add(tree.ReadCharacterString(UniversalTagNumber.IA5String, tag));
                break;
            case 2:
                Dns[list].Add(tree.ReadCharacterString(UniversalTagNumber.IA5String, tag));
                break;
            case 6:
                Uris[list].Add(tree.ReadCharacterString(UniversalTagNumber.IA5String, tag));
                break;
            case 7:
                var both = tree.ReadOctetString(tag);
                if (both.Length is not (8 or 32)) throw new AsnContentException("x509: IP constraint contained value of length " + both.Length);
                Ranges[list].Add((both[..(both.Length / 2)], both[(both.Length / 2)..]));
                break;
            default:
                HasUnknown = true;
                break;
        }
    }
}

/// <summary>Numbers of a policy that a chain must respect (RFC 5280, section 4.2.1.11), as Go shows them: zero is told from
/// absent by a flag.</summary>
internal readonly record struct SkipCount(long Value, bool IsZero)
{
    public static SkipCount Of(BigInteger value) => new((long)value, value.IsZero);
}
