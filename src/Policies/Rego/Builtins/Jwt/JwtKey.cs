using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using GitOpsGate.Policies.Rego.Builtins.X509;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.Jwt;

/// <summary>A key to verify or to sign with; one of its forms is there.</summary>
internal sealed class JwtKey : IDisposable
{
    public string? Id { get; private init; }

    public string? Algorithm { get; private init; }

    public byte[]? Secret { get; private init; }

    public RSA? Rsa { get; private init; }

    public ECDsa? Ec { get; private init; }

    /// <summary>The public half of an Ed25519 key.</summary>
    public byte[]? Edwards { get; private init; }

    /// <summary>The private half of an Ed25519 key.</summary>
    public byte[]? EdwardsSecret { get; private init; }

    public static JwtKey OfSecret(byte[] secret) => new() { Secret = secret };

    /// <summary>
    /// The keys in a text: a certificate or a public key in PEM, a JSON Web Key, or a set of them (RFC 7517). Null, and why, when
    /// there is none.
    /// </summary>
    public static List<JwtKey>? Read(string text, out string problem)
    {
        problem = "";
        try
        {
            if (text.Contains("-----BEGIN", StringComparison.Ordinal)) return ReadPem(text, out problem);
            if (!RegoJson.TryParse(System.Text.Encoding.UTF8.GetBytes(text), out var value, out var wrong))
            {
                problem = $"failed to parse a JWK key (set): {wrong}";
                return null;
            }

            var keys = value.AsObject?["keys"].AsArray is { } set ? set.Items.ToArray() : [value];
            var read = keys.Select(key => key.AsObject is { } entries ? ReadJson(entries) : null).ToList();
            if (read.TrueForAll(key => key is not null)) return read!;
        }
        catch (Exception trouble) when (trouble is CryptographicException or FormatException or ArgumentException
            or AsnContentException or PlatformNotSupportedException)
        {
            problem = text.Contains("CERTIFICATE", StringComparison.Ordinal)
                ? $"failed to parse a PEM certificate: {trouble.Message}"
                : $"failed to parse a PEM or JSON key: {trouble.Message}";
            return null;
        }

        problem = "failed to parse a JWK key (set): a key's `kty` or its parameters are not known";
        return null;
    }

    /// <summary>A JSON Web Key of type <c>oct</c>, <c>RSA</c>, <c>EC</c> or <c>OKP</c> (RFC 8037), private or public; null for another.</summary>
    public static JwtKey? ReadJson(RegoObject key)
    {
        var (id, algorithm) = (key["kid"].AsString?.Text, key["alg"].AsString?.Text);
        switch (key["kty"].AsString?.Text)
        {
            case "oct":
                return new JwtKey { Id = id, Algorithm = algorithm, Secret = Bytes(key, "k") };
            case "RSA":
                var rsa = RSA.Create(new RSAParameters
                {
                    Modulus = Bytes(key, "n"),
                    Exponent = Bytes(key, "e"),
                    D = Bytes(key, "d"),
                    P = Bytes(key, "p"),
                    Q = Bytes(key, "q"),
                    DP = Bytes(key, "dp"),
                    DQ = Bytes(key, "dq"),
                    InverseQ = Bytes(key, "qi"),
                });
                return new JwtKey { Id = id, Algorithm = algorithm, Rsa = rsa };
            case "EC":
                ECCurve? curve = key["crv"].AsString?.Text switch
                {
                    "P-256" => ECCurve.NamedCurves.nistP256,
                    "P-384" => ECCurve.NamedCurves.nistP384,
                    "P-521" => ECCurve.NamedCurves.nistP521,
                    _ => null,
                };
                if (curve is not { } known) return null;
                var point = new ECPoint { X = Bytes(key, "x"), Y = Bytes(key, "y") };
                return new JwtKey { Id = id, Algorithm = algorithm, Ec = Pair(new ECParameters { Curve = known, Q = point, D = Bytes(key, "d") }) };
            case "OKP" when key["crv"].AsString?.Text == "Ed25519":
                return new JwtKey { Id = id, Algorithm = algorithm, Edwards = Bytes(key, "x"), EdwardsSecret = Bytes(key, "d") };
            default:
                return null;
        }
    }

    public void Dispose()
    {
        Rsa?.Dispose();
        Ec?.Dispose();
    }

    private static ECDsa Pair(ECParameters parameters)
    {
        try
        {
            return ECDsa.Create(parameters);
        }
        catch (PlatformNotSupportedException trouble)
        {
            // What is said of a point beside its curve where OpenSSL is asked.
            throw new CryptographicException("the point is not on the curve", trouble);
        }
    }

    private static List<JwtKey>? ReadPem(string text, out string problem)
    {
        problem = "";
        var fields = PemEncoding.Find(text);
        if (text[fields.Location.End..].Trim().Length > 0)
        {
            problem = "extra data after a PEM certificate block";
            return null;
        }

        switch (text[fields.Label])
        {
            case "CERTIFICATE":
                using (var certificate = X509CertificateLoader.LoadCertificate(Convert.FromBase64String(text[fields.Base64Data])))
                {
                    if (certificate.GetRSAPublicKey() is { } rsa) return [new JwtKey { Rsa = rsa }];
                    if (certificate.GetECDsaPublicKey() is { } ec) return [new JwtKey { Ec = ec }];
                    if (EdwardsOf(certificate.PublicKey.ExportSubjectPublicKeyInfo()) is { } edwards) return [edwards];
                }

                break;
            case "PUBLIC KEY":
                return [ReadPublicKey(Convert.FromBase64String(text[fields.Base64Data]))];
        }

        problem = "failed to extract a Key from the PEM certificate";
        return null;
    }

    private static JwtKey ReadPublicKey(byte[] der)
    {
        if (EdwardsOf(der) is { } edwards) return edwards;
        var key = PublicKey.CreateFromSubjectPublicKeyInfo(der, out _);
        if (key.GetRSAPublicKey() is { } rsa) return new JwtKey { Rsa = rsa };
        return key.GetECDsaPublicKey() is { } ec
            ? new JwtKey { Ec = ec } : throw new CryptographicException("the key is neither RSA nor ECDSA nor Ed25519");
    }

    private static JwtKey? EdwardsOf(byte[] der)
    {
        var key = SubjectKey.Read(new AsnReader(der, AsnEncodingRules.DER));
        return key.Algorithm == SubjectKey.Ed25519 ? new JwtKey { Edwards = key.Key } : null;
    }

    private static byte[]? Bytes(RegoObject key, string name) =>
        key[name].AsString is { } text ? System.Buffers.Text.Base64Url.DecodeFromChars(text.Text.TrimEnd('=')) : null;
}
