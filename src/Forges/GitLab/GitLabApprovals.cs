using System.Collections.Immutable;
using System.Text.Json;
using GitOpsGate.Changes;

namespace GitOpsGate.Forges.GitLab;

/// <summary>
/// Makes reviews of GitLab's approvals, which name no commit. Which commit was approved is worked out from time: the newest
/// version of the merge request (GitLab keeps one for every push) that was there when the approval was given. A version is noted
/// shortly after its push, so an approval in between counts for the version before: it may be taken for older than it is, never
/// for newer.
/// </summary>
internal static class GitLabApprovals
{
    private const string Approved = "approved this merge request";
    private const string Unapproved = "unapproved this merge request";
    private const string RequestedChanges = "requested changes";

    /// <param name="approvals">The answer of <c>…/approvals</c>; undefined when there is none.</param>
    /// <param name="reviewers">The items of <c>…/reviewers</c>.</param>
    /// <param name="notes">All notes, those of GitLab itself included.</param>
    /// <param name="versions">The items of <c>…/versions</c>.</param>
    public static ImmutableArray<Review> Read(
        JsonElement approvals, ImmutableArray<JsonElement> reviewers, ImmutableArray<JsonElement> notes,
        ImmutableArray<JsonElement> versions)
    {
        var given = approvals.Items("approved_by").Select(approval =>
        {
            var by = GitLabPayloads.ReadPerson(approval.Child("user"));
            return Make(by, ReviewState.Approved, approval.Time("approved_at") ?? LastApproval(notes, by), versions);
        });
        var asked = reviewers.Where(reviewer => reviewer.Text("state") == "requested_changes").Select(reviewer =>
        {
            var by = GitLabPayloads.ReadPerson(reviewer.Child("user"));
            return Make(by, ReviewState.ChangesRequested, Last(notes, by, RequestedChanges), versions);
        });
        var all = given.Concat(asked);
        return [.. all.OrderBy(review => review.SubmittedAt).ThenBy(review => review.Author.Id, StringComparer.Ordinal)];
    }

    private static Review Make(Person by, ReviewState state, DateTimeOffset? at, ImmutableArray<JsonElement> versions) =>
        new(by, state, at is { } moment ? HeadAt(moment, versions) : default, at ?? DateTimeOffset.UnixEpoch, "");

    private static CommitId HeadAt(DateTimeOffset moment, ImmutableArray<JsonElement> versions) =>
        versions.Select(version => (At: version.Time("created_at"), Head: version.Commit("head_commit_sha")))
            .Where(version => version.At is { } at && at <= moment)
            .OrderBy(version => version.At)
            .LastOrDefault().Head;

    /// <summary>When the person's standing approval was noted; null when the last such note takes it back.</summary>
    private static DateTimeOffset? LastApproval(ImmutableArray<JsonElement> notes, Person by)
    {
        var (given, taken) = (Last(notes, by, Approved), Last(notes, by, Unapproved));
        return taken > given ? null : given;
    }

    private static DateTimeOffset? Last(ImmutableArray<JsonElement> notes, Person by, string text) =>
        notes.Where(note => note.Flag("system") && note.Child("author").Id("id") == by.Id
                && note.Text("body").StartsWith(text, StringComparison.Ordinal))
            .Max(note => note.Time("created_at"));
}
