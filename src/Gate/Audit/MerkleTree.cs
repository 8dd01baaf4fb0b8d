using System.Security.Cryptography;

namespace GitOpsGate.Audit;

/// <summary>The hashes of a Merkle tree as RFC 6962 §2.1 defines them, with SHA-256.</summary>
public static class MerkleTree
{
    /// <summary>Bytes of a hash.</summary>
    public const int HashLength = 32;

    /// <summary>The root of a tree without leaves: SHA-256 of nothing.</summary>
    public static ReadOnlyMemory<byte> EmptyRoot { get; } = SHA256.HashData([]);

    /// <summary>SHA-256(0x00 ‖ leaf).</summary>
    public static byte[] LeafHash(ReadOnlySpan<byte> leaf)
    {
        var room = leaf.Length < 2048 ? stackalloc byte[leaf.Length + 1] : new byte[leaf.Length + 1];
        room[0] = 0;
        leaf.CopyTo(room[1..]);
        return SHA256.HashData(room);
    }

    /// <summary>SHA-256(0x01 ‖ left ‖ right).</summary>
    public static byte[] NodeHash(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        var hash = new byte[HashLength];
        NodeHash(left, right, hash);
        return hash;
    }

    /// <summary>SHA-256(0x01 ‖ left ‖ right), written where the caller wants it; it may be where one of the two stands.</summary>
    public static void NodeHash(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> hash)
    {
        Span<byte> room = stackalloc byte[1 + (2 * HashLength)];
        room[0] = 1;
        left.CopyTo(room[1..]);
        right.CopyTo(room[(1 + HashLength)..]);
        SHA256.HashData(room, hash);
    }

    /// <summary>The root over leaf hashes, by the definition: the reference that the faster ways are tested against.</summary>
    public static byte[] Root(ReadOnlySpan<byte[]> leafHashes)
    {
        if (leafHashes.IsEmpty) return EmptyRoot.ToArray();
        if (leafHashes.Length == 1) return leafHashes[0];
        var left = Split(leafHashes.Length);
        return NodeHash(Root(leafHashes[..left]), Root(leafHashes[left..]));
    }

    /// <summary>The largest power of two that is smaller than a size of at least two.</summary>
    internal static int Split(int size) => 1 << (31 - int.LeadingZeroCount(size - 1));
}
