using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;

namespace GitOpsGate.Forges.BitbucketCloud;

/// <summary>
/// Says what a Bitbucket Cloud webhook concerns (Atlassian, "Event payloads"). The event's name is in the header
/// <c>X-Event-Key</c> and nowhere in the body. Pull requests carry abbreviated commit ids there, so a change request is named by
/// its number alone.
/// </summary>
public static class BitbucketCloudReader
{
    private static readonly FrozenDictionary<string, Func<Hook, Reading>> ByKey = new Dictionary<string, Func<Hook, Reading>>
    {
        ["repo:push"] = Push,
        ["repo:commit_status_created"] = Status,
        ["repo:commit_status_updated"] = Status,
        ["repo:created"] = hook => Settings(hook, "created"),
        ["repo:imported"] = hook => Settings(hook, "imported"),
        ["repo:updated"] = hook => Settings(hook, "settings"),
        ["repo:transfer"] = hook => Settings(hook, "moved"),
        ["repo:deleted"] = hook => Settings(hook, "deleted"),
        ["pullrequest:created"] = hook => About(hook, Trigger.Change | Trigger.Commit),
        // The same key stands for a new title, other reviewers, another destination and new commits.
        ["pullrequest:updated"] = hook => About(hook, Trigger.Change | Trigger.Commit),
        ["pullrequest:push"] = hook => About(hook, Trigger.Commit),
        ["pullrequest:approved"] = hook => About(hook, Trigger.Review),
        ["pullrequest:unapproved"] = hook => About(hook, Trigger.Review),
        ["pullrequest:changes_request_created"] = hook => About(hook, Trigger.Review),
        ["pullrequest:changes_request_removed"] = hook => About(hook, Trigger.Review),
        ["pullrequest:fulfilled"] = hook => About(hook, Trigger.Closed),
        ["pullrequest:rejected"] = hook => About(hook, Trigger.Closed),
        ["pullrequest:comment_created"] = Comment,
        ["pullrequest:comment_updated"] = Comment,
        ["pullrequest:comment_deleted"] = Comment,
        ["pullrequest:comment_resolved"] = Comment,
        ["pullrequest:comment_reopened"] = Comment,
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, string> Uninteresting = new Dictionary<string, string>
    {
        ["repo:fork"] = "the repository was forked; the fork is another repository",
        ["repo:commit_comment_created"] = "it is a comment on a commit, not on a pull request",
        ["project:updated"] = "it concerns a project, not a repository",
        ["pipeline:span_created"] = "it is a trace of a pipeline; its outcome is reported as a build status",
    }.ToFrozenDictionary();

    /// <summary>Reads a delivery; see <see cref="Ports.IForgeDoor.Read"/>.</summary>
    public static Reading Read(Delivery delivery)
    {
        if (!StrictJson.TryParse(delivery.Body.Span, out var body, out var problem)) return new Reading.Unreadable(problem);
        if (body.ValueKind != JsonValueKind.Object) return new Reading.Unreadable("the body is no JSON object");
        var key = delivery.Event;
        if (Uninteresting.TryGetValue(key, out var why)) return new Reading.Ignored(why);
        if (key.StartsWith("issue:", StringComparison.Ordinal)) return new Reading.Ignored("it concerns an issue");
        var isOfChange = key.StartsWith("pullrequest:", StringComparison.Ordinal);
        if (!ByKey.TryGetValue(key, out var read) && !isOfChange)
        {
            return new Reading.Ignored($"`{key}` is an event that cannot change a ruling");
        }

        return PathOf(body) is { } path
            ? (read ?? Unknown)(new Hook(body, new RepositoryKey(delivery.Connection, path)))
            : Missing("repository.full_name", "`workspace/repository`");
    }

    /// <summary>
    /// A pull request event that did not exist when this was written: whatever it is, the pull request is looked at again.
    /// </summary>
    private static Reading Unknown(Hook hook) => About(hook, Trigger.Change);

    private static Reading Push(Hook hook)
    {
        var what = ImmutableArray.CreateBuilder<Concern>();
        var trigger = Trigger.None;
        var pusher = BitbucketCloudPayloads.NameOf(hook.Body.Child("actor"));
        foreach (var change in hook.Body.Child("push").Items("changes"))
        {
            var named = change.Has("new") ? change.Child("new") : change.Child("old");
            var name = named.Text("name");
            if (name.Length == 0) return Missing("push.changes[].new.name", "the branch's or the tag's name");
            if (!TryTip(change, "old", out var before)) return Missing("push.changes[].old.target.hash", "a full commit id");
            if (!TryTip(change, "new", out var after)) return Missing("push.changes[].new.target.hash", "a full commit id");
            switch (named.Text("type"))
            {
                case "branch" or "named_branch":
                    what.Add(new Concern.Push(hook.Repository, name, before, after, change.Flag("forced"), pusher));
                    trigger |= Trigger.Push;
                    break;
                case "tag" or "annotated_tag":
                    what.Add(new Concern.Tag(hook.Repository, name, before, after));
                    trigger |= Trigger.Tag;
                    break;
            }
        }

        return what.Count == 0
            ? new Reading.Ignored("it names no branch and no tag that moved")
            : new Reading.Concerns(what.ToImmutable(), trigger);
    }

    /// <summary>
    /// The commit that a ref stood at; no commit when there was no such ref. False when it is there but cannot be read.
    /// </summary>
    private static bool TryTip(JsonElement change, string name, out CommitId tip)
    {
        tip = default;
        var side = change.Child(name);
        return side.ValueKind == JsonValueKind.Undefined
            || (CommitId.TryParse(side.Child("target").TextOrNull("hash"), out tip) && !tip.IsNone);
    }

    private static Reading Status(Hook hook)
    {
        var status = hook.Body.Child("commit_status");
        var commit = status.Child("commit").Commit("hash");
        if (commit.IsNone)
        {
            // Older deliveries name the commit only in the address of its page.
            var address = status.Child("links").Child("commit").Text("href");
            _ = CommitId.TryParse(address[(address.LastIndexOf('/') + 1)..], out commit);
        }

        // A context that is too long for a key is whole in the name.
        var (key, name) = (status.Text("key"), status.Text("name"));
        var context = BitbucketCloudPayloads.KeyOf(name) == key ? name : key;
        return commit.IsNone
            ? Missing("commit_status.commit.hash", "a full commit id")
            : new Reading.Concerns([new Concern.AtCommit(hook.Repository, commit, context) { Shown = ShownBy(status) }], Trigger.Status);
    }

    private static ShownStatus ShownBy(JsonElement status) =>
        new(BitbucketCloudPayloads.ReadCheckState(status.Text("state")), status.Text("url"));

    private static Reading Comment(Hook hook) =>
        BitbucketCloudComments.IsMarked(hook.Body.Child("comment").Child("content").Text("raw"))
            ? new Reading.Ignored("it is the gate's own comment")
            : About(hook, Trigger.Comment);

    private static Reading About(Hook hook, Trigger trigger) =>
        hook.Body.Child("pullrequest").Number("id") is { } number and > 0
            ? new Reading.Concerns([new Concern.Change(new ChangeKey(hook.Repository, number))], trigger)
            : Missing("pullrequest.id", "the pull request's number");

    private static Reading.Concerns Settings(Hook hook, string what) =>
        new([new Concern.Settings(hook.Repository, what)], Trigger.Settings);

    private static Reading.Unreadable Missing(string field, string right) =>
        new($"`{field}` is missing or of no use; {right} would be right");

    private static string? PathOf(JsonElement body)
    {
        var path = body.Child("repository").Text("full_name");
        var parts = path.Split('/');
        var isPath = parts.Length == 2 && path.Length <= 512
            && parts.All(part => part.Length > 0 && part is not ("." or "..") && !part.Any(char.IsWhiteSpace));
        return isPath ? path : null;
    }

    private readonly record struct Hook(JsonElement Body, RepositoryKey Repository);
}
