using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using GitOpsGate.Changes;

namespace GitOpsGate.Forges.Git;

/// <summary>Reads commits: as <c>git rev-list --header</c> prints them, each ended by a NUL, and as they are stored.</summary>
internal static class CommitList
{
    public static ImmutableArray<Commit> Read(string text) =>
        [.. text.Split('\0').Where(part => part.Length > 1).Select(part => Printed(part.Split('\n')))];

    /// <summary>A commit as it is stored, and its tree.</summary>
    /// <returns>Not plain when git would not print it as it is stored: then only parents, tree and time can be relied on.</returns>
    public static (Commit Commit, string Tree, bool IsPlain) Raw(CommitId id, ReadOnlySpan<byte> bytes)
    {
        var lines = Encoding.UTF8.GetString(bytes).Split('\n');
        // Git leaves out blank lines before the message and blanks at the end of lines.
        var (commit, headers, message) = One(id, lines);
        var text = message.Select(line => line.TrimEnd(' ', '\t', '\r')).SkipWhile(line => line.Length == 0);
        var tree = headers.Find(header => header.Name == "tree").Value ?? "";
        var isPlain = !bytes.Contains((byte)0) && !headers.Exists(header => header.Name == "encoding");
        return (commit with { Message = string.Join('\n', text).TrimEnd('\n') }, tree, isPlain);
    }

    private static Commit Printed(string[] lines)
    {
        var (commit, _, message) = One(CommitId.Parse(lines[0]), lines[1..]);
        var text = message.Select(line => line.StartsWith("    ", StringComparison.Ordinal) ? line[4..] : line);
        return commit with { Message = string.Join('\n', text).TrimEnd('\n') };
    }

    private static (Commit Commit, List<(string Name, string Value)> Headers, IEnumerable<string> Message) One(CommitId id, string[] lines)
    {
        var at = 0;
        var headers = new List<(string Name, string Value)>();
        for (; at < lines.Length && lines[at].Length > 0; at++)
        {
            // A line that begins with a blank continues the header before it (a signature); only that it is there matters.
            if (lines[at][0] == ' ' || lines[at].IndexOf(' ') is not (> 0 and var space)) continue;
            headers.Add((lines[at][..space], lines[at][(space + 1)..]));
        }

        var (authorName, authorEmail, _) = Person(headers, "author");
        var (committerName, committerEmail, committedAt) = Person(headers, "committer");
        var commit = new Commit
        {
            Id = id,
            Message = "",
            AuthorName = authorName,
            AuthorEmail = authorEmail,
            CommitterName = committerName,
            CommitterEmail = committerEmail,
            CommittedAt = committedAt,
            Signature = headers.Exists(header => header.Name is "gpgsig" or "gpgsig-sha256") ? SignatureState.Unknown : SignatureState.Unsigned,
            Parents = [.. headers.Where(header => header.Name == "parent").Select(header => CommitId.Parse(header.Value))],
        };
        return (commit, headers, lines.Skip(at + 1));
    }

    private static (string Name, string Email, DateTimeOffset At) Person(List<(string Name, string Value)> headers, string role)
    {
        var line = headers.Find(header => header.Name == role).Value ?? "";
        var (open, close) = (line.IndexOf('<'), line.LastIndexOf('>'));
        if (open < 0 || close < open) return (line.Trim(), "", DateTimeOffset.UnixEpoch);
        var seconds = line[(close + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        var isTime = long.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out var time) && time < 253_402_300_800;
        return (line[..open].Trim(), line[(open + 1)..close], isTime ? DateTimeOffset.FromUnixTimeSeconds(time) : DateTimeOffset.UnixEpoch);
    }
}
