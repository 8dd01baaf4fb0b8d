using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Chat;
using GitOpsGate.Configuration;
using GitOpsGate.Rulings;

namespace GitOpsGate.Approvals;

/// <summary>
/// Whose word counts for a rule: reviews, and approvals in comments where the rule takes those. An approval in a comment that does not
/// count takes nothing from its author's review.
/// </summary>
internal static class Candidates
{
    /// <summary>One candidate per person, in the order of time.</summary>
    /// <param name="reviews">The latest deciding review of each person.</param>
    public static ImmutableArray<Candidate> Of(ApprovalRule rule, ImmutableArray<Candidate> reviews, ImmutableArray<SaidApproval> said)
    {
        if (!rule.TakesComments || said.IsEmpty) return reviews;
        var comments = said.Where(one => Counts(rule, one)).GroupBy(one => Candidate.KeyOf(one.By)).ToDictionary(
            person => person.Key, person => Of(person.Last()), StringComparer.Ordinal);
        var both = reviews.Select(review => comments.Remove(Candidate.KeyOf(review.By), out var comment) ? Later(rule, review, comment) : review);
        return
        [
            .. both.ToArray().Concat(comments.Values)
                .OrderBy(one => one.Review.SubmittedAt).ThenBy(one => Candidate.KeyOf(one.By), StringComparer.Ordinal),
        ];
    }

    /// <summary>The approvals in comments that do not count for a rule that takes comments, each person's latest.</summary>
    public static IEnumerable<Dismissal> Dismissed(ApprovalRule rule, ImmutableArray<SaidApproval> said) =>
        rule.TakesComments
            ? from one in said
              group one by Candidate.KeyOf(one.By) into person
              where !person.Any(one => Counts(rule, one))
              select new Dismissal(person.Last().By, person.Last().At, person.Last().WhyVoid ?? person.Last().WhyStale!)
            : [];

    private static bool Counts(ApprovalRule rule, SaidApproval said) =>
        said.WhyVoid is null && (said.WhyStale is null || !rule.DismissOnPush);

    private static Candidate Of(SaidApproval said) =>
        new(said.By, new Review(said.By, ReviewState.Approved, said.On, said.At, "")) { Method = Candidate.ByComment };

    // A request for changes, or a dismissal, is taken back only by what comes after it.
    private static Candidate Later(ApprovalRule rule, Candidate review, Candidate comment)
    {
        if (review.Review.State != ReviewState.Approved) return comment.Review.SubmittedAt > review.Review.SubmittedAt ? comment : review;
        return rule.TakesReviews && (!rule.DismissOnPush || review.Review.Commit == comment.Review.Commit) ? review : comment;
    }
}
