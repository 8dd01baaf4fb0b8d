namespace GitOpsGate.Policies.Rego.Builtins.Re2;

/// <summary>A set of code points, kept as ranges in order that do not touch. Immutable.</summary>
internal sealed class CodePoints
{
    public const int Last = 0x10FFFF;

    private readonly (int From, int To)[] _ranges;
    private readonly ulong _low;
    private readonly ulong _high;

    public CodePoints(IEnumerable<(int From, int To)> ranges)
    {
        _ranges = Merge(ranges);
        for (var unit = 0; unit < 128; unit++)
        {
            if (!Search(unit)) continue;
            if (unit < 64) _low |= 1UL << unit;
            else _high |= 1UL << (unit - 64);
        }
    }

    public static CodePoints None { get; } = new([]);

    public static CodePoints All { get; } = new([(0, Last)]);

    public static CodePoints AllButNewline { get; } = new([(0, '\n' - 1), ('\n' + 1, Last)]);

    public IReadOnlyList<(int From, int To)> Ranges => _ranges;

    public static CodePoints Of(params ReadOnlySpan<(int From, int To)> ranges) => new(ranges.ToArray());

    public bool Contains(int unit) => unit switch
    {
        < 64 => (_low >> unit & 1) != 0,
        < 128 => (_high >> (unit - 64) & 1) != 0,
        _ => Search(unit),
    };

    public CodePoints Or(CodePoints other) => new(_ranges.Concat(other._ranges));

    public CodePoints Not()
    {
        var rest = new List<(int, int)>();
        var next = 0;
        foreach (var (from, to) in _ranges)
        {
            if (from > next) rest.Add((next, from - 1));
            next = to + 1;
        }

        if (next <= Last) rest.Add((next, Last));
        return new CodePoints(rest);
    }

    private static (int From, int To)[] Merge(IEnumerable<(int From, int To)> ranges)
    {
        var merged = new List<(int From, int To)>();
        foreach (var (from, to) in ranges.OrderBy(range => range.From))
        {
            if (merged.Count > 0 && from <= merged[^1].To + 1) merged[^1] = (merged[^1].From, Math.Max(merged[^1].To, to));
            else merged.Add((from, to));
        }

        return [.. merged];
    }

    private bool Search(int unit)
    {
        var (low, high) = (0, _ranges.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (unit < _ranges[middle].From) high = middle - 1;
            else if (unit > _ranges[middle].To) low = middle + 1;
            else return true;
        }

        return false;
    }
}
