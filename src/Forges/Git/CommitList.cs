using System.Collections.Immutable;
using System.Globalization;
using GitOpsGate.Changes;

namespace GitOpsGate.Forges.Git;

/// <summary>Reads what <c>git rev-list --header</c> prints: raw commits, each ended by a NUL.</summary>
internal static class CommitList
{
    public static ImmutableArray<Commit> Read(string text) =>
        [.. text.Split('\0').Where(part => part.Length > 1).Select(part => One(part.Split('\n')))];

    private static Commit One(string[] lines)
    {
        var at = 1;
        var headers = new List<(string Name, string Value)>();
        for (; at < lines.Length && lines[at].Length > 0; at++)
        {
            // A line that begins with a blank continues the header before it (a signature); only that it is there matters.
            if (lines[at][0] == ' ' || lines[at].IndexOf(' ') is not (> 0 and var space)) continue;
            headers.Add((lines[at][..space], lines[at][(space + 1)..]));
        }

        var message = lines.Skip(at + 1).Select(line => line.StartsWith("    ", StringComparison.Ordinal) ? line[4..] : line);
        var (authorName, authorEmail, _) = Person(headers, "author");
        var (committerName, committerEmail, committedAt) = Person(headers, "committer");
        return new Commit
        {
            Id = CommitId.Parse(lines[0]),
            Message = string.Join('\n', message).TrimEnd('\n'),
            AuthorName = authorName,
            AuthorEmail = authorEmail,
            CommitterName = committerName,
            CommitterEmail = committerEmail,
            CommittedAt = committedAt,
            Signature = headers.Exists(header => header.Name is "gpgsig" or "gpgsig-sha256") ? SignatureState.Unknown : SignatureState.Unsigned,
            Parents = [.. headers.Where(header => header.Name == "parent").Select(header => CommitId.Parse(header.Value))],
        };
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
