using System.Globalization;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.X509;

/// <summary>A certificate in the shape that policies see: Go's <c>x509.Certificate</c> through encoding/json (OPA reference,
/// "Crypto").</summary>
internal static class CertificateShape
{
    /// <summary>The whole certificate.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="withUriStrings">Whether its URIs are also there as text, which OPA adds in some functions.</param>
    public static RegoValue Of(Certificate certificate, bool withUriStrings)
    {
        var shape = new GoShape();
        shape.Set("Raw", certificate.Raw);
        shape.Set("RawTBSCertificate", certificate.RawSigned);
        shape.Set("RawSubjectPublicKeyInfo", certificate.Key.Raw);
        shape.Set("RawSubject", certificate.Subject.Raw);
        shape.Set("RawIssuer", certificate.Issuer.Raw);
        shape.Set("RawSignatureAlgorithm", certificate.SignatureKind.Raw);
        shape.Set("Signature", certificate.Signature);
        shape.Set("SignatureAlgorithm", certificate.SignatureKind.Number);
        shape.Set("PublicKeyAlgorithm", certificate.Key.AlgorithmNumber);
        shape.Set("PublicKey", certificate.Key.ToValue());
        shape.Set("Version", certificate.Version);
        shape.Set("SerialNumber", RegoValue.Of(certificate.SerialNumber));
        shape.Set("Issuer", certificate.Issuer.ToValue());
        shape.Set("Subject", certificate.Subject.ToValue());
        shape.Set("NotBefore", TimeOf(certificate.NotBefore));
        shape.Set("NotAfter", TimeOf(certificate.NotAfter));
        shape.List("Extensions", certificate.Extensions.Select(e => e.ToValue()));
        shape.Set("ExtraExtensions", RegoValue.Null);
        AddExtensions(shape, certificate.Known);
        AddLimits(shape, certificate.Known.Limits);
        AddPolicies(shape, certificate.Known);
        var uris = certificate.Known.Names.Uris;
        if (withUriStrings) shape.Strings("URIStrings", uris.Select(TextOf));
        return shape.Build();
    }

    /// <summary>The names of a subject alternative name, as certificates and requests both show them.</summary>
    public static void AddNames(GoShape shape, AlternativeNames names)
    {
        shape.Strings("DNSNames", names.Dns);
        shape.Strings("EmailAddresses", names.Emails);
        shape.Strings("IPAddresses", names.Addresses);
        shape.List("URIs", names.Uris.Select(UriOf));
    }

    private static void AddExtensions(GoShape shape, CertificateExtensions known)
    {
        shape.Set("KeyUsage", known.KeyUsage);
        shape.List("ExtKeyUsage", known.KnownUsages.Select(usage => RegoValue.Of((long)usage)));
        shape.List("UnknownExtKeyUsage", known.UnknownUsages.Select(GoShape.Identifier));
        shape.List("UnhandledCriticalExtensions", known.Unhandled.Select(GoShape.Identifier));
        shape.Set("BasicConstraintsValid", known.HasBasicConstraints);
        shape.Set("IsCA", known.IsAuthority);
        shape.Set("MaxPathLen", known.MaxPathLength);
        shape.Set("MaxPathLenZero", known.HasBasicConstraints && known.MaxPathLength == 0);
        shape.Set("SubjectKeyId", known.SubjectKeyId);
        shape.Set("AuthorityKeyId", known.AuthorityKeyId);
        shape.Strings("OCSPServer", known.StatusServers);
        shape.Strings("IssuingCertificateURL", known.IssuerAddresses);
        shape.Strings("CRLDistributionPoints", known.RevocationLists);
        AddNames(shape, known.Names);
    }

    private static void AddLimits(GoShape shape, NameLimits? limits)
    {
        shape.Set("PermittedDNSDomainsCritical", limits is { IsCritical: true });
        foreach (var (prefix, list) in new[] { ("Permitted", 0), ("Excluded", 1) })
        {
            shape.Strings(prefix + "DNSDomains", limits?.Dns[list] ?? []);
            shape.Strings(prefix + "EmailAddresses", limits?.Emails[list] ?? []);
            shape.Strings(prefix + "URIDomains", limits?.Uris[list] ?? []);
            shape.List(prefix + "IPRanges", (limits?.Ranges[list] ?? []).Select(range =>
            {
                var both = new GoShape();
                both.Set("IP", RegoValue.Of(AlternativeNames.AddressOf(range.Address)));
                both.Set("Mask", range.Mask);
                return both.Build();
            }));
        }
    }

    private static void AddPolicies(GoShape shape, CertificateExtensions known)
    {
        shape.List("PolicyIdentifiers", known.Policies.Select(GoShape.Identifier));
        shape.Strings("Policies", known.Policies);
        shape.List("PolicyMappings", known.PolicyMappings.Select(mapping =>
        {
            var both = new GoShape();
            both.Set("IssuerDomainPolicy", RegoValue.Of(mapping.Issuer));
            both.Set("SubjectDomainPolicy", RegoValue.Of(mapping.Subject));
            return both.Build();
        }));
        foreach (var (name, count) in new[]
        {
            ("InhibitAnyPolicy", known.AnyPolicy), ("InhibitPolicyMapping", known.PolicyMapping),
            ("RequireExplicitPolicy", known.ExplicitPolicy),
        })
        {
            shape.Set(name, count.Value);
            shape.Set(name + "Zero", count.IsZero);
        }
    }

    private static RegoValue TimeOf(DateTimeOffset time) =>
        RegoValue.Of(time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));

    private static RegoValue UriOf(string text)
    {
        if (GoUrl.Parse(text, out _) is not { } url) return RegoValue.Null;
        var shape = new GoShape();
        var (opaque, user, host) = Parts(text, url);
        shape.Set("Scheme", RegoValue.Of(url.Scheme));
        shape.Set("Opaque", RegoValue.Of(opaque));
        shape.Set("User", user is null ? RegoValue.Null : RegoValue.Of(RegoObject.Empty));
        shape.Set("Host", RegoValue.Of(host));
        shape.Set("Path", RegoValue.Of(url.Path));
        shape.Set("RawPath", RegoValue.Of(url.RawPath == url.Path ? "" : url.RawPath));
        shape.Set("ForceQuery", text.Split('#')[0].EndsWith('?') && url.RawQuery.Length == 0);
        shape.Set("OmitHost", url.Scheme.Length > 0 && host.Length == 0 && opaque.Length == 0 && url.Path.StartsWith('/')
            && !text.Contains("://", StringComparison.Ordinal));
        shape.Set("RawQuery", RegoValue.Of(url.RawQuery));
        shape.Set("Fragment", RegoValue.Of(url.Fragment));
        shape.Set("RawFragment", RegoValue.Of(""));
        return shape.Build();
    }

    private static (string Opaque, string? User, string Host) Parts(string text, GoUrl url)
    {
        var rest = text[(url.Scheme.Length == 0 ? 0 : url.Scheme.Length + 1)..];
        rest = rest[..(rest.AsSpan().IndexOfAny('?', '#') is var end and >= 0 ? end : rest.Length)];
        if (url.Scheme.Length > 0 && !rest.StartsWith('/')) return (rest, null, "");
        if (!rest.StartsWith("//", StringComparison.Ordinal)) return ("", null, "");
        var slash = rest.IndexOf('/', 2);
        var authority = rest[2..(slash < 0 ? rest.Length : slash)];
        var at = authority.LastIndexOf('@');
        return ("", at < 0 ? null : authority[..at], authority[(at + 1)..]);
    }

    // Go writes a URL anew from its parts; what it changes by that is the case of the scheme and the escapes of the path.
    private static string TextOf(string text) =>
        GoUrl.Parse(text, out _) is { Scheme.Length: > 0 } url ? url.Scheme + text[url.Scheme.Length..] : text;
}
