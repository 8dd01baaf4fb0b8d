namespace GitOpsGate.Audit.Tiles;

/// <summary>Proofs about a tree of any size, from the hashes of its subtrees (RFC 6962 §2.1.1, §2.1.2; multiproofs are our own).</summary>
public static class TreeProofs
{
    /// <summary>The hashes that lead from a leaf to the root of the tree of a size, the lowest first.</summary>
    public static async Task<IReadOnlyList<byte[]>> InclusionAsync(SubtreeHashes hashes, long index, long size, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((ulong)index, (ulong)size, nameof(index));
        var proof = new List<byte[]>();
        for (var (from, to) = (0L, size); to - from > 1;)
        {
            var middle = from + MerkleProof.Split(to - from);
            var isLeft = index < middle;
            proof.Add(isLeft ? await hashes.OfAsync(middle, to, cancellation) : await hashes.OfAsync(from, middle, cancellation));
            (from, to) = isLeft ? (from, middle) : (middle, to);
        }

        proof.Reverse();
        return proof;
    }

    /// <summary>The hashes that show that the tree of one size is the beginning of the tree of another.</summary>
    public static async Task<IReadOnlyList<byte[]>> ConsistencyAsync(SubtreeHashes hashes, long oldSize, long newSize, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)oldSize, (ulong)newSize, nameof(oldSize));
        var proof = new List<byte[]>();
        if (oldSize == 0 || oldSize == newSize) return proof;
        var (from, to, isWhole) = (0L, newSize, true);
        while (oldSize < to)
        {
            var middle = from + MerkleProof.Split(to - from);
            var isLeft = oldSize <= middle;
            proof.Add(isLeft ? await hashes.OfAsync(middle, to, cancellation) : await hashes.OfAsync(from, middle, cancellation));
            (from, to, isWhole) = isLeft ? (from, middle, isWhole) : (middle, to, false);
        }

        if (!isWhole) proof.Add(await hashes.OfAsync(from, to, cancellation));
        proof.Reverse();
        return proof;
    }

    /// <summary>
    /// Shows that the selected leaves are what the tree holds at their places: depth first over RFC 6962's recursion, the hash of each largest
    /// subtree without a selected leaf. For leaves in a row at most two hashes a level.
    /// </summary>
    /// <param name="selected">In rising order, each once, at least one.</param>
    public static async Task<IReadOnlyList<byte[]>> MultiAsync(SubtreeHashes hashes, Selection selected, long size, CancellationToken cancellation)
    {
        var proof = new List<byte[]>();
        var open = new Stack<(long From, long To)>();
        open.Push((0, size));
        while (open.TryPop(out var range))
        {
            if (!selected.HasAny(range.From, range.To))
            {
                proof.Add(await hashes.OfAsync(range.From, range.To, cancellation));
            }
            else if (range.To - range.From > 1 && !selected.HasAll(range.From, range.To))
            {
                var middle = range.From + MerkleProof.Split(range.To - range.From);
                open.Push((middle, range.To));
                open.Push((range.From, middle));
            }
        }

        return proof;
    }
}

/// <summary>Which leaves are meant.</summary>
public abstract class Selection
{
    public abstract bool HasAny(long from, long to);

    public abstract bool HasAll(long from, long to);

    /// <summary>All of <c>[from, to)</c>.</summary>
    public static Selection Range(long from, long to) => new InARow(from, to);

    /// <summary>These; in rising order, each once.</summary>
    public static Selection Of(IReadOnlyList<long> indices) => new Sparse([.. indices]);

    private sealed class InARow(long first, long end) : Selection
    {
        public override bool HasAny(long from, long to) => from < end && first < to;

        public override bool HasAll(long from, long to) => first <= from && to <= end;
    }

    private sealed class Sparse(long[] indices) : Selection
    {
        public override bool HasAny(long from, long to) => At(from) is var at && at < indices.Length && indices[at] < to;

        public override bool HasAll(long from, long to) => At(to) - At(from) == to - from;

        private int At(long index) => Array.BinarySearch(indices, index) is var at && at >= 0 ? at : ~at;
    }
}
