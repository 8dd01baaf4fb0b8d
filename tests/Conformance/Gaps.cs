using System.Globalization;

namespace GitOpsGate.Conformance;

/// <summary>
/// What is known not to agree, with the reason. The file is a list of <c>- cases:</c> (an id, or the beginning of ids and a
/// star),
/// <c>at_most:</c> (how many of them may fail; 1 unless written) and <c>reason:</c>.
/// </summary>
internal sealed class Gaps
{
    private readonly List<Gap> _all;

    private Gaps(List<Gap> all) => _all = all;

    public static Gaps Read(string path)
    {
        var all = new List<Gap>();
        foreach (var raw in File.ReadLines(path))
        {
            var line = raw.Trim();
            if (line.Length == 0 || line[0] == '#') continue;
            var colon = line.IndexOf(": ", StringComparison.Ordinal);
            var value = line[(colon + 2)..].Trim('"');
            switch (line[..colon])
            {
                case "- cases":
                    all.Add(new Gap(value));
                    break;
                case "at_most":
                    all[^1].AtMost = int.Parse(value, CultureInfo.InvariantCulture);
                    break;
                case "reason":
                    all[^1].Reason = value;
                    break;
                default:
                    throw new FormatException($"`{line}` is no line of a gap");
            }
        }

        return new Gaps(all);
    }

    /// <summary>What failed although no gap allows it, and gaps that allow more than fails.</summary>
    /// <param name="suite">The beginning of the ids that were run.</param>
    /// <param name="failures">The ids that failed, with why.</param>
    public List<string> Unexpected(string suite, IReadOnlyDictionary<string, string> failures)
    {
        var left = new Dictionary<string, string>(failures, StringComparer.Ordinal);
        var problems = new List<string>();
        foreach (var gap in _all.Where(g => g.Cases.StartsWith(suite, StringComparison.Ordinal)))
        {
            var covered = left.Keys.Where(gap.Covers).ToList();
            foreach (var id in covered) left.Remove(id);
            if (gap.Reason.Length == 0) problems.Add($"the gap `{gap.Cases}` gives no reason");
            if (covered.Count > gap.AtMost) problems.Add($"`{gap.Cases}`: {covered.Count} fail, {gap.AtMost} may");
            if (covered.Count < gap.AtMost)
            {
                problems.Add($"`{gap.Cases}`: only {covered.Count} fail, lower at_most or close the gap");
            }
        }

        problems.AddRange(left.Select(f => $"{f.Key}: {f.Value}"));
        return problems;
    }

    private sealed class Gap(string cases)
    {
        public string Cases { get; } = cases;

        public int AtMost { get; set; } = 1;

        public string Reason { get; set; } = "";

        public bool Covers(string id) =>
            Cases[^1] == '*' ? id.StartsWith(Cases[..^1], StringComparison.Ordinal) : id == Cases;
    }
}
