using System.Collections.Immutable;
using System.Text.Json;
using GitOpsGate.Changes;

namespace GitOpsGate.Forges.AzureDevOps;

/// <summary>
/// Makes reviews of the reviewers' votes, which name neither a moment nor a commit. Both are worked out from the thread that Azure DevOps
/// itself writes for every vote: its moment, and the newest iteration (one for every push) that was there by then. An iteration is noted
/// shortly after its push, so a vote in between counts for the one before: it may be taken for older than it is, never for newer. A vote
/// for which there is no such thread stands without a commit.
/// </summary>
internal static class AzureDevOpsVotes
{
    /// <summary>The account by which Azure DevOps Services itself acts (<c>Microsoft.VisualStudio.Services.TFS</c>).</summary>
    private const string ServiceAccount = "00000002-0000-8888-8000-000000000000";

    /// <param name="pull">The pull request by itself.</param>
    /// <param name="threads">All threads, those of Azure DevOps itself included.</param>
    /// <param name="iterations">The items of <c>…/iterations</c>.</param>
    public static ImmutableArray<Review> Read(
        JsonElement pull, ImmutableArray<JsonElement> threads, ImmutableArray<JsonElement> iterations)
    {
        var noted = threads.Select(NoteOf).OfType<Note>().ToList();
        var reviews =
            from reviewer in pull.Items("reviewers")
            let vote = reviewer.Number("vote") ?? 0
            let state = StateOf(vote)
            // A team shows the vote of whichever member gave one, who stands beside it.
            where state is not null && !reviewer.Flag("isContainer")
            let voter = AzureDevOpsPayloads.PersonOf(reviewer)
            where voter.Id.Length > 0
            let at = MomentOf(noted, voter.Id, vote)
            let commit = at is { } moment ? HeadAt(moment, iterations) : default
            orderby at ?? DateTimeOffset.UnixEpoch, voter.Id
            select new Review(voter, state.Value, commit, at ?? DateTimeOffset.UnixEpoch, "");
        return [.. reviews];
    }

    /// <summary>Approved, approved with suggestions, waiting for the author, rejected; anything else is no vote.</summary>
    private static ReviewState? StateOf(long vote) => vote switch
    {
        10 or 5 => ReviewState.Approved,
        -5 or -10 => ReviewState.ChangesRequested,
        _ => null,
    };

    /// <summary>When somebody's standing vote was noted; null when the last note of him is of another vote.</summary>
    private static DateTimeOffset? MomentOf(List<Note> noted, string voter, long vote)
    {
        var last = noted.Where(note => note.Voter == voter).MaxBy(note => note.At);
        return last?.Vote == vote ? last.At : null;
    }

    private static CommitId HeadAt(DateTimeOffset moment, ImmutableArray<JsonElement> iterations) =>
        iterations.Select(one => (At: one.Time("createdDate"), Head: one.Child("sourceRefCommit").Commit("commitId")))
            .Where(one => one.At is { } at && at <= moment)
            .OrderBy(one => one.At)
            .LastOrDefault().Head;

    /// <summary>
    /// What a thread notes. Whoever may comment can write one that looks so, but only under his own name; that he could as well vote
    /// again is why his own counts, beside those of Azure DevOps.
    /// </summary>
    private static Note? NoteOf(JsonElement thread)
    {
        var properties = thread.Child("properties");
        var voter = Property(properties, "CodeReviewVotedByTfId");
        if (voter.Length == 0)
        {
            voter = thread.Child("identities").Child(Property(properties, "CodeReviewVotedByIdentity")).Id("id");
        }

        var writer = thread.Items("comments").FirstOrDefault().Child("author");
        var isBelieved = writer.Id("id") == voter || writer.Id("id") == ServiceAccount || writer.Flag("isContainer");
        return Property(properties, "CodeReviewThreadType") == "VoteUpdate" && voter.Length > 0 && isBelieved
            && long.TryParse(Property(properties, "CodeReviewVoteResult"), out var vote) && thread.Time("publishedDate") is { } at
            ? new Note(voter, vote, at)
            : null;
    }

    /// <summary>Properties are written with their type beside them.</summary>
    private static string Property(JsonElement properties, string name) =>
        properties.Child(name).Id("$value") is { Length: > 0 } typed ? typed : properties.Id(name);

    private sealed record Note(string Voter, long Vote, DateTimeOffset At);
}
