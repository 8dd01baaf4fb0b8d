using System.Collections.Immutable;
using GitOpsGate.Changes;

namespace GitOpsGate.Approvals;

/// <summary>A person's word that counts: the latest review that decides something, or an approval in a comment where a rule takes those.</summary>
public sealed record Candidate(Person By, Review Review)
{
    public const string ByReview = "review";

    public const string ByComment = "comment";

    /// <summary>How it was given: <see cref="ByReview"/> or <see cref="ByComment"/>.</summary>
    public string Method { get; init; } = ByReview;

    /// <summary>
    /// Folds reviews to one candidate per person. Comments decide nothing and take nothing back; a later request for changes or a
    /// dismissal takes an approval back. The order in which reviews are listed does not matter: of two at the same moment the stricter
    /// one counts.
    /// </summary>
    public static ImmutableArray<Candidate> Fold(ImmutableArray<Review> reviews) =>
    [
        .. from review in reviews
           where review.State != ReviewState.Commented
           group review by KeyOf(review.Author) into person
           let latest = person.OrderByDescending(review => review.SubmittedAt).ThenBy(Laxness)
               .ThenBy(review => review.Commit.Value, StringComparer.Ordinal).First()
           orderby latest.SubmittedAt, person.Key
           select new Candidate(latest.Author, latest),
    ];

    /// <summary>What makes two accounts the same: the forge's stable id, and the login only where there is none.</summary>
    public static string KeyOf(Person person) => person.Id.Length > 0 ? $"id:{person.Id}" : $"login:{person.Login.ToLowerInvariant()}";

    private static int Laxness(Review review) => review.State switch
    {
        ReviewState.ChangesRequested => 0,
        ReviewState.Dismissed => 1,
        ReviewState.Commented => 2,
        ReviewState.Approved => 3,
    };
}
