using System.Formats.Asn1;
using System.Numerics;

namespace GitOpsGate.Policies.Rego.Builtins.X509;

/// <summary>A certificate (RFC 5280): what is in it, nothing of it believed yet.</summary>
internal sealed class Certificate
{
    private Certificate(byte[] raw) => Raw = raw;

    public byte[] Raw { get; }

    public byte[] RawSigned { get; private set; } = [];

    public byte[] Signature { get; private set; } = [];

    public SignatureKind SignatureKind { get; private set; } = SignatureKind.Unknown;

    public SubjectKey Key { get; private set; } = null!;

    public int Version { get; private set; }

    public BigInteger SerialNumber { get; private set; }

    public DistinguishedName Issuer { get; private set; } = null!;

    public DistinguishedName Subject { get; private set; } = null!;

    public DateTimeOffset NotBefore { get; private set; }

    public DateTimeOffset NotAfter { get; private set; }

    public IReadOnlyList<Extension> Extensions { get; private set; } = [];

    public CertificateExtensions Known { get; private set; } = null!;

    /// <summary>Reads certificates that stand one after the other.</summary>
    /// <exception cref="AsnContentException">They are no certificates.</exception>
    public static List<Certificate> ReadAll(ReadOnlyMemory<byte> der)
    {
        var all = new List<Certificate>();
        while (!der.IsEmpty)
        {
            AsnDecoder.ReadEncodedValue(der.Span, AsnEncodingRules.DER, out _, out _, out var length);
            all.Add(Read(der[..length]));
            der = der[length..];
        }

        return all;
    }

    private static Certificate Read(ReadOnlyMemory<byte> der)
    {
        var certificate = new Certificate(der.ToArray());
        var outer = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        certificate.RawSigned = outer.PeekEncodedValue().ToArray();
        certificate.ReadSigned(outer.ReadSequence());
        certificate.SignatureKind = SignatureKind.Read(outer);
        certificate.Signature = outer.ReadBitString(out _);
        outer.ThrowIfNotEmpty();
        return certificate;
    }

    private void ReadSigned(AsnReader reader)
    {
        Version = 1;
        var tag = new Asn1Tag(TagClass.ContextSpecific, 0);
        if (reader.PeekTag().HasSameClassAndValue(tag)) Version = (int)reader.ReadSequence(tag).ReadInteger() + 1;
        if (Version is < 1 or > 3) throw new AsnContentException("x509: invalid version");
        SerialNumber = reader.ReadInteger();
        if (SerialNumber.Sign < 0) throw new AsnContentException("x509: negative serial number");
        SignatureKind.Read(reader);
        Issuer = DistinguishedName.Read(reader);
        var validity = reader.ReadSequence();
        (NotBefore, NotAfter) = (TimeOf(validity), TimeOf(validity));
        Subject = DistinguishedName.Read(reader);
        Key = SubjectKey.Read(reader);
        while (reader.HasData)
        {
            tag = reader.PeekTag();
            if (tag.TagValue == 3) Extensions = Extension.ReadAll(reader.ReadSequence(tag));
            else reader.ReadEncodedValue();
        }

        Known = CertificateExtensions.Read(Extensions);
    }

    private static DateTimeOffset TimeOf(AsnReader reader) =>
        reader.PeekTag() == Asn1Tag.UtcTime ? reader.ReadUtcTime() : reader.ReadGeneralizedTime();
}

/// <summary>How something was signed.</summary>
/// <param name="Number">Go's number for it (crypto/x509, SignatureAlgorithm); 0 when it is not known.</param>
/// <param name="Raw">The DER bytes that say so.</param>
internal sealed record SignatureKind(int Number, byte[] Raw)
{
    private const string Pss = "1.2.840.113549.1.1.10";

    private static readonly Dictionary<string, int> Numbers = new(StringComparer.Ordinal)
    {
        ["1.2.840.113549.1.1.4"] = 2,
        ["1.2.840.113549.1.1.5"] = 3,
        ["1.2.840.113549.1.1.11"] = 4,
        ["1.2.840.113549.1.1.12"] = 5,
        ["1.2.840.113549.1.1.13"] = 6,
        ["1.2.840.10040.4.3"] = 7,
        ["2.16.840.1.101.3.4.3.2"] = 8,
        ["1.2.840.10045.4.1"] = 9,
        ["1.2.840.10045.4.3.2"] = 10,
        ["1.2.840.10045.4.3.3"] = 11,
        ["1.2.840.10045.4.3.4"] = 12,
        ["1.3.101.112"] = 16,
    };

    private static readonly Dictionary<string, int> PssNumbers = new(StringComparer.Ordinal)
    {
        ["2.16.840.1.101.3.4.2.1"] = 13,
        ["2.16.840.1.101.3.4.2.2"] = 14,
        ["2.16.840.1.101.3.4.2.3"] = 15,
    };

    public static SignatureKind Unknown { get; } = new(0, []);

    public static SignatureKind Read(AsnReader reader)
    {
        var raw = reader.PeekEncodedValue().ToArray();
        var parts = reader.ReadSequence();
        var id = parts.ReadObjectIdentifier();
        if (id != Pss) return new SignatureKind(Numbers.GetValueOrDefault(id), raw);
        var hash = new Asn1Tag(TagClass.ContextSpecific, 0);
        var options = parts.HasData ? parts.ReadSequence() : null;
        if (options is not { HasData: true } || !options.PeekTag().HasSameClassAndValue(hash)) return new SignatureKind(0, raw);
        return new SignatureKind(PssNumbers.GetValueOrDefault(options.ReadSequence(hash).ReadSequence().ReadObjectIdentifier()), raw);
    }
}
