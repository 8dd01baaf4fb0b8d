using System.Buffers.Text;
using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using GitOpsGate.Policies.Rego.Builtins.Jwt;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.X509;

/// <summary>A private key out of PEM or DER, in the two shapes in which OPA shows it: Go's own, and a JSON Web Key.</summary>
internal abstract class PrivateKey
{
    private PrivateKey()
    {
    }

    /// <summary>The key in the shape of Go's private key types.</summary>
    public abstract RegoValue ToGoShape();

    /// <summary>The key as a JSON Web Key (RFC 7517, RFC 7518, RFC 8037).</summary>
    public abstract RegoValue ToJsonWebKey();

    /// <summary>Whether a public key is its other half; null when it is of another kind.</summary>
    public abstract bool? Matches(SubjectKey key);

    /// <summary>The key in a block; null for blocks that hold none.</summary>
    /// <exception cref="CryptographicException">The block says that it holds a key, and does not.</exception>
    public static PrivateKey? Read(Pem block) => block.Label switch
    {
        "RSA PRIVATE KEY" => ReadPkcs1(block.Bytes),
        "PRIVATE KEY" => ReadPkcs8(block.Bytes),
        "EC PRIVATE KEY" => ReadSec1(block.Bytes),
        _ => null,
    };

    /// <summary>A key in whichever of the three forms (RFC 8017, RFC 5958, RFC 5915); null when it is in none.</summary>
    public static PrivateKey? ReadAny(byte[] der)
    {
        foreach (var read in new Func<byte[], PrivateKey?>[] { ReadPkcs1, ReadPkcs8, ReadSec1 })
        {
            try
            {
                if (read(der) is { } key) return key;
            }
            catch (Exception trouble) when (trouble is CryptographicException or PlatformNotSupportedException)
            {
                // Another form may fit.
            }
        }

        return null;
    }

    private static RsaKey ReadPkcs1(byte[] der)
    {
        using var rsa = RSA.Create();
        rsa.ImportRSAPrivateKey(der, out _);
        return new RsaKey(rsa.ExportParameters(includePrivateParameters: true));
    }

    private static EcKey ReadSec1(byte[] der)
    {
        using var ec = ECDsa.Create();
        ec.ImportECPrivateKey(der, out _);
        return new EcKey(ec.ExportParameters(includePrivateParameters: true));
    }

    private static PrivateKey? ReadPkcs8(byte[] der)
    {
        try
        {
            var parts = new AsnReader(der, AsnEncodingRules.BER).ReadSequence();
            parts.ReadInteger();
            var algorithm = parts.ReadSequence().ReadObjectIdentifier();
            var content = parts.ReadOctetString();
            switch (algorithm)
            {
                case SubjectKey.Rsa:
                    return ReadPkcs1(content);
                case SubjectKey.Ecdsa:
                    using (var ec = ECDsa.Create())
                    {
                        ec.ImportPkcs8PrivateKey(der, out _);
                        return new EcKey(ec.ExportParameters(includePrivateParameters: true));
                    }

                case SubjectKey.Ed25519:
                    var seed = new AsnReader(content, AsnEncodingRules.BER).ReadOctetString();
                    return Ed25519.PublicKeyOf(seed) is { } other ? new EdKey(seed, other) : null;
                default:
                    throw new CryptographicException($"x509: PKCS#8 wrapping contained private key with unknown algorithm: {algorithm}");
            }
        }
        catch (Exception wrong) when (wrong is AsnContentException or PlatformNotSupportedException)
        {
            throw new CryptographicException($"asn1: structure error: {wrong.Message}", wrong);
        }
    }

    private static RegoValue Url(byte[] bytes) => RegoValue.Of(Base64Url.EncodeToString(bytes));

    private static RegoValue UrlNumber(byte[] bytes) => Url(bytes.AsSpan().TrimStart((byte)0).ToArray());

    private static RegoValue Object(params (string Name, RegoValue Value)[] fields)
    {
        var shape = new GoShape();
        foreach (var (name, value) in fields) shape.Set(name, value);
        return shape.Build();
    }

    private sealed class RsaKey(RSAParameters key) : PrivateKey
    {
        public override RegoValue ToGoShape() => Object(
            ("N", GoShape.Big(key.Modulus)), ("E", GoShape.Big(key.Exponent)), ("D", GoShape.Big(key.D)),
            ("Primes", RegoValue.ArrayOf(GoShape.Big(key.P), GoShape.Big(key.Q))),
            ("Precomputed", Object(
                ("Dp", GoShape.Big(key.DP)), ("Dq", GoShape.Big(key.DQ)), ("Qinv", GoShape.Big(key.InverseQ)),
                ("CRTValues", RegoValue.Of(RegoArray.Empty)))));

        public override RegoValue ToJsonWebKey() => Object(
            ("kty", RegoValue.Of("RSA")), ("n", UrlNumber(key.Modulus!)), ("e", UrlNumber(key.Exponent!)), ("d", UrlNumber(key.D!)),
            ("p", UrlNumber(key.P!)), ("q", UrlNumber(key.Q!)), ("dp", UrlNumber(key.DP!)), ("dq", UrlNumber(key.DQ!)),
            ("qi", UrlNumber(key.InverseQ!)));

        public override bool? Matches(SubjectKey other) => other.Algorithm != SubjectKey.Rsa
            ? null
            : new AsnReader(other.Key, AsnEncodingRules.DER).ReadSequence().ReadInteger()
                == new BigInteger(key.Modulus, isUnsigned: true, isBigEndian: true);
    }

    private sealed class EcKey(ECParameters key) : PrivateKey
    {
        private string CurveName => key.Curve.Oid.Value switch
        {
            "1.2.840.10045.3.1.7" => "P-256",
            "1.3.132.0.34" => "P-384",
            "1.3.132.0.35" => "P-521",
            _ => "P-224",
        };

        public override RegoValue ToGoShape() => Object(
            ("Curve", RegoValue.Of(RegoObject.Empty)), ("X", GoShape.Big(key.Q.X)), ("Y", GoShape.Big(key.Q.Y)),
            ("D", GoShape.Big(key.D)));

        public override RegoValue ToJsonWebKey() => Object(
            ("kty", RegoValue.Of("EC")), ("crv", RegoValue.Of(CurveName)), ("x", Url(key.Q.X!)), ("y", Url(key.Q.Y!)),
            ("d", Url(key.D!)));

        public override bool? Matches(SubjectKey other) => other.Algorithm != SubjectKey.Ecdsa
            ? null : other.Key.AsSpan(1).SequenceEqual([.. key.Q.X!, .. key.Q.Y!]);
    }

    private sealed class EdKey(byte[] seed, byte[] other) : PrivateKey
    {
        public override RegoValue ToGoShape() => GoShape.Bytes([.. seed, .. other]);

        public override RegoValue ToJsonWebKey() => Object(
            ("kty", RegoValue.Of("OKP")), ("crv", RegoValue.Of("Ed25519")), ("x", Url(other)), ("d", Url(seed)));

        public override bool? Matches(SubjectKey key) => key.Algorithm != SubjectKey.Ed25519 ? null : key.Key.SequenceEqual(other);
    }
}
