using System.Collections.Immutable;
using System.Text.Json;
using GitOpsGate.Changes;

namespace GitOpsGate.Forges.GitHub;

/// <summary>Turns what GitHub's REST API answers into our words. Unknown states become the careful ones.</summary>
internal static class GitHubPayloads
{
    /// <summary>A pull request.</summary>
    public static ChangeRequest ChangeOf(ChangeKey key, JsonElement pull)
    {
        var (head, target) = (pull.Child("head"), pull.Child("base"));
        var isMerged = pull.Flag("merged") || pull.Has("merged_at");
        return new ChangeRequest
        {
            Key = key,
            Title = pull.Text("title"),
            Body = pull.Text("body"),
            Url = pull.Text("html_url"),
            State = isMerged ? ChangeState.Merged : StateOf(pull.Text("state")),
            IsDraft = pull.Flag("draft"),
            Author = PersonOf(pull.Child("user")),
            SourceBranch = head.Text("ref"),
            TargetBranch = target.Text("ref"),
            Head = head.Commit("sha"),
            TargetTip = target.Commit("sha"),
            Labels = [.. pull.Items("labels").Select(label => label.Text("name")).Where(name => name.Length > 0)],
            // A deleted fork is no repository at all any more; it was not ours.
            IsFromFork = head.Child("repo").Id("id") != target.Child("repo").Id("id"),
            CreatedAt = pull.Time("created_at") ?? default,
            // Before the merge this names a commit that GitHub made to try it out.
            MergeCommit = isMerged ? pull.Commit("merge_commit_sha") : default,
            MergedAt = pull.Time("merged_at"),
            MergedBy = pull.Has("merged_by") ? PersonOf(pull.Child("merged_by")) : null,
        };
    }

    /// <summary>An account; GitHub shows <c>ghost</c> in place of one that was deleted, and so do we.</summary>
    public static Person PersonOf(JsonElement user) => new(
        user.TextOrNull("login") ?? "ghost",
        user.Id("id"),
        user.Text("type") switch
        {
            "Bot" => PersonKind.Bot,
            "User" => PersonKind.User,
            _ => PersonKind.Unknown,
        });

    /// <summary>The reviews in the order in which they were submitted, without those that are still being written.</summary>
    public static ImmutableArray<Review> ReviewsOf(IEnumerable<JsonElement> reviews) =>
    [
        .. from review in reviews
           let state = ReviewStateOf(review.Text("state"))
           let at = review.Time("submitted_at")
           where state is not null && at is not null
           orderby at
           select new Review(
               PersonOf(review.Child("user")), state.Value, review.Commit("commit_id"), at.Value, review.Text("body")),
    ];

    /// <summary>The comments of people, oldest first; the gate's own is not one.</summary>
    public static ImmutableArray<Comment> CommentsOf(IEnumerable<JsonElement> comments) =>
    [
        .. from comment in comments
           let at = comment.Time("created_at") ?? default
           where !GitHubComments.IsMarked(comment.Text("body"))
           orderby at
           select new Comment(
               comment.Id("id"), PersonOf(comment.Child("user")), comment.Text("body"), at,
               comment.Time("updated_at") is { } updated && updated != at),
    ];

    /// <summary>
    /// The newest status of each context. GitHub lists them newest first and compares contexts without regard to case.
    /// </summary>
    public static IEnumerable<StatusCheck> StatusesOf(IEnumerable<JsonElement> statuses) =>
        statuses.DistinctBy(status => status.Text("context"), StringComparer.OrdinalIgnoreCase).Select(status => new StatusCheck(
            status.Text("context"),
            StatusStateOf(status.Text("state")),
            status.Child("creator").Text("login"),
            status.Text("target_url"))
        {
            Id = status.Id("id"),
        });

    /// <summary>The newest run of each check.</summary>
    public static IEnumerable<StatusCheck> ChecksOf(IEnumerable<JsonElement> runs) => runs.Select(run => new StatusCheck(
        run.Text("name"),
        CheckStateOf(run),
        run.Child("app").Text("slug"),
        run.TextOrNull("details_url") ?? run.Text("html_url"))
    {
        Id = run.Id("id"),
    });

    /// <summary>What a status says.</summary>
    public static CheckState StatusStateOf(string state) => state switch
    {
        "success" => CheckState.Succeeded,
        "pending" => CheckState.Pending,
        "failure" or "error" => CheckState.Failed,
        _ => CheckState.Unknown,
    };

    /// <summary>What a check run says.</summary>
    public static CheckState CheckStateOf(JsonElement run) =>
        run.Text("status") == "completed" ? Concluded(run.Text("conclusion")) : CheckState.Pending;

    private static CheckState Concluded(string conclusion) => conclusion switch
    {
        "success" => CheckState.Succeeded,
        "neutral" or "skipped" => CheckState.Skipped,
        "failure" or "timed_out" or "cancelled" or "action_required" or "startup_failure" or "stale" => CheckState.Failed,
        _ => CheckState.Unknown,
    };

    private static ChangeState StateOf(string state) => state switch
    {
        "open" => ChangeState.Open,
        "closed" => ChangeState.Closed,
        _ => ChangeState.Unknown,
    };

    // Webhooks write the states in lower case, REST in upper case.
    private static ReviewState? ReviewStateOf(string state) => state.ToUpperInvariant() switch
    {
        "APPROVED" => ReviewState.Approved,
        "CHANGES_REQUESTED" => ReviewState.ChangesRequested,
        "DISMISSED" => ReviewState.Dismissed,
        "COMMENTED" => ReviewState.Commented,
        _ => null,
    };
}
