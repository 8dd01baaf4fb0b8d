using System.Text;

namespace GitOpsGate.Policies.Rego.Values;

/// <summary>
/// A string. Rego strings are byte sequences; ours are UTF-16 text, and the rare one that is not valid UTF-8 (from
/// <c>base64.decode</c> and the like) keeps its bytes beside the text that shows it.
/// </summary>
public sealed class RegoString : RegoNode
{
    private readonly byte[]? _raw;

    /// <summary>A string of text.</summary>
    public RegoString(string text)
        : base(RegoKind.String)
    {
        Text = text;
    }

    private RegoString(string text, byte[] raw)
        : this(text)
    {
        _raw = raw;
    }

    /// <summary>The empty string.</summary>
    public static RegoString Empty { get; } = new("");

    /// <summary>The text; where the bytes are not valid UTF-8, U+FFFD stands for what cannot be read.</summary>
    public string Text { get; }

    /// <summary>What a built-in function made of this text, such as a compiled pattern, so that the next call finds it. Only
    /// immutable things belong here; whoever puts another one there wins.</summary>
    internal object? Prepared { get; set; }

    /// <summary>Whether the bytes are not valid UTF-8.</summary>
    public bool IsBinary => _raw is not null;

    /// <summary>A string of bytes, which the string keeps when they are not valid UTF-8.</summary>
    public static RegoString FromBytes(byte[] bytes)
    {
        return System.Text.Unicode.Utf8.IsValid(bytes) ? new RegoString(Encoding.UTF8.GetString(bytes))
            : new RegoString(Shown(bytes), bytes);
    }

    /// <summary>Text that shows bytes which are no UTF-8: each byte that cannot be read is one U+FFFD, as Go counts
    /// them.</summary>
    private static string Shown(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            var isFine = Rune.DecodeFromUtf8(bytes, out var rune, out var used) == System.Buffers.OperationStatus.Done;
            text.Append(isFine ? rune.ToString() : "\uFFFD");
            bytes = bytes[(isFine ? used : 1)..];
        }

        return text.ToString();
    }

    /// <summary>The bytes of the string: UTF-8, or whatever it was made of.</summary>
    public byte[] ToBytes() => _raw ?? Encoding.UTF8.GetBytes(Text);

    /// <summary>The number of code points.</summary>
    public int CountCodePoints()
    {
        var pairs = 0;
        foreach (var unit in Text)
        {
            if (char.IsLowSurrogate(unit)) pairs++;
        }

        return Text.Length - pairs;
    }

    /// <summary>Orders two strings by their UTF-8 bytes.</summary>
    internal static int Compare(RegoString left, RegoString right)
    {
        ValueGuard.Work(left.Text.Length >> 12);
        return left._raw is null && right._raw is null
            ? CompareUtf8(left.Text, right.Text)
            : left.ToBytes().AsSpan().SequenceCompareTo(right.ToBytes());
    }

    internal static bool AreEqual(RegoString left, RegoString right)
    {
        if (left.HashIsKnown && right.HashIsKnown && left.Hash != right.Hash) return false;
        ValueGuard.Work(left.Text.Length >> 12);
        if (left._raw is null && right._raw is null) return string.Equals(left.Text, right.Text, StringComparison.Ordinal);
        return left.ToBytes().AsSpan().SequenceEqual(right.ToBytes());
    }

    /// <summary>Orders UTF-16 text as its UTF-8 bytes would: like ordinal, but surrogates come after the rest of the basic
    /// plane.</summary>
    internal static int CompareUtf8(string left, string right)
    {
        var common = left.AsSpan().CommonPrefixLength(right);
        if (common == left.Length || common == right.Length) return left.Length.CompareTo(right.Length);
        int a = left[common], b = right[common];
        if (a >= 0xD800 && b >= 0xD800)
        {
            a = a >= 0xE000 ? a - 0x800 : a + 0x2000;
            b = b >= 0xE000 ? b - 0x800 : b + 0x2000;
        }

        return a.CompareTo(b);
    }

    // The runtime seeds string hashes per process, so a stranger cannot prepare colliding keys.
    private protected override int ComputeHash() => Text.GetHashCode(StringComparison.Ordinal);
}
