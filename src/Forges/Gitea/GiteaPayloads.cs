using System.Collections.Immutable;
using System.Text.Json;
using GitOpsGate.Changes;

namespace GitOpsGate.Forges.Gitea;

/// <summary>Turns what the REST API answers into our words. Unknown states become the careful ones.</summary>
internal static class GiteaPayloads
{
    /// <summary>What makes a title that of a draft, where the forge does not say it itself (<c>WORK_IN_PROGRESS_PREFIXES</c>).</summary>
    private static readonly ImmutableArray<string> DraftPrefixes = ["WIP:", "[WIP]"];

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
            IsDraft = pull.Flag("draft") || IsDraftTitle(pull.Text("title")),
            Author = PersonOf(pull.Child("user")),
            SourceBranch = BranchOf(head),
            TargetBranch = target.Text("ref"),
            Head = head.Commit("sha"),
            TargetTip = target.Commit("sha"),
            Labels = [.. pull.Items("labels").Select(label => label.Text("name")).Where(name => name.Length > 0)],
            IsFromFork = IsFromOutside(head, target),
            CreatedAt = pull.Time("created_at") ?? default,
            MergeCommit = isMerged ? pull.Commit("merge_commit_sha") : default,
            MergedAt = pull.Time("merged_at"),
            MergedBy = pull.Has("merged_by") ? PersonOf(pull.Child("merged_by")) : null,
        };
    }

    /// <summary>
    /// An account. Neither forge tells a bot's account from a person's, but for its own: ids below zero are the accounts that were deleted
    /// (-1), and the one that runs workflows (-2).
    /// </summary>
    public static Person PersonOf(JsonElement user)
    {
        var (login, id) = (user.Text("login"), user.Id("id"));
        var kind = id switch
        {
            "" or "-1" or "0" => PersonKind.Unknown,
            ['-', ..] => PersonKind.Bot,
            _ => PersonKind.User,
        };
        return new Person(login.Length > 0 ? login : "ghost", id, kind);
    }

    /// <summary>
    /// The reviews in the order in which they were submitted, without those that are still being written. What the forge itself counts no
    /// more is dismissed: a review that was dismissed, one whose author was asked again afterwards, and an approval that is said to be stale
    /// although it names the head.
    /// </summary>
    public static ImmutableArray<Review> ReviewsOf(IEnumerable<JsonElement> reviews, CommitId head)
    {
        var all = reviews.OrderBy(review => review.Time("submitted_at") ?? default).ThenBy(review => review.Number("id") ?? 0).ToList();
        var asked = all.Where(review => review.Text("state") == "REQUEST_REVIEW" && review.Has("user"))
            .GroupBy(review => review.Child("user").Id("id"))
            .ToDictionary(same => same.Key, same => same.Max(review => review.Number("id") ?? 0));
        return
        [
            .. from review in all
               let state = StateOf(review, head, asked)
               let at = review.Time("submitted_at")
               where state is not null && at is not null
               select new Review(PersonOf(review.Child("user")), state.Value, review.Commit("commit_id"), at.Value, review.Text("body")),
        ];
    }

    /// <summary>The comments of people, oldest first; the gate's own is not one.</summary>
    public static ImmutableArray<Comment> CommentsOf(IEnumerable<JsonElement> comments) =>
    [
        .. from comment in comments
           let at = comment.Time("created_at") ?? default
           where !GiteaComments.IsMarked(comment.Text("body"))
           orderby at, comment.Number("id")
           select new Comment(
               comment.Id("id"), PersonOf(comment.Child("user")), comment.Text("body"), at,
               comment.Time("updated_at") is { } updated && updated != at),
    ];

    /// <summary>The newest status of each context, given all with the newest first. Contexts are compared with regard to case.</summary>
    public static IEnumerable<StatusCheck> StatusesOf(IEnumerable<JsonElement> statuses) =>
        statuses.DistinctBy(status => status.Text("context"), StringComparer.Ordinal).Select(status => new StatusCheck(
            status.Text("context"),
            CheckStateOf(status.Text("status")),
            status.Child("creator").Text("login"),
            status.Text("target_url"))
        {
            Id = status.Id("id"),
        });

    /// <summary>What a status says.</summary>
    public static CheckState CheckStateOf(string state) => state switch
    {
        "success" => CheckState.Succeeded,
        "pending" => CheckState.Pending,
        "skipped" => CheckState.Skipped,
        // A merge may pass with a warning, and whoever posted it did not say that all is well.
        "failure" or "error" or "warning" => CheckState.Failed,
        _ => CheckState.Unknown,
    };

    private static ChangeState StateOf(string state) => state switch
    {
        "open" => ChangeState.Open,
        "closed" => ChangeState.Closed,
        _ => ChangeState.Unknown,
    };

    private static ReviewState? StateOf(JsonElement review, CommitId head, Dictionary<string, long> asked)
    {
        ReviewState? said = review.Text("state") switch
        {
            "APPROVED" => ReviewState.Approved,
            "REQUEST_CHANGES" => ReviewState.ChangesRequested,
            "COMMENT" => ReviewState.Commented,
            _ => null,
        };
        if (said is null or ReviewState.Commented) return said;
        if (review.Flag("dismissed")) return ReviewState.Dismissed;
        if (said == ReviewState.ChangesRequested) return said;
        var isAskedAgain = asked.TryGetValue(review.Child("user").Id("id"), out var request) && request > (review.Number("id") ?? 0);
        var isStale = review.Flag("stale") && (review.Commit("commit_id") == head || review.Commit("commit_id").IsNone);
        return isAskedAgain || isStale ? ReviewState.Dismissed : said;
    }

    // A deleted fork is no repository at all any more; it was not ours. What was pushed for review to no branch (AGit) came from somebody who
    // need not be allowed to write here.
    private static bool IsFromOutside(JsonElement head, JsonElement target) =>
        !head.Has("repo")
        || head.Child("repo").Id("id") != target.Child("repo").Id("id")
        || (IsOwnRef(head.Text("ref")) && head.Text("label").Length == 0);

    private static bool IsOwnRef(string name) => name.StartsWith("refs/", StringComparison.Ordinal);

    private static bool IsDraftTitle(string title) =>
        DraftPrefixes.Any(prefix => title.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    // Once the branch or its repository is deleted, `ref` names the pull request's own ref, and only `label` still knows the branch.
    private static string BranchOf(JsonElement head)
    {
        var name = head.Text("ref");
        return IsOwnRef(name) && head.TextOrNull("label") is { Length: > 0 } label ? label : name;
    }
}
