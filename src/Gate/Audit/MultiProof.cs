namespace GitOpsGate.Audit;

/// <summary>Verifies that selected leaves stand in a tree, all at once: a run of them, or a sample.</summary>
public static class MultiProof
{
    /// <summary>
    /// Whether a proof shows that exactly these leaves stand at these places of the tree with this size and root. The proof must be used up
    /// exactly. A leaf that was left out of a run that was asked for makes it fail.
    /// </summary>
    /// <param name="leaves">Index and leaf hash, in rising order of the index, each once.</param>
    public static bool Verify(IReadOnlyList<(long Index, byte[] Hash)> leaves, long size, IReadOnlyList<byte[]> proof, ReadOnlySpan<byte> root)
    {
        if (leaves.Count == 0 || leaves[0].Index < 0 || leaves[^1].Index >= size || root.Length != MerkleTree.HashLength) return false;
        if (leaves.Zip(leaves.Skip(1)).Any(pair => pair.First.Index >= pair.Second.Index)) return false;
        if (leaves.Any(leaf => leaf.Hash.Length != MerkleTree.HashLength) || proof.Any(hash => hash.Length != MerkleTree.HashLength)) return false;
        var walk = new Walk(leaves, proof);
        return walk.Hash(0, size) is { } hash && walk.IsUsedUp && root.SequenceEqual(hash);
    }

    private sealed class Walk(IReadOnlyList<(long Index, byte[] Hash)> leaves, IReadOnlyList<byte[]> proof)
    {
        private int _leaf;
        private int _hash;

        public bool IsUsedUp => _leaf == leaves.Count && _hash == proof.Count;

        // Leaves come in order, so the next one decides whether this subtree holds any. As deep as the tree: 63 at most.
        public byte[]? Hash(long from, long to)
        {
            if (_leaf == leaves.Count || leaves[_leaf].Index >= to) return _hash < proof.Count ? proof[_hash++] : null;
            if (to - from == 1) return leaves[_leaf++].Hash;
            var middle = from + MerkleProof.Split(to - from);
            return Hash(from, middle) is { } left && Hash(middle, to) is { } right ? MerkleTree.NodeHash(left, right) : null;
        }
    }
}
