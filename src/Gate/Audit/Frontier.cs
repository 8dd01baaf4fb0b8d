using System.Numerics;

namespace GitOpsGate.Audit;

/// <summary>
/// The roots of the perfect subtrees that make up a tree of some size, largest first: all that is needed to append and to know the root.
/// Not safe to share between threads; <see cref="Copy"/> before a change that may have to be taken back.
/// </summary>
public sealed class Frontier
{
    private readonly byte[] _roots = new byte[63 * MerkleTree.HashLength];

    /// <summary>How many leaves the tree has.</summary>
    public long Size { get; private set; }

    public void Append(ReadOnlySpan<byte> leafHash)
    {
        var top = BitOperations.PopCount((ulong)Size);
        leafHash.CopyTo(At(top));
        for (var rest = Size; (rest & 1) == 1; rest >>= 1, top--) MerkleTree.NodeHash(At(top - 1), At(top), At(top - 1));
        Size++;
    }

    /// <summary>Adds the root of a perfect subtree to the right; its size must not be larger than the smallest one that stands.</summary>
    public void AppendSubtree(ReadOnlySpan<byte> root, long leaves)
    {
        if (!long.IsPow2(leaves) || (Size & (leaves - 1)) != 0)
            throw new ArgumentException($"a subtree of {leaves} leaves cannot follow {Size}", nameof(leaves));
        var top = BitOperations.PopCount((ulong)Size);
        root.CopyTo(At(top));
        for (var rest = Size / leaves; (rest & 1) == 1; rest >>= 1, top--) MerkleTree.NodeHash(At(top - 1), At(top), At(top - 1));
        Size += leaves;
    }

    public byte[] Root()
    {
        if (Size == 0) return MerkleTree.EmptyRoot.ToArray();
        var top = BitOperations.PopCount((ulong)Size) - 1;
        var root = At(top).ToArray();
        while (top-- > 0) MerkleTree.NodeHash(At(top), root, root);
        return root;
    }

    public Frontier Copy()
    {
        var copy = new Frontier { Size = Size };
        _roots.CopyTo(copy._roots, 0);
        return copy;
    }

    private Span<byte> At(int index) => _roots.AsSpan(index * MerkleTree.HashLength, MerkleTree.HashLength);
}
