using System.Formats.Asn1;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.X509;

/// <summary>A distinguished name (RFC 5280, section 4.1.2.4): its attributes in order.</summary>
/// <param name="Raw">Its DER bytes.</param>
/// <param name="Attributes">Type, and value when it is text.</param>
internal sealed record DistinguishedName(byte[] Raw, IReadOnlyList<(string Type, string? Value)> Attributes)
{
    private static readonly (string Name, string Type)[] Lists =
    [
        ("Country", "2.5.4.6"), ("Organization", "2.5.4.10"), ("OrganizationalUnit", "2.5.4.11"), ("Locality", "2.5.4.7"),
        ("Province", "2.5.4.8"), ("StreetAddress", "2.5.4.9"), ("PostalCode", "2.5.4.17"),
    ];

    public static DistinguishedName Read(AsnReader reader)
    {
        var raw = reader.PeekEncodedValue().ToArray();
        var names = reader.ReadSequence();
        var attributes = new List<(string, string?)>();
        while (names.HasData)
        {
            // The order in which the attributes were written is kept, sorted or not.
            var set = names.ReadSetOf(skipSortOrderValidation: true);
            while (set.HasData)
            {
                var pair = set.ReadSequence();
                var type = pair.ReadObjectIdentifier();
                attributes.Add((type, TextOf(pair)));
                pair.ThrowIfNotEmpty();
            }
        }

        return new DistinguishedName(raw, attributes);
    }

    /// <summary>The name in the shape of Go's <c>pkix.Name</c>.</summary>
    public RegoValue ToValue()
    {
        var shape = new GoShape();
        foreach (var (name, type) in Lists) shape.Strings(name, ValuesOf(type));
        shape.Set("SerialNumber", RegoValue.Of(ValuesOf("2.5.4.5").LastOrDefault() ?? ""));
        shape.Set("CommonName", RegoValue.Of(ValuesOf("2.5.4.3").LastOrDefault() ?? ""));
        shape.List("Names", Attributes.Select(a => AttributeOf(a.Type, a.Value is null ? RegoValue.Null : RegoValue.Of(a.Value))));
        shape.Set("ExtraNames", RegoValue.Null);
        return shape.Build();
    }

    /// <summary>A type and a value side by side.</summary>
    public static RegoValue AttributeOf(string type, RegoValue value)
    {
        var shape = new GoShape();
        shape.Set("Type", GoShape.Identifier(type));
        shape.Set("Value", value);
        return shape.Build();
    }

    private List<string> ValuesOf(string type) => [.. Attributes.Where(a => a.Type == type && a.Value is not null).Select(a => a.Value!)];

    private static string? TextOf(AsnReader reader)
    {
        var tag = reader.PeekTag();
        if (tag.TagClass == TagClass.Universal)
        {
            switch ((UniversalTagNumber)tag.TagValue)
            {
                case UniversalTagNumber.UTF8String or UniversalTagNumber.PrintableString or UniversalTagNumber.IA5String
                    or UniversalTagNumber.T61String or UniversalTagNumber.BMPString or UniversalTagNumber.NumericString:
                    return reader.ReadCharacterString((UniversalTagNumber)tag.TagValue);
            }
        }

        reader.ReadEncodedValue();
        return null;
    }
}
