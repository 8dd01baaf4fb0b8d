using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using GitOpsGate.Changes;

namespace GitOpsGate.Forges.Git;

/// <summary>A changed file and the id of its content in the head.</summary>
internal sealed record DiffEntry(ChangedFile File, string Blob);

/// <summary>Reads what <c>git diff-tree -r -M --raw --numstat -p -U0 -z</c> prints.</summary>
internal ref struct TreeDiff
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly GitMirrorOptions _options;
    private int _at;

    private TreeDiff(ReadOnlySpan<byte> bytes, GitMirrorOptions options)
    {
        _bytes = bytes;
        _options = options;
    }

    /// <summary>The changed files in git's order, or null when the output was cut before it had named all.</summary>
    public static List<DiffEntry>? Read(GitOutput output, GitMirrorOptions options)
    {
        var diff = new TreeDiff(output.Bytes.Span, options);
        var entries = diff.Raw();
        diff.Counts(entries);
        if (output.IsCut && diff._at >= output.Bytes.Length) return null;
        diff.Patch(entries);
        return entries;
    }

    private List<DiffEntry> Raw()
    {
        var entries = new List<DiffEntry>();
        while (_at < _bytes.Length && _bytes[_at] == ':')
        {
            var parts = Token()[1..].Split(' ');
            var status = parts[4][0];
            var path = Token();
            var previous = status is 'R' or 'C' ? path : null;
            if (previous is not null) path = Token();
            var file = new ChangedFile
            {
                Path = path,
                PreviousPath = previous,
                Mode = status == 'D' ? "" : parts[1],
                Status = status switch
                {
                    'A' => FileStatus.Added,
                    'D' => FileStatus.Removed,
                    'R' => FileStatus.Renamed,
                    'C' => FileStatus.Copied,
                    'T' => FileStatus.TypeChanged,
                    _ => FileStatus.Modified,
                },
            };
            entries.Add(new DiffEntry(file, parts[3]));
        }

        return entries;
    }

    private void Counts(List<DiffEntry> entries)
    {
        for (var i = 0; i < entries.Count && _at < _bytes.Length; i++)
        {
            var parts = Token().Split('\t', 3);
            if (parts is [_, _, ""])
            {
                Token();
                Token();
            }

            var file = entries[i].File with { IsBinary = parts[0] == "-", Additions = Count(parts[0]), Deletions = Count(parts[1]) };
            entries[i] = entries[i] with { File = file };
        }

        if (_at < _bytes.Length && _bytes[_at] == 0) _at++;
    }

    private void Patch(List<DiffEntry> entries)
    {
        var (index, headers, kept) = (-1, 0, 0);
        var lines = ImmutableArray.CreateBuilder<AddedLine>();
        while (_at < _bytes.Length && kept < _options.MaxAddedLines)
        {
            var line = Line();
            if (line.StartsWith("diff --git "u8))
            {
                // A file that changed its type is shown as two patches: the old one removed, the new one added.
                if (index >= 0 && entries[index].File.Status == FileStatus.TypeChanged && headers == 1)
                {
                    headers = 2;
                    continue;
                }

                Finish(entries, index, lines);
                (index, headers) = (index + 1, 1);
                if (index >= entries.Count) break;
            }
            else if (index >= 0 && line.StartsWith("@@ "u8))
            {
                kept += Hunk(line, lines, _options.MaxAddedLines - kept);
            }
        }

        Finish(entries, index, lines);
    }

    private static void Finish(List<DiffEntry> entries, int index, ImmutableArray<AddedLine>.Builder lines)
    {
        if (index < 0 || index >= entries.Count || lines.Count == 0) return;
        entries[index] = entries[index] with { File = entries[index].File with { Added = lines.ToImmutable() } };
        lines.Clear();
    }

    // The counts of the hunk say which lines are content, so content that looks like a header misleads nobody.
    private int Hunk(ReadOnlySpan<byte> header, ImmutableArray<AddedLine>.Builder lines, int room)
    {
        var parts = Encoding.ASCII.GetString(header).Split(' ');
        var (removed, _) = Range(parts[1]);
        var (added, number) = Range(parts[2]);
        var kept = 0;
        while ((removed > 0 || added > 0) && _at < _bytes.Length)
        {
            var line = Line();
            if (line.Length == 0) continue;
            if (line[0] == (byte)'-') removed--;
            if (line[0] != (byte)'+') continue;
            added--;
            if (kept < room)
            {
                lines.Add(new AddedLine(number, Text(line[1..])));
                kept++;
            }

            number++;
        }

        return kept;
    }

    private string Text(ReadOnlySpan<byte> line)
    {
        if (line.Length > 0 && line[^1] == (byte)'\r') line = line[..^1];
        var text = Encoding.UTF8.GetString(line[..Math.Min(line.Length, _options.MaxLineLength * 4)]);
        return text.Length <= _options.MaxLineLength ? text : text[.._options.MaxLineLength];
    }

    private static (int Count, int Start) Range(string part)
    {
        var numbers = part[1..].Split(',');
        return (numbers.Length > 1 ? Count(numbers[1]) : 1, Count(numbers[0]));
    }

    private static int Count(string digits) => int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private string Token()
    {
        var end = _bytes[_at..].IndexOf((byte)0);
        var token = end < 0 ? _bytes[_at..] : _bytes.Slice(_at, end);
        _at = end < 0 ? _bytes.Length : _at + end + 1;
        return Encoding.UTF8.GetString(token);
    }

    private ReadOnlySpan<byte> Line()
    {
        var end = _bytes[_at..].IndexOf((byte)'\n');
        var line = end < 0 ? _bytes[_at..] : _bytes.Slice(_at, end);
        _at = end < 0 ? _bytes.Length : _at + end + 1;
        return line;
    }
}
