using GitOpsGate.Changes;
using GitOpsGate.Facts;

namespace GitOpsGate.Approvals;

/// <summary>Whether a review was given on the head that is judged.</summary>
internal static class Freshness
{
    /// <summary>Why a review is not known to be about the head, or null when it is.</summary>
    public static string? WhyStale(Review review, Evidence evidence)
    {
        var head = evidence.Change.Head;
        if (!review.Commit.IsNone)
        {
            return review.Commit == head ? null : $"was given on `{review.Commit.Short}`, and the head is now `{head.Short}`";
        }

        // The forge names no commit. A committer writes the commit's date freely, so only the moment at which the gate itself first saw
        // the head proves anything; before that, any approval may have been for an earlier head.
        var seen = evidence.HeadSeenAt ?? evidence.GatheredAt;
        var written = evidence.Content.Commits.LastOrDefault(commit => commit.Id == head)?.CommittedAt ?? seen;
        return review.SubmittedAt > seen && review.SubmittedAt > written
            ? null
            : $"was given before the gate saw the head `{head.Short}`, so it may be about an earlier one";
    }
}
