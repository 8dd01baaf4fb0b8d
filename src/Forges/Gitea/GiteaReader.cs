using System.Collections.Frozen;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;

namespace GitOpsGate.Forges.Gitea;

/// <summary>
/// Says what a webhook of Gitea or Forgejo concerns (Gitea Documentation, "Webhooks"; Forgejo Documentation, "Webhooks"). The event's
/// name is in the headers and nowhere in the body. Both of its names are known here: the precise one (<c>X-Gitea-Event-Type</c>) and
/// the one that stands for a group (<c>X-Gitea-Event</c>).
/// </summary>
public static class GiteaReader
{
    private const string Branches = "refs/heads/";
    private const string Tags = "refs/tags/";

    private static readonly FrozenDictionary<string, Func<Hook, Reading>> ByEvent = new Dictionary<string, Func<Hook, Reading>>
    {
        ["push"] = Push,
        ["delete"] = Deleted,
        ["repository"] = Settings,
        ["status"] = Status,
        ["issue_comment"] = Comment,
        ["pull_request_comment"] = CommentOrReview,
        ["pull_request"] = hook => PullRequest(hook, Trigger.Change),
        ["pull_request_sync"] = hook => PullRequest(hook, Trigger.Commit),
        ["pull_request_label"] = hook => PullRequest(hook, Trigger.Label),
        ["pull_request_review_request"] = hook => PullRequest(hook, Trigger.Review),
        ["pull_request_review_approved"] = hook => PullRequest(hook, Trigger.Review),
        ["pull_request_review_rejected"] = hook => PullRequest(hook, Trigger.Review),
        ["pull_request_review_comment"] = hook => PullRequest(hook, Trigger.Review),
        ["pull_request_approved"] = hook => PullRequest(hook, Trigger.Review),
        ["pull_request_rejected"] = hook => PullRequest(hook, Trigger.Review),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>
    /// By <c>action</c>, which is more precise than the event's name. What is not named here is read as the event says: judging once
    /// too often is safe.
    /// </summary>
    private static readonly FrozenDictionary<string, Trigger> Actions = new Dictionary<string, Trigger>
    {
        ["opened"] = Trigger.Change | Trigger.Commit,
        ["reopened"] = Trigger.Change | Trigger.Commit,
        // A new title, which may make it a draft or ready, a new description, or another target branch.
        ["edited"] = Trigger.Change,
        ["synchronized"] = Trigger.Commit,
        ["label_updated"] = Trigger.Label,
        ["label_cleared"] = Trigger.Label,
        ["reviewed"] = Trigger.Review,
        // Asking reviewers again takes back the weight of the reviews that they gave before; not asking any more gives it back.
        ["review_requested"] = Trigger.Review,
        ["review_request_removed"] = Trigger.Review,
        ["closed"] = Trigger.Closed,
        ["deleted"] = Trigger.Closed,
        ["assigned"] = Trigger.None,
        ["unassigned"] = Trigger.None,
        ["milestoned"] = Trigger.None,
        ["demilestoned"] = Trigger.None,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> Uninteresting = new Dictionary<string, string>
    {
        ["create"] = "a new branch or tag is told by its push as well",
        ["fork"] = "the repository was forked; the fork is another repository",
        ["release"] = "it concerns a release; its tag is told by a push of its own",
        ["package"] = "it concerns a package",
        ["wiki"] = "it concerns a wiki page",
        ["issues"] = "it concerns an issue, not a pull request",
        ["issue_assign"] = "it concerns an issue, not a pull request",
        ["issue_label"] = "it concerns an issue, not a pull request",
        ["issue_milestone"] = "it concerns an issue, not a pull request",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Reads a delivery; see <see cref="Ports.IForgeDoor.Read"/>.</summary>
    public static Reading Read(Delivery delivery)
    {
        if (delivery.Body.Span.StartsWith("payload="u8))
        {
            return new Reading.Unreadable("the hook sends a form; its content type should be `application/json`");
        }

        if (!StrictJson.TryParse(delivery.Body.Span, out var body, out var problem)) return new Reading.Unreadable(problem);
        if (body.ValueKind != JsonValueKind.Object) return new Reading.Unreadable("the body is no JSON object");
        var name = GiteaHeaders.Find(delivery.Headers, "event-type") ?? delivery.Event;
        if (Uninteresting.TryGetValue(name, out var why)) return new Reading.Ignored(why);
        if (name.StartsWith("workflow_job", StringComparison.Ordinal))
        {
            return new Reading.Ignored("a job is told by its workflow's run as well");
        }

        if (ReaderOf(name) is not { } read) return new Reading.Ignored($"`{name}` is an event that cannot change a ruling");
        return PathOf(body) is { } path
            ? read(new Hook(body, new RepositoryKey(delivery.Connection, path), name))
            : Missing("repository.full_name", "`owner/repository`");
    }

    private static Func<Hook, Reading>? ReaderOf(string name)
    {
        if (ByEvent.TryGetValue(name, out var read)) return read;
        // Forgejo has an event for every end that a run may come to.
        if (name.StartsWith("workflow_run", StringComparison.Ordinal) || name.StartsWith("action_run", StringComparison.Ordinal)) return Run;
        // What did not exist when this was written is looked at again, whatever it is.
        return name.StartsWith("pull_request", StringComparison.Ordinal) ? hook => PullRequest(hook, Trigger.Change) : null;
    }

    private static Reading Push(Hook hook)
    {
        var name = hook.Body.Text("ref");
        if (name.Length == 0) return Missing("ref", "`refs/heads/…` or `refs/tags/…`");
        if (!CommitId.TryParse(hook.Body.TextOrNull("before"), out var before)) return Missing("before", "a full commit id");
        if (!CommitId.TryParse(hook.Body.TextOrNull("after"), out var after)) return Missing("after", "a full commit id");
        if (before.IsNone && after.IsNone) return new Reading.Ignored("it tries the hook out in a repository that has no commits");
        if (Behind(name, Tags) is { } tag)
        {
            return new Reading.Concerns([new Concern.Tag(hook.Repository, tag, before, after)], Trigger.Tag);
        }

        return Behind(name, Branches) is { } branch
            ? Moved(hook, branch, before, after)
            : new Reading.Ignored($"`{name}` is neither a branch nor a tag");
    }

    /// <summary>A deleted branch is told by no push; a deleted tag is.</summary>
    private static Reading Deleted(Hook hook)
    {
        var name = hook.Body.Text("ref");
        return hook.Body.Text("ref_type") switch
        {
            "tag" => new Reading.Ignored("a deleted tag is told by its push as well"),
            "branch" => name.Length > 0 ? Moved(hook, name, default, default) : Missing("ref", "the branch's name"),
            _ => Missing("ref_type", "`branch` or `tag`"),
        };
    }

    private static Reading.Concerns Moved(Hook hook, string branch, CommitId before, CommitId after)
    {
        var pusher = hook.Body.Child("pusher").TextOrNull("login") ?? hook.Body.Child("sender").Text("login");
        return new Reading.Concerns([new Concern.Push(hook.Repository, branch, before, after, IsForced: false, pusher)], Trigger.Push);
    }

    private static Reading PullRequest(Hook hook, Trigger otherwise)
    {
        var action = hook.Body.Text("action");
        var trigger = Actions.GetValueOrDefault(action, otherwise);
        if (trigger == Trigger.None) return new Reading.Ignored($"`{action}` changes nothing that a rule can ask for");
        return About(hook, hook.Body.Number("number") ?? hook.Body.Child("pull_request").Number("number"), "number", trigger);
    }

    /// <summary>
    /// One word for two things: <c>X-Gitea-Event-Type</c> means a comment by it, and <c>X-Gitea-Event</c> a review without a verdict.
    /// Only a comment comes with its issue.
    /// </summary>
    private static Reading CommentOrReview(Hook hook) =>
        hook.Body.Has("issue") || hook.Body.Has("comment") ? Comment(hook) : PullRequest(hook, Trigger.Review);

    private static Reading Comment(Hook hook)
    {
        var issue = hook.Body.Child("issue");
        // Old versions do not say `is_pull`.
        var isOfChange = hook.Body.Flag("is_pull") || issue.Has("pull_request") || hook.Event == "pull_request_comment";
        if (!isOfChange) return new Reading.Ignored("it is a comment on an issue, not on a pull request");
        if (IsOurComment(hook.Body)) return new Reading.Ignored("it is the gate's own comment");
        return About(hook, issue.Number("number"), "issue.number", Trigger.Comment);
    }

    // An edited comment must have been ours before: nobody can hide that an approval was taken back by writing our mark before it.
    private static bool IsOurComment(JsonElement body)
    {
        if (!GiteaComments.IsMarked(body.Child("comment").Text("body"))) return false;
        return body.Text("action") switch
        {
            "created" => true,
            "edited" => GiteaComments.IsMarked(body.Child("changes").Child("body").Text("from")),
            _ => false,
        };
    }

    private static Reading Status(Hook hook)
    {
        var commit = hook.Body.Commit("sha");
        if (commit.IsNone) commit = hook.Body.Child("commit").Commit("id");
        var shown = new ShownStatus(GiteaPayloads.CheckStateOf(hook.Body.Text("state")), hook.Body.Text("target_url"));
        return At(hook, commit, "sha", hook.Body.Text("context"), Trigger.Status, shown);
    }

    /// <summary>A run of a workflow: Gitea has it in <c>workflow_run</c>, Forgejo in <c>run</c>, each with its own word for the commit.</summary>
    private static Reading Run(Hook hook)
    {
        var run = hook.Body.Child("workflow_run");
        if (run.ValueKind == JsonValueKind.Object)
        {
            var name = run.TextOrNull("name") ?? hook.Body.Child("workflow").Text("name");
            return At(hook, run.Commit("head_sha"), "workflow_run.head_sha", name, Trigger.Pipeline);
        }

        run = hook.Body.Child("run");
        return At(hook, run.Commit("commit_sha"), "run.commit_sha", run.Text("workflow_id"), Trigger.Pipeline);
    }

    private static Reading.Concerns Settings(Hook hook)
    {
        var what = hook.Body.Text("action") switch
        {
            "created" => "created",
            "deleted" => "deleted",
            _ => "settings",
        };
        return new Reading.Concerns([new Concern.Settings(hook.Repository, what)], Trigger.Settings);
    }

    private static Reading About(Hook hook, long? number, string field, Trigger trigger) =>
        number is > 0 and { } known
            ? new Reading.Concerns([new Concern.Change(new ChangeKey(hook.Repository, known))], trigger)
            : Missing(field, "the pull request's number");

    private static Reading At(
        Hook hook, CommitId commit, string field, string context, Trigger trigger, ShownStatus? shown = null) =>
        commit.IsNone
            ? Missing(field, "a full commit id")
            : new Reading.Concerns([new Concern.AtCommit(hook.Repository, commit, context) { Shown = shown }], trigger);

    private static Reading.Unreadable Missing(string field, string right) =>
        new($"`{field}` is missing or of no use; {right} would be right");

    private static string? Behind(string name, string prefix) =>
        name.Length > prefix.Length && name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : null;

    /// <summary>The repository's path. Forgejo's runs name it only inside of the run.</summary>
    private static string? PathOf(JsonElement body)
    {
        var path = body.Child("repository").TextOrNull("full_name")
            ?? body.Child("run").Child("repository").Text("full_name");
        var parts = path.Split('/');
        return parts.Length == 2 && parts.All(IsName) ? path : null;
    }

    // The name becomes a part of addresses and folder names later on; Gitea takes no other letters either.
    private static bool IsName(string part) =>
        part.Length is > 0 and <= 100
        && part is not ("." or "..")
        && part.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.');

    private readonly record struct Hook(JsonElement Body, RepositoryKey Repository, string Event);
}
