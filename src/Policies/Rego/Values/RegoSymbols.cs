using System.Text;

namespace GitOpsGate.Policies.Rego.Values;

/// <summary>
/// Shares string nodes of names, so that looking up a field is mostly one comparison of references. The table is bounded: a name
/// that is pushed out costs a comparison of texts later, never a wrong answer.
/// </summary>
internal static class RegoSymbols
{
    private const int Size = 8192;
    private const int LongestName = 64;
    private static readonly RegoString?[] Names = new RegoString?[Size];

    /// <summary>The shared node of a name.</summary>
    public static RegoValue Of(string name)
    {
        if (name.Length > LongestName) return RegoValue.Of(name);
        var hash = 2166136261u;
        foreach (var unit in name) hash = (hash ^ unit) * 16777619;
        ref var slot = ref Names[(hash ^ (hash >> 15)) & (Size - 1)];
        var known = slot;
        if (known is not null && known.Text == name) return RegoValue.Of(known);
        known = new RegoString(name);
        _ = known.Hash;
        slot = known;
        return RegoValue.Of(known);
    }

    /// <summary>The shared node of a name in UTF-8; the bytes must be valid and without escapes.</summary>
    public static RegoValue Of(ReadOnlySpan<byte> name)
    {
        if (name.Length > LongestName) return RegoValue.Of(Encoding.UTF8.GetString(name));
        var hash = 2166136261u;
        foreach (var unit in name)
        {
            if (unit >= 0x80) return Of(Encoding.UTF8.GetString(name));
            hash = (hash ^ unit) * 16777619;
        }

        ref var slot = ref Names[(hash ^ (hash >> 15)) & (Size - 1)];
        var known = slot;
        if (known is not null && Ascii.Equals(name, known.Text)) return RegoValue.Of(known);
        known = new RegoString(Encoding.UTF8.GetString(name));
        _ = known.Hash;
        slot = known;
        return RegoValue.Of(known);
    }
}
