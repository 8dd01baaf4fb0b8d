using System.Collections.Immutable;
using System.Text.Json;
using GitOpsGate.Changes;

namespace GitOpsGate.Forges.BitbucketCloud;

/// <summary>A review that stands, with the commit as Bitbucket abbreviates it; empty when it cannot be told.</summary>
internal sealed record StandingReview(Person Author, ReviewState State, string ShortCommit, DateTimeOffset SubmittedAt);

/// <summary>
/// Makes reviews of a pull request's participants, who say what stands, and its activity, which says when. A participant's own
/// date moves with every comment, so it would make an approval look newer than it is; the date of the approval in the activity
/// does not. The commit is the one that the newest update before that date names.
/// </summary>
internal static class BitbucketCloudReviews
{
    /// <param name="pullRequest">The pull request by itself; lists of pull requests leave the participants out.</param>
    /// <param name="activity">The items of <c>…/activity</c>, in any order.</param>
    public static ImmutableArray<StandingReview> Read(JsonElement pullRequest, ImmutableArray<JsonElement> activity)
    {
        var standing = ImmutableArray.CreateBuilder<StandingReview>();
        foreach (var participant in pullRequest.Items("participants"))
        {
            var by = BitbucketCloudPayloads.ReadPerson(participant.Child("user"));
            if (participant.Text("state") == "changes_requested")
            {
                standing.Add(Make(by, ReviewState.ChangesRequested, "changes_requested", participant, activity));
            }
            else if (participant.Flag("approved"))
            {
                standing.Add(Make(by, ReviewState.Approved, "approval", participant, activity));
            }
        }

        return [.. standing.OrderBy(review => review.SubmittedAt).ThenBy(review => review.Author.Id, StringComparer.Ordinal)];
    }

    private static StandingReview Make(
        Person by, ReviewState state, string kind, JsonElement participant, ImmutableArray<JsonElement> activity)
    {
        var given = activity.Select(item => item.Child(kind))
            .Where(item => by.Id.Length > 0 && item.Child("user").Text("uuid") == by.Id)
            .Max(item => item.Time("date"));
        return given is { } at
            ? new StandingReview(by, state, HeadAt(at, activity), at)
            : new StandingReview(by, state, "", participant.Time("participated_on") ?? DateTimeOffset.UnixEpoch);
    }

    private static string HeadAt(DateTimeOffset moment, ImmutableArray<JsonElement> activity) =>
        activity.Select(item => item.Child("update"))
            .Select(update => (At: update.Time("date"), Commit: update.Child("source").Child("commit").Text("hash")))
            .Where(update => update.At is { } at && at <= moment && update.Commit.Length > 0)
            .OrderBy(update => update.At)
            .LastOrDefault().Commit ?? "";
}
