using System.Security.Cryptography;

namespace GitOpsGate.Audit.Notes;

/// <summary>
/// Ed25519 (RFC 8032), which .NET does not have: by the machine's libcrypto where it is, in managed code where it is not. Encodings that are not
/// canonical are refused (RFC 8032 §5.1.3, FIPS 186-5 §7.7.2), whoever computes.
/// </summary>
public static class Ed25519
{
    /// <summary>Bytes of a public key, and of a private one's seed.</summary>
    public const int KeyLength = 32;

    /// <summary>Bytes of a signature.</summary>
    public const int SignatureLength = 64;

    /// <summary>Whether libcrypto computes here.</summary>
    public static bool IsNative => LibCrypto.Instance is not null;

    /// <summary>Whether a signature is a key's over a message. Never throws for what was given.</summary>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (publicKey.Length != KeyLength || signature.Length != SignatureLength) return false;
        // Libraries differ in which odd encodings they take; ours are refused before any of them is asked.
        if (!Ed25519Curve.IsCanonical(publicKey) || !Ed25519Curve.IsCanonical(signature[..KeyLength])) return false;
        return LibCrypto.Instance is { } native
            ? native.Verify(publicKey, message, signature)
            : Ed25519Curve.Verify(publicKey, message, signature);
    }
}

/// <summary>A private key. Signs by libcrypto only: managed arithmetic would give the key away by the time it takes.</summary>
public sealed class Ed25519PrivateKey
{
    // PKCS #8 of an Ed25519 key is this and the seed (RFC 8410 §7).
    private static readonly byte[] Envelope = Convert.FromHexString("302e020100300506032b657004220420");
    private const string Label = "PRIVATE KEY";
    private readonly byte[] _seed;

    private Ed25519PrivateKey(byte[] seed)
    {
        _seed = seed;
        PublicKey = Native.PublicKeyOf(seed);
    }

    /// <summary>32 bytes.</summary>
    public ReadOnlyMemory<byte> PublicKey { get; }

    private static LibCrypto Native => LibCrypto.Instance
        ?? throw new PlatformNotSupportedException("Ed25519 cannot sign here: `libcrypto.so.3` or `libcrypto.so.1.1` would be right");

    /// <summary>The key of a seed of 32 bytes.</summary>
    public static Ed25519PrivateKey FromSeed(ReadOnlySpan<byte> seed) => seed.Length == Ed25519.KeyLength
        ? new Ed25519PrivateKey(seed.ToArray())
        : throw new FormatException($"the seed of an Ed25519 key has {Ed25519.KeyLength} bytes, not {seed.Length}");

    /// <summary>A new key.</summary>
    public static Ed25519PrivateKey New() => FromSeed(RandomNumberGenerator.GetBytes(Ed25519.KeyLength));

    /// <summary>Reads a PEM <c>PRIVATE KEY</c> block (PKCS #8, RFC 8410).</summary>
    /// <exception cref="FormatException">It is none, or another kind of key.</exception>
    public static Ed25519PrivateKey FromPem(string pem)
    {
        if (!PemEncoding.TryFind(pem, out var found) || pem[found.Label] != Label) throw new FormatException($"no PEM block `{Label}`");
        var bytes = Convert.FromBase64String(pem[found.Base64Data]);
        return bytes.Length == Envelope.Length + Ed25519.KeyLength && bytes.AsSpan().StartsWith(Envelope)
            ? FromSeed(bytes.AsSpan(Envelope.Length))
            : throw new FormatException("the key is not an Ed25519 key in PKCS #8; `openssl genpkey -algorithm ed25519` makes one");
    }

    /// <summary>The key as a PEM <c>PRIVATE KEY</c> block (PKCS #8, RFC 8410). Keep it where only the gate reads it.</summary>
    public string ToPem() => PemEncoding.WriteString(Label, [.. Envelope, .. _seed]) + "\n";

    /// <summary>The signature, 64 bytes.</summary>
    public byte[] Sign(ReadOnlySpan<byte> message) => Native.Sign(_seed, message);
}
