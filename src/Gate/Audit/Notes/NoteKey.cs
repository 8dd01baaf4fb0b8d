using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace GitOpsGate.Audit.Notes;

/// <summary>How a note is signed: the signature type byte of C2SP signed-note. The zero value is none of them.</summary>
public enum NoteAlgorithm : byte
{
    None = 0,

    /// <summary>Ed25519 over the text.</summary>
    Ed25519 = 1,

    /// <summary>ECDSA P-256 with SHA-256 over the text, ASN.1 DER; the key is a SubjectPublicKeyInfo.</summary>
    EcdsaP256 = 2,

    /// <summary>A witness' Ed25519 cosignature with its time (C2SP tlog-cosignature, cosignature/v1).</summary>
    CosignatureV1 = 4,

    /// <summary>ML-DSA-44 over a timestamped subtree (C2SP tlog-cosignature).</summary>
    MlDsa44 = 6,
}

/// <summary>A key that notes are verified with, as its text form (<c>name+hash+key</c>, C2SP signed-note "vkey") gives it.</summary>
public sealed class NoteKey
{
    private const int TimeLength = 8;

    private NoteKey(string name, uint id, NoteAlgorithm algorithm, byte[] material) =>
        (Name, Id, Algorithm, Material) = (name, id, algorithm, material);

    public string Name { get; }

    /// <summary>The first four bytes of the key's hash, big-endian: what a signature line begins with.</summary>
    public uint Id { get; }

    public NoteAlgorithm Algorithm { get; }

    /// <summary>The public key in its algorithm's form, without the type byte.</summary>
    public ReadOnlyMemory<byte> Material { get; }

    /// <summary>The key with a name and an algorithm.</summary>
    /// <exception cref="FormatException">The name or the key has not the right form.</exception>
    public static NoteKey Of(string name, NoteAlgorithm algorithm, ReadOnlySpan<byte> material)
    {
        if (!IsName(name)) throw new FormatException($"`{name}` is no name of a key: one or more letters without space and plus would be right");
        var length = algorithm switch
        {
            NoteAlgorithm.Ed25519 or NoteAlgorithm.CosignatureV1 => Ed25519.KeyLength,
            NoteAlgorithm.MlDsa44 => MlDsa44.KeyLength,
            NoteAlgorithm.EcdsaP256 => material.Length,
            NoteAlgorithm.None => throw new FormatException("a key has an algorithm"),
            _ => throw new FormatException($"algorithm {(byte)algorithm} is not known"),
        };
        if (material.Length != length || length == 0) throw new FormatException($"a key of algorithm {(byte)algorithm} has {length} bytes, not {material.Length}");
        if (algorithm == NoteAlgorithm.EcdsaP256) EcdsaOf(material).Dispose();
        return new NoteKey(name, IdOf(name, algorithm, material), algorithm, material.ToArray());
    }

    /// <summary>Reads a key's text form.</summary>
    /// <exception cref="FormatException">It is not one, or its hash is not its key's.</exception>
    public static NoteKey Parse(string text)
    {
        var parts = text.Split('+', 3);
        if (parts.Length != 3) throw new FormatException($"`{text}` is not a key; `name+hash+key` would be right");
        if (parts[1].Length != 8 || parts[1].Any(char.IsAsciiLetterUpper)
            || !uint.TryParse(parts[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var id))
        {
            throw new FormatException($"`{parts[1]}` is not a key's hash: eight lower-case hex digits would be right");
        }

        if (!Base64Text.TryDecode(parts[2], out var bytes) || bytes.Length < 2) throw new FormatException("the key is not base 64 of at least two bytes");
        var key = Of(parts[0], (NoteAlgorithm)bytes[0], bytes.AsSpan(1));
        return key.Id == id ? key : throw new FormatException($"the hash of key `{parts[0]}` is {key.Id:x8}, not {parts[1]}");
    }

    /// <summary>Whether a signature is this key's over a text.</summary>
    public bool Verify(string text, ReadOnlySpan<byte> signature) => Algorithm switch
    {
        NoteAlgorithm.Ed25519 => Ed25519.Verify(Material.Span, Encoding.UTF8.GetBytes(text), signature),
        NoteAlgorithm.CosignatureV1 => signature.Length == TimeLength + Ed25519.SignatureLength
            && Ed25519.Verify(Material.Span, CosignedMessage(BinaryPrimitives.ReadUInt64BigEndian(signature), text), signature[TimeLength..]),
        NoteAlgorithm.EcdsaP256 => VerifyEcdsa(text, signature),
        NoteAlgorithm.MlDsa44 => signature.Length > TimeLength && MlDsa44Message.Verify(
            Material.Span, Name, text, BinaryPrimitives.ReadUInt64BigEndian(signature), signature[TimeLength..]),
        NoteAlgorithm.None => false,
        _ => false,
    };

    public override string ToString() => $"{Name}+{Id:x8}+{Convert.ToBase64String([(byte)Algorithm, .. Material.Span])}";

    /// <summary>Whether this can be a key's name: not empty, without white space and plus.</summary>
    internal static bool IsName(string name) => name.Length > 0 && !name.Any(letter => letter == '+' || char.IsWhiteSpace(letter));

    /// <summary>What a witness signs (C2SP tlog-cosignature).</summary>
    /// <param name="seconds">Since 1970, UTC.</param>
    internal static byte[] CosignedMessage(ulong seconds, string text) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"cosignature/v1\ntime {seconds}\n{text}"));

    internal DateTimeOffset? TimeOf(ReadOnlySpan<byte> signature)
    {
        if (Algorithm is not (NoteAlgorithm.CosignatureV1 or NoteAlgorithm.MlDsa44) || signature.Length < TimeLength) return null;
        var seconds = BinaryPrimitives.ReadUInt64BigEndian(signature);
        return seconds <= (ulong)DateTimeOffset.MaxValue.ToUnixTimeSeconds() ? DateTimeOffset.FromUnixTimeSeconds((long)seconds) : null;
    }

    private static uint IdOf(string name, NoteAlgorithm algorithm, ReadOnlySpan<byte> material)
    {
        // A key of this kind is known by its own hash alone, as the logs that were first with it wrote it.
        byte[] hashed = algorithm == NoteAlgorithm.EcdsaP256
            ? material.ToArray()
            : [.. Encoding.UTF8.GetBytes(name), (byte)'\n', (byte)algorithm, .. material];
        return BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(hashed));
    }

    private static ECDsa EcdsaOf(ReadOnlySpan<byte> publicKey)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(publicKey, out var read);
            if (read == publicKey.Length && key.KeySize == 256) return key;
        }
        catch (Exception trouble) when (trouble is CryptographicException or PlatformNotSupportedException)
        {
            // Also thrown for a curve that nobody knows. Told below, with what would be right.
        }

        key.Dispose();
        throw new FormatException("the key is not a P-256 SubjectPublicKeyInfo (RFC 5480)");
    }

    private bool VerifyEcdsa(string text, ReadOnlySpan<byte> signature)
    {
        using var key = EcdsaOf(Material.Span);
        return EcdsaDer.Verify(key, Encoding.UTF8.GetBytes(text), signature);
    }
}
