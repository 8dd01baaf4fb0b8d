using GitOpsGate.Audit;

namespace GitOpsGate.Exports;

/// <summary>
/// The root that a run of leaves and a multiproof give, with one hash held for each level of the tree however long the run is
/// (<see cref="MultiProof"/> checks any selection, and holds it).
/// </summary>
internal sealed class RangeProof(long first, long size, IReadOnlyList<byte[]> proof)
{
    // Two hashes that are to become one: no range begins behind its end.
    private static readonly (long From, long To) Join = (1, 0);

    private readonly Stack<(long From, long To)> _open = new([(0, size)]);
    private readonly Stack<byte[]> _done = new();
    private int _used;
    private readonly long _first = first;
    private long _next = first;

    /// <summary>Takes the hash of the next leaf of the run.</summary>
    /// <returns>False when the tree has no place for it.</returns>
    public bool Take(byte[] leafHash)
    {
        if (!Descend(end: null)) return false;
        _open.Pop();
        _done.Push(leafHash);
        _next++;
        return true;
    }

    /// <summary>The root, when no more leaves come; null when hashes are missing or left over.</summary>
    public byte[]? Root() => !Descend(end: _next) && _open.Count == 0 && _used == proof.Count ? _done.Pop() : null;

    // Walks RFC 6962's recursion depth first until it needs the next leaf of the run; false when it ends before, or cannot go on.
    private bool Descend(long? end)
    {
        while (_open.TryPeek(out var range))
        {
            if (range == Join)
            {
                _open.Pop();
                var right = _done.Pop();
                _done.Push(MerkleTree.NodeHash(_done.Pop(), right));
            }
            else if (range.To <= _first || end <= range.From)
            {
                if (_used == proof.Count) return false;
                _open.Pop();
                _done.Push(proof[_used++]);
            }
            else if (range.To - range.From == 1)
            {
                return true;
            }
            else
            {
                var middle = range.From + MerkleProof.Split(range.To - range.From);
                _open.Pop();
                _open.Push(Join);
                _open.Push((middle, range.To));
                _open.Push((range.From, middle));
            }
        }

        return false;
    }
}
