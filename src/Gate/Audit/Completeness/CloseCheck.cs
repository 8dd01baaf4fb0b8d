using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;

namespace GitOpsGate.Audit.Completeness;

/// <summary>
/// Holds a run of entries against the closes of days among them. A signature says that the log's keeper wrote a close; this says whether it is true. A
/// number before the entry that a close names is at most the last one that it says, a number behind it is greater, the last one that stands there is the
/// one that it says, and each close names the one before. Where the run does not reach back to, nothing can be held against. Feed it the entries in order.
/// </summary>
/// <param name="first">The place of the first entry.</param>
internal sealed class CloseCheck(long first)
{
    private readonly List<string> _failures = [];
    private readonly Dictionary<string, long> _numbers = new(StringComparer.Ordinal);

    // What stands behind the last close is all that the next one may leave out.
    private readonly List<(long Index, string Population, long Number)> _recent = [];
    private readonly List<(long Index, byte[] Hash)> _reconciled = [];
    private Close? _last;
    private long _closes;
    private long _before;
    private long _behind;

    public IReadOnlyList<string> Failures => _failures;

    /// <summary>What was held against what, in words.</summary>
    public string Note => _closes == 0
        ? "no day is closed among these entries: there is nothing to hold their numbers against"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{_closes} closed; {(first == 0 ? 0 : _before)} numbers before the first close and {_behind} behind the last one lie between no two closes");

    /// <summary>Takes the next entry.</summary>
    /// <param name="place">File and line, for failures.</param>
    /// <param name="fields">What it says of itself.</param>
    public void Take(string place, long index, LeafFields fields, ReadOnlyMemory<byte> leaf)
    {
        if (fields.Type == AuditTypes.PopulationClosed) TakeClose(place, index, fields, leaf);
        if (fields.Type == AuditTypes.ReconciliationCompleted) _reconciled.Add((index, MerkleTree.LeafHash(leaf.Span)));
        foreach (var (population, number) in fields.Numbers)
        {
            if (_last?.Last.TryGetValue(population, out var closed) == true && number <= closed)
                Fail(place, $"`{population}` counts {number} behind entry {_last.Index}, which closed {_last.Day} at {closed}");
            _numbers[population] = number;
            _recent.Add((index, population, number));
            if (_closes == 0) _before++;
            else _behind++;
        }
    }

    private void TakeClose(string place, long index, LeafFields fields, ReadOnlyMemory<byte> leaf)
    {
        Close close;
        try
        {
            close = Close.Read(index, leaf);
        }
        catch (FormatException trouble)
        {
            Fail(place, trouble.Message);
            return;
        }

        Chain(place, close, fields);
        foreach (var population in _numbers.Keys.Union(close.Last.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)) Compare(place, close, population);
        CompareReconciled(place, close);
        _recent.RemoveAll(one => one.Index < close.Through);
        _reconciled.RemoveAll(one => one.Index < close.Through);
        (_last, _behind) = (close, _recent.Count);
        _closes++;
    }

    private void Chain(string place, Close close, LeafFields fields)
    {
        if (_last is { } last) Continues(place, close, last);
        else if (close.Previous >= first) Fail(place, $"names entry {close.Previous} as the close before, which closes no day");
        else if (close.Previous is null && close.From != 0) Fail(place, $"begins at {close.From}, though it says that no close came before");
        if (close.Through > close.Index || close.Through <= (_last?.Index ?? -1) || close.Through < close.From)
            Fail(place, $"ends at {close.Through}; between the close before and itself would be right");
        var today = fields.At.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        if (string.CompareOrdinal(close.Day, today) >= 0) Fail(place, $"closes {close.Day}, which was not over on {today}");
    }

    private void Continues(string place, Close close, Close last)
    {
        var named = close.Previous is { } previous ? $"entry {previous}" : "none";
        if (close.Previous != last.Index) Fail(place, $"names {named} as the close before, and that is entry {last.Index}");
        if (close.From != last.Through) Fail(place, $"begins at {close.From}, and the close before ends at {last.Through}");
        if (string.CompareOrdinal(close.Day, last.Day) <= 0) Fail(place, $"closes {close.Day}, and {last.Day} was closed before");
    }

    // What stands behind the end of the close is one more than what it says; with nothing behind it, it says what stands before it.
    private void Compare(string place, Close close, string population)
    {
        var said = close.Last.GetValueOrDefault(population);
        var behind = _recent.FirstOrDefault(one => one.Population == population && one.Index >= close.Through);
        if (behind.Population is not null)
        {
            // Numbers before the run may have come between the end of the close and its beginning.
            var isRight = close.Through >= first ? behind.Number == said + 1 : behind.Number > said;
            if (!isRight) Fail(place, $"says that `{population}` stood at {said} before entry {close.Through}, and entry {behind.Index} counts {behind.Number}");
        }
        else if (_numbers.TryGetValue(population, out var stood))
        {
            if (stood != said) Fail(place, $"says that `{population}` stood at {said} before entry {close.Through}, and the entries count {stood}");
        }
        else if (first == 0 && said != 0)
        {
            Fail(place, $"says that `{population}` stood at {said} before entry {close.Through}, and no entry counts it");
        }
    }

    private void CompareReconciled(string place, Close close)
    {
        if (close.From < first) return;
        var between = _reconciled.Where(one => one.Index >= close.From && one.Index < close.Through).ToList();
        var digest = $"sha256:{Convert.ToHexStringLower(SHA256.HashData([.. between.SelectMany(one => one.Hash)]))}";
        if (between.Count == close.Reconciliations && digest == close.Reconciled) return;
        var said = $"{close.Reconciliations} comparisons with the forges between {close.From} and {close.Through}";
        Fail(place, $"says that it holds {said}, and the entries have others ({between.Count})");
    }

    private void Fail(string place, string why) => _failures.Add($"{place}: {why}");
}
