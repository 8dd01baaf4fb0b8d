namespace GitOpsGate.Policies.Rego.Values;

/// <summary>
/// What a <see cref="RegoValue"/> points at. Nodes are immutable once published; the caches that they fill later (hash, index,
/// order) are written whole and are the same whoever computes them, so nodes may be shared between threads.
/// </summary>
public abstract class RegoNode
{
    private int _hash;

    private protected RegoNode(RegoKind kind) => Kind = kind;

    /// <summary>The kind of value that this node stands for.</summary>
    public RegoKind Kind { get; }

    /// <summary>A hash that equal values share, computed once; never zero once computed.</summary>
    internal int Hash => _hash != 0 ? _hash : _hash = ComputeHash() is var made && made != 0 ? made : 1;

    /// <summary>Whether the hash is there already, so that comparing it costs nothing.</summary>
    internal bool HashIsKnown => _hash != 0;

    private protected abstract int ComputeHash();
}

/// <summary>The shared nodes of values that need no node of their own: null, booleans and small integers.</summary>
internal sealed class RegoMarker : RegoNode
{
    public static readonly RegoMarker Null = new(RegoKind.Null);
    public static readonly RegoMarker Boolean = new(RegoKind.Boolean);
    public static readonly RegoMarker Integer = new(RegoKind.Number);

    private RegoMarker(RegoKind kind)
        : base(kind)
    {
    }

    private protected override int ComputeHash() => (int)Kind * 0x2545F491;
}
