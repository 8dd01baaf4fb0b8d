using GitOpsGate.Changes;

namespace GitOpsGate.Facts;

/// <summary>
/// Evidence as its document holds it: in the document's order, moments in UTC, and without what the document leaves out. A judge goes
/// by nothing else, so that <see cref="EvidenceReader"/> gives back all that a ruling rests on. Pure.
/// </summary>
public static class NormalEvidence
{
    /// <summary>The evidence in that form; of evidence in that form, the same.</summary>
    public static Evidence Of(Evidence evidence) => evidence with
    {
        Change = evidence.Change with
        {
            Labels = [.. evidence.Change.Labels.Order(StringComparer.Ordinal)],
            CreatedAt = evidence.Change.CreatedAt.ToUniversalTime(),
            TargetTip = default,
            MergeCommit = default,
            MergedAt = null,
            MergedBy = null,
        },
        Reviews =
        [
            .. evidence.Reviews.OrderBy(review => review.SubmittedAt)
                .Select(review => review with { SubmittedAt = review.SubmittedAt.ToUniversalTime(), Body = "" }),
        ],
        Comments =
        [
            .. evidence.Comments.OrderBy(comment => comment.CreatedAt)
                .Select(comment => comment with { CreatedAt = comment.CreatedAt.ToUniversalTime() }),
        ],
        Statuses =
        [
            .. evidence.Statuses.OrderBy(status => status.Name, StringComparer.Ordinal).Select(status => status with { Url = "" }),
        ],
        Content = evidence.Content with
        {
            Commits = [.. evidence.Content.Commits.Select(commit => commit with { CommittedAt = commit.CommittedAt.ToUniversalTime() })],
            Files =
            [
                .. evidence.Content.Files.Select(file =>
                    file.Status is FileStatus.Renamed or FileStatus.Copied or FileStatus.TypeChanged ? file : file with { PreviousPath = null }),
            ],
            Documents = [.. evidence.Content.Documents.Select(document => document with { Json = SortedJson.Of(document.Json) })],
            Problems = [.. evidence.Content.Problems.Select(problem => problem with { Line = Math.Max(0, problem.Line) })],
        },
        Memberships =
        [
            .. evidence.Memberships.OrderBy(one => one.Team, StringComparer.Ordinal).ThenBy(one => one.PersonId, StringComparer.Ordinal),
        ],
        Gaps = [.. evidence.Gaps.OrderBy(gap => gap.What, StringComparer.Ordinal)],
        GatheredAt = evidence.GatheredAt.ToUniversalTime(),
        HeadSeenAt = evidence.HeadSeenAt?.ToUniversalTime(),
        HeadSince = evidence.HeadSince?.ToUniversalTime(),
        Chat = evidence.Chat with { Holds = [.. evidence.Chat.Holds.Select(hold => hold with { At = hold.At.ToUniversalTime() })] },
    };
}
