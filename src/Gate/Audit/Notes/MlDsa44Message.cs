using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace GitOpsGate.Audit.Notes;

/// <summary>
/// What an ML-DSA-44 cosigner signs (C2SP tlog-cosignature, <c>subtree/v1</c>): its name, the time, the log's origin and the whole tree.
/// Whether it can be verified depends on the machine's libcrypto (3.5 or newer).
/// </summary>
internal static class MlDsa44Message
{
    /// <summary>Bytes of a public key (FIPS 204, table 2).</summary>
    public const int KeyLength = 1312;

    public static bool Verify(ReadOnlySpan<byte> key, string cosigner, string text, ulong seconds, ReadOnlySpan<byte> signature)
    {
        if (!MLDsa.IsSupported) throw new PlatformNotSupportedException("ML-DSA-44 cannot be verified here: libcrypto 3.5 or newer would be right");
        if (!Checkpoint.TryParse(text, out var checkpoint)) return false;
        using var verifier = MLDsa.ImportMLDsaPublicKey(MLDsaAlgorithm.MLDsa44, key);
        return verifier.VerifyData(Of(cosigner, seconds, checkpoint), signature);
    }

    private static byte[] Of(string cosigner, ulong seconds, Checkpoint checkpoint)
    {
        var (name, origin) = (Encoding.UTF8.GetBytes(cosigner), Encoding.UTF8.GetBytes(checkpoint.Origin));
        Span<byte> time = stackalloc byte[8];
        Span<byte> size = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(time, seconds);
        BinaryPrimitives.WriteInt64BigEndian(size, checkpoint.Size);
        return
        [
            .. "subtree/v1\n\0"u8, checked((byte)name.Length), .. name, .. time, checked((byte)origin.Length), .. origin, 0, 0, 0, 0, 0, 0, 0, 0, .. size,
            .. checkpoint.Root.Span,
        ];
    }
}
