namespace GitOpsGate.Audit;

/// <summary>
/// Inclusion and consistency proofs (RFC 6962 §2.1.1 and §2.1.2), and their verification as RFC 9162 §2.1.3.2 and §2.1.4.2 spell it out.
/// Verification is strict: hashes of 32 bytes only, at most 63 of them, and none left over.
/// </summary>
public static class MerkleProof
{
    /// <summary>The longest proof there can be: a tree has fewer than 2⁶³ leaves.</summary>
    public const int MostHashes = 63;

    /// <summary>The hashes that lead from a leaf to the root, the lowest first.</summary>
    public static IReadOnlyList<byte[]> Inclusion(ReadOnlySpan<byte[]> leafHashes, int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)leafHashes.Length, nameof(index));
        if (leafHashes.Length == 1) return [];
        var left = MerkleTree.Split(leafHashes.Length);
        return index < left
            ? [.. Inclusion(leafHashes[..left], index), MerkleTree.Root(leafHashes[left..])]
            : [.. Inclusion(leafHashes[left..], index - left), MerkleTree.Root(leafHashes[..left])];
    }

    /// <summary>The hashes that show that a tree of these leaves begins with its first <paramref name="oldSize"/> ones.</summary>
    public static IReadOnlyList<byte[]> Consistency(ReadOnlySpan<byte[]> leafHashes, int oldSize)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)oldSize, (uint)leafHashes.Length, nameof(oldSize));
        return oldSize == 0 || oldSize == leafHashes.Length ? [] : Subproof(leafHashes, oldSize, isWhole: true);
    }

    /// <summary>Whether a proof shows that a leaf stands at an index of the tree with this size and root.</summary>
    public static bool VerifyInclusion(
        long index, long size, ReadOnlySpan<byte> leafHash, IReadOnlyList<byte[]> proof, ReadOnlySpan<byte> root)
    {
        if (index < 0 || index >= size || !IsHash(leafHash) || !IsHash(root) || !AreHashes(proof)) return false;
        var (node, last) = (index, size - 1);
        var hash = leafHash.ToArray();
        foreach (var sibling in proof)
        {
            if (last == 0) return false;
            if (IsRight(node, last))
            {
                MerkleTree.NodeHash(sibling, hash, hash);
                while ((node & 1) == 0 && node != 0) (node, last) = (node >> 1, last >> 1);
            }
            else
            {
                MerkleTree.NodeHash(hash, sibling, hash);
            }

            (node, last) = (node >> 1, last >> 1);
        }

        return last == 0 && root.SequenceEqual(hash);
    }

    /// <summary>Whether a proof shows that the tree with the old size and root is the beginning of the tree with the new ones.</summary>
    public static bool VerifyConsistency(
        long oldSize, long newSize, ReadOnlySpan<byte> oldRoot, ReadOnlySpan<byte> newRoot, IReadOnlyList<byte[]> proof)
    {
        if (oldSize <= 0 || newSize < oldSize || !IsHash(oldRoot) || !IsHash(newRoot) || !AreHashes(proof)) return false;
        if (oldSize == newSize) return proof.Count == 0 && oldRoot.SequenceEqual(newRoot);
        if (proof.Count == 0) return false;
        var isPerfect = long.IsPow2(oldSize);
        var (node, last) = (oldSize - 1, newSize - 1);
        while ((node & 1) == 1) (node, last) = (node >> 1, last >> 1);
        var older = isPerfect ? oldRoot.ToArray() : [.. proof[0]];
        byte[] newer = [.. older];
        foreach (var sibling in isPerfect ? proof : proof.Skip(1))
        {
            if (last == 0) return false;
            if (IsRight(node, last))
            {
                MerkleTree.NodeHash(sibling, older, older);
                MerkleTree.NodeHash(sibling, newer, newer);
                while ((node & 1) == 0 && node != 0) (node, last) = (node >> 1, last >> 1);
            }
            else
            {
                MerkleTree.NodeHash(newer, sibling, newer);
            }

            (node, last) = (node >> 1, last >> 1);
        }

        return last == 0 && oldRoot.SequenceEqual(older) && newRoot.SequenceEqual(newer);
    }

    private static IReadOnlyList<byte[]> Subproof(ReadOnlySpan<byte[]> leafHashes, int oldSize, bool isWhole)
    {
        if (oldSize == leafHashes.Length) return isWhole ? [] : [MerkleTree.Root(leafHashes)];
        var left = MerkleTree.Split(leafHashes.Length);
        return oldSize <= left
            ? [.. Subproof(leafHashes[..left], oldSize, isWhole), MerkleTree.Root(leafHashes[left..])]
            : [.. Subproof(leafHashes[left..], oldSize - left, isWhole: false), MerkleTree.Root(leafHashes[..left])];
    }

    /// <summary>The largest power of two that is smaller than a size of at least two.</summary>
    internal static long Split(long size) => 1L << (63 - (int)long.LeadingZeroCount(size - 1));

    private static bool IsRight(long node, long last) => (node & 1) == 1 || node == last;

    private static bool IsHash(ReadOnlySpan<byte> hash) => hash.Length == MerkleTree.HashLength;

    private static bool AreHashes(IReadOnlyList<byte[]> proof) => proof.Count <= MostHashes && proof.All(hash => IsHash(hash));
}
