using System.Buffers.Binary;
using System.Text;

namespace GitOpsGate.Audit.Notes;

/// <summary>
/// What an ML-DSA-44 cosigner signs (C2SP tlog-cosignature, <c>subtree/v1</c>): its name, the time, the log's origin and the whole tree.
/// </summary>
internal static class MlDsa44Message
{
    private const int LongestName = 255;

    public static bool Verify(ReadOnlySpan<byte> key, string cosigner, string text, ulong seconds, ReadOnlySpan<byte> signature) =>
        Checkpoint.TryParse(text, out var checkpoint)
        && Of(cosigner, seconds, checkpoint) is { } message
        && MlDsa44.Verify(key, message, signature);

    // Null when a name is too long for the message to have room for it, so that nobody can have signed it.
    private static byte[]? Of(string cosigner, ulong seconds, Checkpoint checkpoint)
    {
        var (name, origin) = (Encoding.UTF8.GetBytes(cosigner), Encoding.UTF8.GetBytes(checkpoint.Origin));
        if (name.Length > LongestName || origin.Length > LongestName) return null;
        Span<byte> time = stackalloc byte[8];
        Span<byte> size = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(time, seconds);
        BinaryPrimitives.WriteInt64BigEndian(size, checkpoint.Size);
        return
        [
            .. "subtree/v1\n\0"u8, (byte)name.Length, .. name, .. time, (byte)origin.Length, .. origin, 0, 0, 0, 0, 0, 0, 0, 0, .. size,
            .. checkpoint.Root.Span,
        ];
    }
}
