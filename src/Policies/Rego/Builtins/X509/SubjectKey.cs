using System.Formats.Asn1;
using System.Security.Cryptography;
using GitOpsGate.Policies.Rego.Values;

namespace GitOpsGate.Policies.Rego.Builtins.X509;

/// <summary>A public key (RFC 5280, section 4.1.2.7), and what was signed with its other half.</summary>
/// <param name="Raw">The DER bytes of the whole.</param>
/// <param name="Algorithm">The identifier of its algorithm.</param>
/// <param name="Curve">The identifier of its curve; empty for what has none.</param>
/// <param name="Key">The key itself.</param>
internal sealed record SubjectKey(byte[] Raw, string Algorithm, string Curve, byte[] Key)
{
    public const string Rsa = "1.2.840.113549.1.1.1";
    public const string Dsa = "1.2.840.10040.4.1";
    public const string Ecdsa = "1.2.840.10045.2.1";
    public const string Ed25519 = "1.3.101.112";

    private static readonly Dictionary<string, int> CurveSizes = new(StringComparer.Ordinal)
    {
        ["1.3.132.0.33"] = 28,
        ["1.2.840.10045.3.1.7"] = 32,
        ["1.3.132.0.34"] = 48,
        ["1.3.132.0.35"] = 66,
    };

    /// <summary>Go's number for the algorithm (crypto/x509, PublicKeyAlgorithm).</summary>
    public int AlgorithmNumber => Algorithm switch { Rsa => 1, Dsa => 2, Ecdsa => 3, Ed25519 => 4, _ => 0 };

    public static SubjectKey Read(AsnReader reader)
    {
        var raw = reader.PeekEncodedValue().ToArray();
        var both = reader.ReadSequence();
        var algorithm = both.ReadSequence();
        var identifier = algorithm.ReadObjectIdentifier();
        var curve = identifier == Ecdsa && algorithm.HasData ? algorithm.ReadObjectIdentifier() : "";
        return new SubjectKey(raw, identifier, curve, both.ReadBitString(out _));
    }

    /// <summary>The key in the shape of Go's public key types; null for algorithms that are not known.</summary>
    /// <exception cref="AsnContentException">The key is not one of its algorithm.</exception>
    public RegoValue ToValue()
    {
        var shape = new GoShape();
        switch (Algorithm)
        {
            case Rsa:
                var numbers = new AsnReader(Key, AsnEncodingRules.DER).ReadSequence();
                shape.Set("N", RegoValue.Of(numbers.ReadInteger()));
                shape.Set("E", RegoValue.Of(numbers.ReadInteger()));
                return shape.Build();
            case Ecdsa:
                if (!CurveSizes.TryGetValue(Curve, out var size)) throw new AsnContentException("x509: unsupported elliptic curve");
                if (Key.Length != 1 + (2 * size) || Key[0] != 4)
                    throw new AsnContentException("x509: failed to unmarshal elliptic curve point");
                return PointOf(Key.AsMemory(1, size), Key.AsMemory(1 + size));
            case Ed25519:
                return GoShape.Bytes(Key);
            default:
                return RegoValue.Null;
        }
    }

    /// <summary>Whether a signature over bytes was made with the other half of this key.</summary>
    /// <param name="algorithm">Go's number of the signature's algorithm.</param>
    /// <param name="signed">What was signed.</param>
    /// <param name="signature">The signature as certificates carry it.</param>
    public bool Verifies(int algorithm, byte[] signed, byte[] signature)
    {
        try
        {
            switch (algorithm, Algorithm)
            {
                case ( >= 4 and <= 6, Rsa):
                    using (var key = RSA.Create())
                    {
                        key.ImportSubjectPublicKeyInfo(Raw, out _);
                        return key.VerifyData(signed, signature, HashOf(algorithm - 4), RSASignaturePadding.Pkcs1);
                    }

                case ( >= 13 and <= 15, Rsa):
                    using (var key = RSA.Create())
                    {
                        key.ImportSubjectPublicKeyInfo(Raw, out _);
                        return key.VerifyData(signed, signature, HashOf(algorithm - 13), RSASignaturePadding.Pss);
                    }

                case ( >= 10 and <= 12, Ecdsa):
                    using (var key = ECDsa.Create())
                    {
                        key.ImportSubjectPublicKeyInfo(Raw, out _);
                        return key.VerifyData(signed, signature, HashOf(algorithm - 10), DSASignatureFormat.Rfc3279DerSequence);
                    }

                case (16, Ed25519):
                    return Jwt.Ed25519.Verify(Key, signed, signature);
                default:
                    // MD5 and SHA-1 are refused, as Go refuses them, and so is what we do not know.
                    return false;
            }
        }
        catch (Exception trouble) when (trouble is CryptographicException or PlatformNotSupportedException)
        {
            return false;
        }
    }

    /// <summary>A point of a curve in the shape of Go's <c>ecdsa.PublicKey</c>.</summary>
    public static RegoValue PointOf(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y)
    {
        var shape = new GoShape();
        shape.Set("Curve", RegoValue.Of(RegoObject.Empty));
        shape.Set("X", GoShape.Big(x));
        shape.Set("Y", GoShape.Big(y));
        return shape.Build();
    }

    private static HashAlgorithmName HashOf(int step) => step switch
    {
        0 => HashAlgorithmName.SHA256,
        1 => HashAlgorithmName.SHA384,
        _ => HashAlgorithmName.SHA512,
    };
}
