using System.Numerics;
using System.Runtime.CompilerServices;

namespace GitOpsGate.Policies.Rego.Values;

/// <summary>
/// One Rego value in 16 bytes: a reference to an immutable node and 64 bits that hold booleans and integers in place. The default
/// is undefined. Values compare as the language says: numbers by value, everything else by structure.
/// </summary>
public readonly struct RegoValue : IEquatable<RegoValue>, IComparable<RegoValue>
{
    private readonly RegoNode? _node;
    private readonly long _bits;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private RegoValue(RegoNode? node, long bits)
    {
        _node = node;
        _bits = bits;
    }

    /// <summary>No value.</summary>
    public static RegoValue Undefined => default;

    /// <summary>JSON null.</summary>
    public static RegoValue Null => new(RegoMarker.Null, 0);

    /// <summary>true.</summary>
    public static RegoValue True => new(RegoMarker.Boolean, 1);

    /// <summary>false.</summary>
    public static RegoValue False => new(RegoMarker.Boolean, 0);

    /// <summary>The kind of this value.</summary>
    public RegoKind Kind => _node is null ? RegoKind.Undefined : _node.Kind;

    /// <summary>Whether there is a value.</summary>
    public bool IsDefined => _node is not null;

    /// <summary>Whether this is exactly true.</summary>
    public bool IsTrue => ReferenceEquals(_node, RegoMarker.Boolean) && _bits != 0;

    /// <summary>Whether this is exactly false.</summary>
    public bool IsFalse => ReferenceEquals(_node, RegoMarker.Boolean) && _bits == 0;

    /// <summary>Whether an expression with this value holds: it is defined and not false.</summary>
    public bool Holds => _node is not null && !(ReferenceEquals(_node, RegoMarker.Boolean) && _bits == 0);

    /// <summary>The string, or null when this is something else.</summary>
    public RegoString? AsString => _node as RegoString;

    /// <summary>The text of a string.</summary>
    /// <exception cref="InvalidCastException">The value is not a string.</exception>
    public string Text => ((RegoString)_node!).Text;

    /// <summary>The array, or null when this is something else.</summary>
    public RegoArray? AsArray => _node as RegoArray;

    /// <summary>The object, or null when this is something else.</summary>
    public RegoObject? AsObject => _node as RegoObject;

    /// <summary>The set, or null when this is something else.</summary>
    public RegoSet? AsSet => _node as RegoSet;

    /// <summary>Whether this is an array, an object or a set.</summary>
    public bool IsCollection => Kind >= RegoKind.Array;

    internal RegoNode? Node => _node;

    internal long Bits => _bits;

    /// <summary>A boolean.</summary>
    public static RegoValue Of(bool value) => new(RegoMarker.Boolean, value ? 1 : 0);

    /// <summary>An integer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RegoValue Of(long value) => new(RegoMarker.Integer, value);

    /// <summary>An integer of any size.</summary>
    public static RegoValue Of(BigInteger value) => RegoNumber.FromBig(value);

    /// <summary>A string.</summary>
    public static RegoValue Of(string text) => new(new RegoString(text), 0);

    /// <summary>The value of a node; undefined for null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RegoValue Of(RegoNode? node) => new(node, 0);

    /// <summary>An array of the given items, which the array keeps: do not change them afterwards.</summary>
    public static RegoValue ArrayOf(params RegoValue[] items) => new(new RegoArray(items), 0);

    /// <summary>Whether this is an integer that fits 64 bits and was written plainly.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryInteger(out long value)
    {
        value = _bits;
        return ReferenceEquals(_node, RegoMarker.Integer);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Equals(RegoValue other) =>
        ReferenceEquals(_node, other._node) ? _bits == other._bits : RegoOrder.AreEqual(this, other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is RegoValue other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _node switch
    {
        null => 0,
        RegoMarker marker => marker.Hash ^ Mix(_bits),
        _ => _node.Hash,
    };

    /// <inheritdoc/>
    public int CompareTo(RegoValue other) => RegoOrder.Compare(this, other);

    /// <summary>The value in Rego's own syntax, as <c>print</c> and <c>sprintf</c> show it inside collections.</summary>
    public override string ToString() => RegoTermText.Of(this);

    public static bool operator ==(RegoValue left, RegoValue right) => left.Equals(right);

    public static bool operator !=(RegoValue left, RegoValue right) => !left.Equals(right);

    public static bool operator <(RegoValue left, RegoValue right) => left.CompareTo(right) < 0;

    public static bool operator <=(RegoValue left, RegoValue right) => left.CompareTo(right) <= 0;

    public static bool operator >(RegoValue left, RegoValue right) => left.CompareTo(right) > 0;

    public static bool operator >=(RegoValue left, RegoValue right) => left.CompareTo(right) >= 0;

    /// <summary>The hash of an integer, shared with numbers of the same value that are written differently.</summary>
    internal static int HashOfInteger(long value) => RegoMarker.Integer.Hash ^ Mix(value);

    // Seeded per process, so that a stranger cannot prepare colliding numbers.
    private static int Mix(long bits) => HashCode.Combine(bits);
}
