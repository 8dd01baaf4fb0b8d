using System.Formats.Asn1;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.X509;

/// <summary>A certificate signing request (RFC 2986) in the shape of Go's <c>x509.CertificateRequest</c>.</summary>
internal static class CertificateRequest
{
    private const string ExtensionRequest = "1.2.840.113549.1.9.14";

    /// <exception cref="AsnContentException">The bytes are no request.</exception>
    public static RegoValue Read(byte[] der)
    {
        var all = new AsnReader(der, AsnEncodingRules.DER);
        var outer = all.ReadSequence();
        all.ThrowIfNotEmpty();
        var shape = new GoShape();
        shape.Set("Raw", der);
        shape.Set("RawTBSCertificateRequest", outer.PeekEncodedValue().ToArray());
        ReadSigned(shape, outer.ReadSequence());
        var kind = SignatureKind.Read(outer);
        shape.Set("RawSignatureAlgorithm", kind.Raw);
        shape.Set("SignatureAlgorithm", kind.Number);
        shape.Set("Signature", outer.ReadBitString(out _));
        return shape.Build();
    }

    private static void ReadSigned(GoShape shape, AsnReader reader)
    {
        shape.Set("Version", RegoValue.Of(reader.ReadInteger()));
        var subject = DistinguishedName.Read(reader);
        shape.Set("RawSubject", subject.Raw);
        shape.Set("Subject", subject.ToValue());
        var key = SubjectKey.Read(reader);
        shape.Set("RawSubjectPublicKeyInfo", key.Raw);
        shape.Set("PublicKeyAlgorithm", key.AlgorithmNumber);
        shape.Set("PublicKey", key.ToValue());
        var tag = new Asn1Tag(TagClass.ContextSpecific, 0);
        var names = new AlternativeNames();
        var (attributes, extensions) = (new List<RegoValue>(), new List<Extension>());
        var set = reader.HasData && reader.PeekTag().HasSameClassAndValue(tag)
            ? reader.ReadSetOf(skipSortOrderValidation: true, tag) : null;
        while (set is { HasData: true })
        {
            var attribute = set.ReadSequence();
            var type = attribute.ReadObjectIdentifier();
            var content = attribute.PeekEncodedValue();
            if (type == ExtensionRequest)
                extensions.AddRange(Extension.ReadAll(attribute.ReadSetOf(skipSortOrderValidation: true)));
            if (TryGroups(content, out var groups)) attributes.Add(DistinguishedName.AttributeOf(type, groups));
        }

        foreach (var extension in extensions.Where(e => e.Id == "2.5.29.17")) names.Read(extension.Value);
        shape.List("Attributes", attributes);
        shape.List("Extensions", extensions.Select(e => e.ToValue()));
        shape.Set("ExtraExtensions", RegoValue.Null);
        CertificateShape.AddNames(shape, names);
    }

    /// <summary>The values of an attribute that are lists of types with values; attributes of another form are not shown.</summary>
    private static bool TryGroups(ReadOnlyMemory<byte> content, out RegoValue groups)
    {
        var lists = new List<RegoValue>();
        groups = default;
        try
        {
            var set = new AsnReader(content, AsnEncodingRules.DER).ReadSetOf(skipSortOrderValidation: true);
            while (set.HasData)
            {
                var pairs = new List<RegoValue>();
                for (var list = set.ReadSequence(); list.HasData;)
                {
                    var pair = list.ReadSequence();
                    var type = pair.ReadObjectIdentifier();
                    pairs.Add(DistinguishedName.AttributeOf(type, AnyOf(pair)));
                }

                lists.Add(RegoValue.ArrayOf([.. pairs]));
            }
        }
        catch (AsnContentException)
        {
            return false;
        }

        groups = RegoValue.ArrayOf([.. lists]);
        return true;
    }

    private static RegoValue AnyOf(AsnReader reader)
    {
        var tag = reader.PeekTag();
        return tag.TagClass != TagClass.Universal ? RegoValue.Null : (UniversalTagNumber)tag.TagValue switch
        {
            UniversalTagNumber.Boolean => RegoValue.Of(reader.ReadBoolean()),
            UniversalTagNumber.Integer => RegoValue.Of(reader.ReadInteger()),
            UniversalTagNumber.OctetString => GoShape.Bytes(reader.ReadOctetString()),
            UniversalTagNumber.ObjectIdentifier => GoShape.Identifier(reader.ReadObjectIdentifier()),
            UniversalTagNumber.UTF8String or UniversalTagNumber.PrintableString or UniversalTagNumber.IA5String =>
                RegoValue.Of(reader.ReadCharacterString((UniversalTagNumber)tag.TagValue)),
            _ => RegoValue.Null,
        };
    }
}
