using System.Collections.Frozen;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;

namespace GitOpsGate.Forges.GitHub;

/// <summary>
/// Says what a GitHub delivery concerns. A table by event; each line reads no more of the body than it needs, since GitHub's own
/// examples do not all match GitHub's own schema. An action that is not known is taken to matter.
/// </summary>
internal static class GitHubReader
{
    private static readonly FrozenDictionary<string, Func<GitHubBody, Reading>> Events =
        new Dictionary<string, Func<GitHubBody, Reading>>
        {
            ["push"] = GitHubPushes.Read,
            ["create"] = _ => new Reading.Ignored("a new branch or tag is told by its push as well"),
            ["delete"] = _ => new Reading.Ignored("a deleted branch or tag is told by its push as well"),
            ["pull_request"] = PullRequest,
            ["pull_request_review"] = body => Change(body, body.Root.Child("pull_request").Number("number"), Trigger.Review),
            ["pull_request_review_comment"] = _ => new Reading.Ignored("a comment on a line is no approval"),
            ["pull_request_review_thread"] = _ => new Reading.Ignored("a resolved thread is no approval"),
            ["issue_comment"] = IssueComment,
            ["issues"] = _ => new Reading.Ignored("it concerns an issue, not a pull request"),
            ["status"] = body => body.AtCommit(
                body.Root.Commit("sha"), body.Root.Text("context"), Trigger.Status,
                new ShownStatus(GitHubPayloads.StatusStateOf(body.Root.Text("state")), body.Root.Text("target_url"))),
            ["check_run"] = GitHubCheckEvents.Run,
            ["check_suite"] = GitHubCheckEvents.Suite,
            ["workflow_run"] = body => AtCommit(
                body, body.Root.Child("workflow_run").Commit("head_sha"), body.Root.Child("workflow_run").Text("name"),
                Trigger.Pipeline),
            ["workflow_job"] = _ => new Reading.Ignored("a job is told by its workflow's run as well"),
            ["merge_group"] = MergeGroup,
            ["deployment"] = GitHubDeploymentEvents.Read,
            ["deployment_status"] = GitHubDeploymentEvents.Read,
            ["deployment_review"] = GitHubDeploymentEvents.Read,
            ["deployment_protection_rule"] = GitHubDeploymentEvents.Read,
            ["branch_protection_rule"] = Settings,
            ["branch_protection_configuration"] = Settings,
            ["repository_ruleset"] = Settings,
            ["repository"] = GitHubAccess.Repository,
            ["public"] = Settings,
            ["member"] = Settings,
            ["team"] = Settings,
            ["team_add"] = Settings,
            ["meta"] = Settings,
            ["ping"] = Settings,
            ["membership"] = _ => new Reading.Ignored("it names no repository; who is in a team is asked for at every judging"),
            ["organization"] = _ => new Reading.Ignored("it names no repository; who is in a team is asked for at every judging"),
            ["installation"] = GitHubAccess.Installation,
            ["installation_repositories"] = GitHubAccess.Repositories,
        }.ToFrozenDictionary(StringComparer.Ordinal);

    // What is not named here is read as a change: judging once too often is safe.
    private static readonly FrozenDictionary<string, Trigger> PullRequestActions = new Dictionary<string, Trigger>
    {
        ["synchronize"] = Trigger.Commit,
        ["labeled"] = Trigger.Label,
        ["unlabeled"] = Trigger.Label,
        ["closed"] = Trigger.Closed,
        ["enqueued"] = Trigger.MergeQueue,
        ["dequeued"] = Trigger.MergeQueue,
        ["assigned"] = Trigger.None,
        ["unassigned"] = Trigger.None,
        ["review_requested"] = Trigger.None,
        ["review_request_removed"] = Trigger.None,
        ["milestoned"] = Trigger.None,
        ["demilestoned"] = Trigger.None,
        ["locked"] = Trigger.None,
        ["unlocked"] = Trigger.None,
        ["auto_merge_enabled"] = Trigger.None,
        ["auto_merge_disabled"] = Trigger.None,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Reads a delivery. Pure; never throws for a bad body.</summary>
    public static Reading Read(Delivery delivery)
    {
        if (!Events.TryGetValue(delivery.Event, out var read))
        {
            return new Reading.Ignored($"event `{delivery.Event}` can change no ruling");
        }

        if (delivery.Body.Span.StartsWith("payload="u8))
        {
            return new Reading.Unreadable("the hook sends a form; its content type should be `application/json`");
        }

        if (!StrictJson.TryParse(delivery.Body.Span, out var root, out var problem)) return new Reading.Unreadable(problem);
        if (root.ValueKind != JsonValueKind.Object) return new Reading.Unreadable("the body is no JSON object");
        return read(new GitHubBody(delivery, root));
    }

    private static Reading PullRequest(GitHubBody body)
    {
        var trigger = PullRequestActions.GetValueOrDefault(body.Action, Trigger.Change);
        if (trigger == Trigger.None) return new Reading.Ignored($"`{body.Action}` changes nothing that a rule can ask for");
        return Change(body, body.Root.Number("number") ?? body.Root.Child("pull_request").Number("number"), trigger);
    }

    private static Reading IssueComment(GitHubBody body)
    {
        var issue = body.Root.Child("issue");
        if (!issue.Has("pull_request")) return new Reading.Ignored("it is a comment on an issue, not on a pull request");
        if (IsOurComment(body)) return new Reading.Ignored("it is the gate's own comment");
        return Change(body, issue.Number("number"), Trigger.Comment);
    }

    // An edited comment must have been ours before: nobody can hide that an approval was taken back by writing our mark before
    // it.
    private static bool IsOurComment(GitHubBody body)
    {
        if (!GitHubComments.IsMarked(body.Root.Child("comment").Text("body"))) return false;
        return body.Action == "created"
            || (body.Action == "edited" && GitHubComments.IsMarked(body.Root.Child("changes").Child("body").Text("from")));
    }

    private static Reading MergeGroup(GitHubBody body)
    {
        if (body.Action == "destroyed") return new Reading.Ignored("the merge queue gave the group up or is done with it");
        if (body.Repository is not { } repository) return body.Lacks("repository.full_name");
        var group = body.Root.Child("merge_group");
        var head = group.Commit("head_sha");
        if (head.IsNone) return body.Lacks("merge_group.head_sha");
        var branch = GitHubPushes.ShortName(group.Text("head_ref"), GitHubPushes.Heads) ?? "";
        return GitHubBody.Concerning(
            new Concern.MergeGroup(repository, head, branch, GitHubPushes.QueuedNumber(branch)), Trigger.MergeQueue);
    }

    internal static Reading Settings(GitHubBody body)
    {
        if (body.Repository is { } repository)
        {
            var trigger = body.Delivery.Event == "ping" ? Trigger.Ping : Trigger.Settings;
            var what = $"{body.Delivery.Event} {body.Action}".TrimEnd();
            return GitHubBody.Concerning(new Concern.Settings(repository, what), trigger);
        }

        // Hooks of an organization tell of things that touch no single repository.
        return body.Root.Has("repository") ? body.Lacks("repository.full_name") : new Reading.Ignored("it names no repository");
    }

    private static Reading Change(GitHubBody body, long? number, Trigger trigger)
    {
        if (body.Repository is not { } repository) return body.Lacks("repository.full_name");
        if (number is not (> 0 and { } known)) return body.Lacks("number");
        var (key, pull) = (new ChangeKey(repository, known), body.Root.Child("pull_request"));
        var shown = pull.Child("head").Commit("sha").IsNone ? null : GitHubPayloads.ChangeOf(key, pull);
        return GitHubBody.Concerning(new Concern.Change(key) { Shown = shown }, trigger);
    }

    private static Reading AtCommit(GitHubBody body, CommitId commit, string context, Trigger trigger) =>
        body.AtCommit(commit, context, trigger);
}
