using System.Globalization;
using System.Text;

namespace GitOpsGate.Cli;

/// <summary>What differs between two texts, in the form that <c>patch</c> and <c>git apply</c> read: three lines around each change.</summary>
internal static class UnifiedDiff
{
    private const int Around = 3;

    // The table of the longest common part has a cell for each pair of lines; beyond this the middle is shown as one change.
    private const long MaxCells = 16_000_000;

    /// <summary>The difference; empty when the texts are the same.</summary>
    public static string Of(string path, string before, string after)
    {
        if (before == after) return "";
        var edits = EditsOf(LinesOf(before), LinesOf(after));
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"--- {path}\n+++ {path}\n");
        for (var first = edits.FindIndex(e => e.Sign != ' '); first >= 0;)
        {
            var last = first;
            for (var i = first; i < edits.Count && i - last <= 2 * Around; i++) last = edits[i].Sign == ' ' ? last : i;
            Append(text, edits, Math.Max(0, first - Around), Math.Min(edits.Count, last + Around + 1));
            first = edits.FindIndex(last + 1, e => e.Sign != ' ');
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, List<(char Sign, string Line)> edits, int from, int to)
    {
        var shown = edits[from..to];
        text.Append(CultureInfo.InvariantCulture, $"@@ -{Range(edits, from, to, '+')} +{Range(edits, from, to, '-')} @@\n");
        foreach (var (sign, line) in shown)
        {
            text.Append(sign).Append(line);
            if (!line.EndsWith('\n')) text.Append("\n\\ No newline at end of file\n");
        }
    }

    // The first line and the count on one side; an empty side names the line before it.
    private static string Range(List<(char Sign, string Line)> edits, int from, int to, char other)
    {
        var skipped = edits.Take(from).Count(e => e.Sign != other);
        var count = edits[from..to].Count(e => e.Sign != other);
        return string.Create(CultureInfo.InvariantCulture, $"{(count == 0 ? skipped : skipped + 1)},{count}");
    }

    private static List<(char Sign, string Line)> EditsOf(string[] before, string[] after)
    {
        var start = 0;
        while (start < before.Length && start < after.Length && before[start] == after[start]) start++;
        var end = 0;
        while (end < before.Length - start && end < after.Length - start && before[^(end + 1)] == after[^(end + 1)]) end++;
        return
        [
            .. before[..start].Select(line => (' ', line)),
            .. MiddleOf(before[start..^end], after[start..^end]),
            .. before[^end..].Select(line => (' ', line)),
        ];
    }

    private static IEnumerable<(char Sign, string Line)> MiddleOf(string[] before, string[] after)
    {
        if ((long)before.Length * after.Length > MaxCells) return before.Select(line => ('-', line)).Concat(after.Select(line => ('+', line)));
        var common = new int[before.Length + 1, after.Length + 1];
        for (var i = before.Length - 1; i >= 0; i--)
        {
            for (var j = after.Length - 1; j >= 0; j--)
                common[i, j] = before[i] == after[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        }

        var edits = new List<(char, string)>();
        for (int i = 0, j = 0; i < before.Length || j < after.Length;)
        {
            if (i < before.Length && j < after.Length && before[i] == after[j])
            {
                edits.Add((' ', before[i]));
                (i, j) = (i + 1, j + 1);
            }
            else if (i < before.Length && (j == after.Length || common[i + 1, j] >= common[i, j + 1])) edits.Add(('-', before[i++]));
            else edits.Add(('+', after[j++]));
        }

        return edits;
    }

    private static string[] LinesOf(string text)
    {
        var lines = text.Split('\n').Select(line => line + "\n").ToArray();
        lines[^1] = lines[^1][..^1];
        return lines[^1].Length == 0 ? lines[..^1] : lines;
    }
}
