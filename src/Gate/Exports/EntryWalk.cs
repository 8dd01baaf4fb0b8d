using System.Collections.Immutable;
using System.Globalization;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Completeness;

namespace GitOpsGate.Exports;

/// <summary>Walks the entries of a bundle once: their numbers, times, counters, and whether the period is whole at its ends.</summary>
internal sealed class EntryWalk(ExportQuery query, long first, long size)
{
    private readonly List<string> _sequence = [];
    private readonly List<string> _times = [];
    private readonly List<string> _counters = [];
    private readonly Dictionary<string, long> _numbers = new(StringComparer.Ordinal);
    private readonly CloseCheck _closes = new(first);
    private long _count;
    private string _last = "";

    public static bool IsEntry(ReadOnlyMemory<byte> leaf) => Read(leaf) is not null;

    /// <summary>Takes the next entry.</summary>
    /// <returns>Whether it is one.</returns>
    public bool Take(ReadOnlyMemory<byte> leaf)
    {
        var (line, index, fields) = (++_count, first + _count - 1, Read(leaf));
        if (fields?.Index != index) _sequence.Add($"{BundleZip.Entries}:{line}: is not entry {index}");
        if (fields is null) return false;
        var at = fields.At.UtcDateTime.ToString(PlacedEntry.TimeFormat, CultureInfo.InvariantCulture);
        if (string.CompareOrdinal(at, _last) < 0) _times.Add($"{BundleZip.Entries}:{line}: is older than the entry before it");
        else _last = at;
        if (line == 1 && first > 0 && string.CompareOrdinal(at, query.Begins) >= 0)
            _times.Add($"{BundleZip.Entries}:1: should be the last entry before the period, or else the first ones may be missing");
        foreach (var (population, number) in fields.Numbers) Count(line, population, number);
        _closes.Take($"{BundleZip.Entries}:{line}", index, fields, leaf);
        return true;
    }

    /// <summary>What was found, once all entries were taken.</summary>
    public IEnumerable<CheckedPart> Parts()
    {
        if (first + _count < size && string.CompareOrdinal(_last, query.Ends) < 0)
            _times.Add($"{BundleZip.Entries}:{_count}: should be the first entry after the period, or else the last ones may be missing");
        return
        [
            Part("sequence", _sequence), Part("time order", _times), Part("gapless counters", _counters),
            Part("closed days", _closes.Failures) with { Note = _closes.Note },
        ];
    }

    /// <summary>The failures that are named, and how many more there are.</summary>
    public static ImmutableArray<string> Bounded(IReadOnlyList<string> failures) => failures.Count <= BundleCheck.MostNamed
        ? [.. failures]
        : [.. failures.Take(BundleCheck.MostNamed), $"and {failures.Count - BundleCheck.MostNamed} more"];

    private static CheckedPart Part(string name, IReadOnlyList<string> failures) => new(name, Bounded(failures));

    private static LeafFields? Read(ReadOnlyMemory<byte> leaf)
    {
        try
        {
            return LeafFields.Read(leaf);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    // From the beginning of the log each population counts from one; later, from wherever it stands.
    private void Count(long line, string population, long number)
    {
        var expected = _numbers.GetValueOrDefault(population, first == 0 ? 0 : number - 1) + 1;
        if (number != expected) _counters.Add($"{BundleZip.Entries}:{line}: `{population}` counts {number}, and should count {expected}");
        _numbers[population] = number;
    }
}
