using System.Formats.Asn1;

namespace GitOpsGate.Policies.Rego.Builtins.X509;

/// <summary>What the extensions of a certificate say (RFC 5280, section 4.2), as far as Go's crypto/x509 reads them.</summary>
internal sealed class CertificateExtensions
{
    private const string ExtendedUsagePrefix = "1.3.6.1.5.5.7.3.";

    /// <summary>The extended usages that Go knows; the number that it gives to one is its place here.</summary>
    private static readonly string[] ExtendedUsages =
    [
        "2.5.29.37.0",
        ExtendedUsagePrefix + "1",
        ExtendedUsagePrefix + "2",
        ExtendedUsagePrefix + "3",
        ExtendedUsagePrefix + "4",
        ExtendedUsagePrefix + "5",
        ExtendedUsagePrefix + "6",
        ExtendedUsagePrefix + "7",
        ExtendedUsagePrefix + "8",
        ExtendedUsagePrefix + "9",
        "1.3.6.1.4.1.311.10.3.3",
        "2.16.840.1.113730.4.1",
        "1.3.6.1.4.1.311.2.1.22",
        "1.3.6.1.4.1.311.61.1.1",
    ];

    public int KeyUsage { get; private set; }

    public bool HasBasicConstraints { get; private set; }

    public bool IsAuthority { get; private set; }

    /// <summary>How many authorities may follow; -1 for any number, 0 without the extension.</summary>
    public int MaxPathLength { get; private set; }

    public List<int> KnownUsages { get; } = [];

    public List<string> UnknownUsages { get; } = [];

    public byte[]? SubjectKeyId { get; private set; }

    public byte[]? AuthorityKeyId { get; private set; }

    public AlternativeNames Names { get; } = new();

    public NameLimits? Limits { get; private set; }

    public List<string> Policies { get; } = [];

    public List<(string Issuer, string Subject)> PolicyMappings { get; } = [];

    public List<string> RevocationLists { get; } = [];

    public List<string> StatusServers { get; } = [];

    public List<string> IssuerAddresses { get; } = [];

    public SkipCount ExplicitPolicy { get; private set; }

    public SkipCount PolicyMapping { get; private set; }

    public SkipCount AnyPolicy { get; private set; }

    /// <summary>Critical extensions that we do not understand: a chain with one of them does not hold.</summary>
    public List<string> Unhandled { get; } = [];

    public static CertificateExtensions Read(IReadOnlyList<Extension> extensions)
    {
        var known = new CertificateExtensions();
        foreach (var extension in extensions)
        {
            var isHandled = extension.Id.StartsWith("2.5.29.", StringComparison.Ordinal)
                ? known.TakeStandard(extension)
                : extension.Id == "1.3.6.1.5.5.7.1.1" && known.TakeAuthorityAccess(ReaderOf(extension));
            if (!isHandled && extension.IsCritical) known.Unhandled.Add(extension.Id);
        }

        return known;
    }

    private static AsnReader ReaderOf(Extension extension) => new(extension.Value, AsnEncodingRules.DER);

    private bool TakeStandard(Extension extension)
    {
        var reader = ReaderOf(extension);
        switch (extension.Id["2.5.29.".Length..])
        {
            case "14":
                SubjectKeyId = reader.ReadOctetString();
                return true;
            case "15":
                TakeKeyUsage(reader);
                return true;
            case "17":
                Names.Read(extension.Value);
                return !Names.IsEmpty;
            case "19":
                TakeBasicConstraints(reader.ReadSequence());
                return true;
            case "30":
                Limits = NameLimits.Read(extension);
                return !Limits.HasUnknown;
            case "31":
                TakeRevocationLists(reader.ReadSequence());
                return true;
            case "32":
                for (var list = reader.ReadSequence(); list.HasData;) Policies.Add(list.ReadSequence().ReadObjectIdentifier());
                return true;
            case "33":
                for (var list = reader.ReadSequence(); list.HasData;)
                {
                    var pair = list.ReadSequence();
                    PolicyMappings.Add((pair.ReadObjectIdentifier(), pair.ReadObjectIdentifier()));
                }

                return true;
            case "35":
                var parts = reader.ReadSequence();
                var key = new Asn1Tag(TagClass.ContextSpecific, 0);
                if (parts.HasData && parts.PeekTag().HasSameClassAndValue(key)) AuthorityKeyId = parts.ReadOctetString(key);
                return true;
            case "36":
                TakePolicyConstraints(reader.ReadSequence());
                return true;
            case "37":
                for (var list = reader.ReadSequence(); list.HasData;) TakeUsage(list.ReadObjectIdentifier());
                return true;
            case "54":
                AnyPolicy = SkipCount.Of(reader.ReadInteger());
                return true;
            default:
                return false;
        }
    }

    private void TakeUsage(string id)
    {
        var number = Array.IndexOf(ExtendedUsages, id);
        if (number >= 0) KnownUsages.Add(number);
        else UnknownUsages.Add(id);
    }

    private void TakeKeyUsage(AsnReader reader)
    {
        var bits = reader.ReadBitString(out _);
        for (var i = 0; i < 9 && i / 8 < bits.Length; i++)
        {
            if ((bits[i / 8] & (0x80 >> (i % 8))) != 0) KeyUsage |= 1 << i;
        }
    }

    private void TakeBasicConstraints(AsnReader parts)
    {
        HasBasicConstraints = true;
        IsAuthority = parts.HasData && parts.PeekTag() == Asn1Tag.Boolean && parts.ReadBoolean();
        MaxPathLength = parts.HasData ? (int)parts.ReadInteger() : -1;
    }

    private void TakePolicyConstraints(AsnReader parts)
    {
        while (parts.HasData)
        {
            var tag = parts.PeekTag();
            var count = SkipCount.Of(parts.ReadInteger(tag));
            if (tag.TagValue == 0) ExplicitPolicy = count;
            else PolicyMapping = count;
        }
    }

    private void TakeRevocationLists(AsnReader points)
    {
        var (first, text) = (new Asn1Tag(TagClass.ContextSpecific, 0), new Asn1Tag(TagClass.ContextSpecific, 6));
        while (points.HasData)
        {
            var point = points.ReadSequence();
            if (!point.HasData || !point.PeekTag().HasSameClassAndValue(first)) continue;
            var name = point.ReadSequence(first);
            if (!name.PeekTag().HasSameClassAndValue(first)) continue;
            for (var full = name.ReadSequence(first); full.HasData;)
            {
                if (full.PeekTag().HasSameClassAndValue(text))
                    RevocationLists.Add(full.ReadCharacterString(UniversalTagNumber.IA5String, text));
                else full.ReadEncodedValue();
            }
        }
    }

    private bool TakeAuthorityAccess(AsnReader reader)
    {
        var text = new Asn1Tag(TagClass.ContextSpecific, 6);
        for (var list = reader.ReadSequence(); list.HasData;)
        {
            var access = list.ReadSequence();
            var method = access.ReadObjectIdentifier();
            if (!access.PeekTag().HasSameClassAndValue(text)) continue;
            var address = access.ReadCharacterString(UniversalTagNumber.IA5String, text);
            if (method == "1.3.6.1.5.5.7.48.1") StatusServers.Add(address);
            else if (method == "1.3.6.1.5.5.7.48.2") IssuerAddresses.Add(address);
        }

        return true;
    }
}
