using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Forges.BitbucketCloud;

namespace GitOpsGate.Forges.BitbucketDataCenter;

/// <summary>
/// Says what a Bitbucket Data Center webhook concerns (Atlassian, "Event payload"). The event's name is in the body's
/// <c>eventKey</c> and in the header <c>X-Event-Key</c>; a repository is named by its project's key and its slug.
/// </summary>
public static class BitbucketDataCenterReader
{
    private const string Branches = "refs/heads/";
    private const string Tags = "refs/tags/";

    private static readonly FrozenDictionary<string, Func<Hook, Reading>> ByKey = new Dictionary<string, Func<Hook, Reading>>
    {
        ["repo:refs_changed"] = Push,
        ["repo:modified"] = Modified,
        ["pr:opened"] = hook => About(hook, Trigger.Change | Trigger.Commit),
        ["pr:from_ref_updated"] = hook => About(hook, Trigger.Commit),
        // The head stays where it is; what merging it would change may be another thing now.
        ["pr:to_ref_updated"] = hook => About(hook, Trigger.Change),
        // A new title, description or target, and a draft made ready.
        ["pr:modified"] = hook => About(hook, Trigger.Change),
        // Only reviewers' approvals count, so whom this takes off the list takes an approval along: it is more than a request.
        ["pr:reviewer:updated"] = hook => About(hook, Trigger.Review),
        ["pr:reviewer:approved"] = hook => About(hook, Trigger.Review),
        ["pr:reviewer:unapproved"] = hook => About(hook, Trigger.Review),
        // The first is what servers send, the second what later documentation calls it.
        ["pr:reviewer:needs_work"] = hook => About(hook, Trigger.Review),
        ["pr:reviewer:changes_requested"] = hook => About(hook, Trigger.Review),
        ["pr:merged"] = hook => About(hook, Trigger.Closed),
        ["pr:declined"] = hook => About(hook, Trigger.Closed),
        ["pr:deleted"] = hook => About(hook, Trigger.Closed),
        ["pr:comment:added"] = hook => Comment(hook, IsMarked(hook)),
        // An edited comment must have been ours before: nobody hides that an approval was taken back by writing our mark.
        ["pr:comment:edited"] = hook => Comment(hook, IsMarked(hook) && WasMarked(hook)),
        ["pr:comment:deleted"] = hook => Comment(hook, isOurs: false),
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, string> Uninteresting = new Dictionary<string, string>
    {
        ["diagnostics:ping"] = "the hook was tried out; the test names no repository",
        ["mirror:repo_synchronized"] = "a mirror caught up with the repository; the push is reported by a delivery of its own",
        ["project:modified"] = "it concerns a project, not a repository",
        ["proj:modified"] = "it concerns a project, not a repository",
        ["repo:forked"] = "the repository was forked; the fork is another repository",
        ["repo:comment:added"] = "it is a comment on a commit, not on a pull request",
        ["repo:comment:edited"] = "it is a comment on a commit, not on a pull request",
        ["repo:comment:deleted"] = "it is a comment on a commit, not on a pull request",
        ["repo:secret_detected"] = "a push held what looks like a secret; the push is reported by a delivery of its own",
    }.ToFrozenDictionary();

    /// <summary>Reads a delivery; see <see cref="Ports.IForgeDoor.Read"/>.</summary>
    public static Reading Read(Delivery delivery)
    {
        if (!StrictJson.TryParse(delivery.Body.Span, out var body, out var problem)) return new Reading.Unreadable(problem);
        if (body.ValueKind != JsonValueKind.Object) return new Reading.Unreadable("the body is no JSON object");
        // The body is signed and the header is not, so the body has the last word; a ping names its event in the header alone.
        var key = body.Text("eventKey") is { Length: > 0 } signed ? signed : delivery.Event;
        if (Uninteresting.TryGetValue(key, out var why)) return new Reading.Ignored(why);
        var hook = new Hook(delivery.Connection, body);
        if (ByKey.TryGetValue(key, out var read)) return read(hook);
        // A pull request event that did not exist when this was written: whatever it is, the pull request is looked at again.
        return key.StartsWith("pr:", StringComparison.Ordinal)
            ? About(hook, Trigger.Change)
            : new Reading.Ignored($"`{key}` is an event that cannot change a ruling");
    }

    private static Reading Push(Hook hook)
    {
        if (hook.RepositoryIn(hook.Body.Child("repository")) is not { } repository) return NoRepository("repository");
        if (hook.Body.Child("changes").ValueKind != JsonValueKind.Array)
        {
            return Missing("changes", "a list of the branches and tags that moved");
        }

        var what = ImmutableArray.CreateBuilder<Concern>();
        var trigger = Trigger.None;
        var pusher = NameOf(hook.Body.Child("actor"));
        foreach (var change in hook.Body.Items("changes"))
        {
            var name = change.Child("ref").TextOrNull("id") ?? change.Text("refId");
            if (name.Length == 0) return Missing("changes[].ref.id", "a ref's full name, like `refs/heads/main`,");
            if (!CommitId.TryParse(change.TextOrNull("fromHash"), out var before)) return NoCommit("fromHash");
            if (!CommitId.TryParse(change.TextOrNull("toHash"), out var after)) return NoCommit("toHash");
            if (before.IsNone && after.IsNone)
            {
                return new Reading.Unreadable(
                    "`changes[].fromHash` and `changes[].toHash` are both zeros; one should name a commit");
            }

            if (ShortName(name, Branches) is { } branch)
            {
                // Whether it was forced is not said.
                what.Add(new Concern.Push(repository, branch, before, after, IsForced: false, pusher));
                trigger |= Trigger.Push;
            }
            else if (ShortName(name, Tags) is { } tag)
            {
                what.Add(new Concern.Tag(repository, tag, before, after));
                trigger |= Trigger.Tag;
            }
        }

        return what.Count == 0
            ? new Reading.Ignored("it names no branch and no tag that moved")
            : new Reading.Concerns(what.ToImmutable(), trigger);
    }

    /// <summary>The repository is shown as it was and as it is; a new name and a new project change how it is reached.</summary>
    private static Reading Modified(Hook hook)
    {
        if (hook.RepositoryIn(hook.Body.Child("new")) is not { } repository) return NoRepository("new");
        var what = hook.RepositoryIn(hook.Body.Child("old")) is not { } old || old == repository ? "settings"
            : old.Path.Split('/')[0] == repository.Path.Split('/')[0] ? "renamed"
            : "moved";
        return new Reading.Concerns([new Concern.Settings(repository, what)], Trigger.Settings);
    }

    private static Reading Comment(Hook hook, bool isOurs) =>
        isOurs ? new Reading.Ignored("it is the gate's own comment") : About(hook, Trigger.Comment);

    // Both Bitbuckets show HTML comments as text, so the gate's comments bear the same mark there.
    private static bool IsMarked(Hook hook) =>
        BitbucketCloudComments.IsMarked(hook.Body.Child("comment").Text("text"));

    private static bool WasMarked(Hook hook) => BitbucketCloudComments.IsMarked(hook.Body.Text("previousComment"));

    /// <summary>A pull request belongs to where it would be merged; its source may be in a fork.</summary>
    private static Reading About(Hook hook, Trigger trigger)
    {
        var pull = hook.Body.Child("pullRequest");
        if (hook.RepositoryIn(pull.Child("toRef").Child("repository")) is not { } repository)
        {
            return NoRepository("pullRequest.toRef.repository");
        }

        return pull.Number("id") is { } number and > 0
            ? new Reading.Concerns([new Concern.Change(new ChangeKey(repository, number))], trigger)
            : Missing("pullRequest.id", "the pull request's number");
    }

    private static Reading.Unreadable NoRepository(string field) =>
        Missing(field, "a project's `key` and the repository's `slug`");

    private static Reading.Unreadable NoCommit(string field) => Missing($"changes[].{field}", "a full commit id");

    private static Reading.Unreadable Missing(string field, string right) =>
        new($"`{field}` is missing or of no use; {right} would be right");

    /// <summary>The name that people sign in with; a deleted account may have none.</summary>
    private static string NameOf(JsonElement account) =>
        account.TextOrNull("name") ?? account.TextOrNull("slug") ?? account.Text("displayName");

    private static string? ShortName(string name, string prefix) =>
        name.Length > prefix.Length && name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : null;

    private readonly record struct Hook(ConnectionName Connection, JsonElement Body)
    {
        /// <summary>
        /// The repository that this describes, as <c>PROJECT/slug</c> or <c>~user/slug</c>; null when it names none of use.
        /// </summary>
        public RepositoryKey? RepositoryIn(JsonElement json)
        {
            var (project, slug) = (json.Child("project"), json.Text("slug"));
            var key = project.Text("key");
            // Some deliveries leave out the tilde that every address of a personal project has.
            if (project.Text("type") == "PERSONAL" && key.Length > 0 && key[0] != '~') key = $"~{key}";
            var isNamed = IsName(key.StartsWith('~') ? key[1..] : key) && IsName(slug);
            return isNamed ? new RepositoryKey(Connection, $"{key}/{slug}") : null;
        }

        // The name becomes a part of addresses and folder names later on.
        private static bool IsName(string part) =>
            part.Length is > 0 and <= 255
            && part.Trim('.').Length > 0
            && !part.Any(letter => letter is '/' or '\\' or '?' or '#' or '%' or ':' or '~' || char.IsWhiteSpace(letter))
            && !part.Any(char.IsControl);
    }
}
