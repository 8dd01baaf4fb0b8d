using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;

namespace GitOpsGate.Forges.AzureDevOps;

/// <summary>
/// Says what a service hook of Azure DevOps concerns (Azure DevOps docs, "Service hooks events"). The event's name is in the body's
/// <c>eventType</c>; what a call was labelled with counts only where the body names none. An event of a pull request shows it as it is
/// now and does not say what changed, so every kind of fact that may have is named.
/// </summary>
public static class AzureDevOpsReader
{
    private const string Branches = "refs/heads/";
    private const string Tags = "refs/tags/";

    private static readonly FrozenDictionary<string, Func<Hook, Reading>> ByType = new Dictionary<string, Func<Hook, Reading>>
    {
        ["git.push"] = Push,
        ["git.pullrequest.created"] = hook => About(hook, hook.Pull, Trigger.Change | Trigger.Commit),
        ["git.pullrequest.updated"] = Updated,
        ["git.pullrequest.merged"] = MergeAttempted,
        ["ms.vss-code.git-pullrequest-comment-event"] = Comment,
        ["build.complete"] = Build,
        ["git.repo.created"] = hook => Settings(hook, "created"),
        ["git.repo.renamed"] = hook => Settings(hook, "renamed"),
        ["git.repo.statuschanged"] = hook => Settings(hook, "settings"),
        ["git.repo.deleted"] = Deleted,
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, string> Uninteresting = new Dictionary<string, string>
    {
        ["git.repo.forked"] = "the repository was forked; the fork is another repository",
    }.ToFrozenDictionary();

    /// <summary>Families of events, by how their names begin.</summary>
    private static readonly ImmutableArray<(string Start, string Why)> UninterestingFamilies =
    [
        ("workitem.", "it concerns a work item"),
        ("tfvc.", "it concerns a TFVC repository, not one of Git"),
        ("ms.vss-pipelines.", "how a pipeline's run ends is told by `build.complete` as well, with its repository and commit"),
        ("ms.vss-pipelinechecks-events.", "it concerns a check inside a pipeline; how the run ends is told by `build.complete`"),
        ("ms.vss-release.", "it concerns a classic release, which is made of builds and not of commits"),
        ("ms.azure-devops-release.", "it concerns a classic release, which is made of builds and not of commits"),
        ("ms.vss-endpoint.", "it concerns a service connection"),
    ];

    private static readonly ImmutableArray<string> OfChange = ["git.pullrequest.", "ms.vss-code.git-pullrequest-"];

    /// <summary>Reads a delivery; see <see cref="Ports.IForgeDoor.Read"/>.</summary>
    public static Reading Read(Delivery delivery)
    {
        if (!StrictJson.TryParse(delivery.Body.Span, out var body, out var problem)) return new Reading.Unreadable(problem);
        if (body.ValueKind != JsonValueKind.Object) return new Reading.Unreadable("the body is no JSON object");
        var named = body.Text("eventType");
        var type = named.Length > 0 ? named : delivery.Event;
        if (Uninteresting.TryGetValue(type, out var why)) return new Reading.Ignored(why);
        foreach (var family in UninterestingFamilies)
        {
            if (IsOf(type, family.Start)) return new Reading.Ignored(family.Why);
        }

        if (ByType.TryGetValue(type, out var read) || OfChange.Any(start => IsOf(type, start)))
        {
            return (read ?? Unknown)(new Hook(body, delivery.Connection));
        }

        // What a call was labelled with may be no word of Azure DevOps's at all.
        return named.Length == 0
            ? new Reading.Unreadable("`eventType` is missing; Azure DevOps names its event there")
            : new Reading.Ignored($"`{type}` is an event that cannot change a ruling");
    }

    /// <summary>
    /// A pull request event that did not exist when this was written: whatever it is, the pull request is looked at again.
    /// </summary>
    private static Reading Unknown(Hook hook) => About(hook, hook.Pull, Trigger.Change);

    private static Reading Push(Hook hook)
    {
        if (Named(hook, hook.Resource.Child("repository")) is not { } repository) return MissingRepository("resource.repository");
        if (!hook.Resource.Has("refUpdates")) return Missing("resource.refUpdates", "the list of the refs that moved");
        var what = ImmutableArray.CreateBuilder<Concern>();
        var trigger = Trigger.None;
        var pusher = AzureDevOpsPayloads.NameOf(hook.Resource.Child("pushedBy"));
        foreach (var update in hook.Resource.Items("refUpdates"))
        {
            if (!CommitId.TryParse(update.TextOrNull("oldObjectId"), out var before)) return MissingTip("oldObjectId");
            if (!CommitId.TryParse(update.TextOrNull("newObjectId"), out var after)) return MissingTip("newObjectId");
            var name = update.Text("name");
            if (IsOf(name, Branches))
            {
                // Whether the push was forced is not said.
                what.Add(new Concern.Push(repository, name[Branches.Length..], before, after, IsForced: false, pusher));
                trigger |= Trigger.Push;
            }
            else if (IsOf(name, Tags))
            {
                what.Add(new Concern.Tag(repository, name[Tags.Length..], before, after));
                trigger |= Trigger.Tag;
            }
        }

        return what.Count == 0
            ? new Reading.Ignored("it names no branch and no tag that moved")
            : new Reading.Concerns(what.ToImmutable(), trigger);
    }

    /// <summary>
    /// "Status, review list, reviewer vote changed, or the source branch is updated with a push": which of them is not said.
    /// </summary>
    private static Reading Updated(Hook hook) =>
        About(hook, hook.Pull, IsClosed(hook.Pull) ? Trigger.Closed : Trigger.Change | Trigger.Commit | Trigger.Review);

    /// <summary>
    /// "Merge attempted": Azure DevOps tries the merge of every open pull request too, so this alone does not mean that it was merged.
    /// </summary>
    private static Reading MergeAttempted(Hook hook) =>
        About(hook, hook.Pull, IsClosed(hook.Pull) ? Trigger.Closed : Trigger.Change);

    /// <summary>Abandoned, or completed by a merge that nothing says went wrong.</summary>
    private static bool IsClosed(JsonElement pull) => pull.Text("status") switch
    {
        "abandoned" => true,
        "completed" => pull.Text("mergeStatus") is not ("conflicts" or "failure" or "rejectedByPolicy"),
        _ => false,
    };

    /// <summary>
    /// A comment that was added, edited or deleted; which of them is not said, nor what an edited one said before.
    /// </summary>
    private static Reading Comment(Hook hook)
    {
        var comment = hook.Resource.Child("comment");
        return !comment.Flag("isDeleted") && AzureDevOpsPayloads.IsMarked(comment.Text("content"))
            ? new Reading.Ignored("it is the gate's own comment")
            : About(hook, hook.Resource.Child("pullRequest"), Trigger.Comment, "resource.pullRequest");
    }

    /// <summary>
    /// A build of a pull request builds its merge, a commit that is nobody's head; its ref names the pull request. A pipeline's name is
    /// not that of a status, which it could otherwise be taken for, so no context is given.
    /// </summary>
    private static Reading Build(Hook hook)
    {
        var built = hook.Resource.Child("repository");
        var kind = built.Text("type");
        if (kind.Length > 0 && !string.Equals(kind, "TfsGit", StringComparison.OrdinalIgnoreCase))
        {
            return new Reading.Ignored($"it is a build of a repository of the kind `{kind}`, which is not one of Azure DevOps's own");
        }

        // A pipeline may build a repository of another project, which only the address tells.
        var path = AzureDevOpsPayloads.PathOfAddress(built.Text("url"))
            ?? AzureDevOpsPayloads.PathOf(hook.Resource.Child("project").Text("name"), built.Text("name"));
        if (path is null) return Missing("resource.repository", "a build of resource version 2.0, which names its repository,");
        var repository = new RepositoryKey(hook.Connection, path);
        if (AzureDevOpsPayloads.NumberOf(hook.Resource.Text("sourceBranch")) is var number and > 0)
        {
            return new Reading.Concerns([new Concern.Change(new ChangeKey(repository, number))], Trigger.Pipeline);
        }

        var commit = hook.Resource.Commit("sourceVersion");
        return commit.IsNone
            ? Missing("resource.sourceVersion", "a full commit id")
            : new Reading.Concerns([new Concern.AtCommit(repository, commit)], Trigger.Pipeline);
    }

    private static Reading Settings(Hook hook, string what) =>
        Named(hook, hook.Resource.Child("repository")) is { } repository
            ? new Reading.Concerns([new Concern.Settings(repository, what)], Trigger.Settings)
            : MissingRepository("resource.repository");

    /// <summary>A repository that is gone is named beside its project, not as an object.</summary>
    private static Reading Deleted(Hook hook) =>
        AzureDevOpsPayloads.PathOf(hook.Resource.Child("project").Text("name"), hook.Resource.Text("repositoryName")) is { } path
            ? new Reading.Concerns([new Concern.Settings(new RepositoryKey(hook.Connection, path), "deleted")], Trigger.Settings)
            : Missing("resource.repositoryName", "the repository's name beside its `project.name`");

    private static Reading About(Hook hook, JsonElement pull, Trigger trigger, string place = "resource")
    {
        if (Named(hook, pull.Child("repository")) is not { } repository) return MissingRepository($"{place}.repository");
        return pull.Number("pullRequestId") is { } number and > 0
            ? new Reading.Concerns([new Concern.Change(new ChangeKey(repository, number))], trigger)
            : Missing($"{place}.pullRequestId", "the pull request's number");
    }

    private static RepositoryKey? Named(Hook hook, JsonElement repository) =>
        AzureDevOpsPayloads.PathOf(repository) is { } path ? new RepositoryKey(hook.Connection, path) : null;

    private static bool IsOf(string name, string start) =>
        name.Length > start.Length && name.StartsWith(start, StringComparison.Ordinal);

    private static Reading.Unreadable MissingRepository(string field) =>
        Missing(field, "its `name` and its `project.name`, which a subscription sends with all details of the resource,");

    private static Reading.Unreadable MissingTip(string field) => Missing($"resource.refUpdates[].{field}", "a full commit id");

    private static Reading.Unreadable Missing(string field, string right) =>
        new($"`{field}` is missing or of no use; {right} would be right");

    private readonly record struct Hook(JsonElement Body, ConnectionName Connection)
    {
        public JsonElement Resource => Body.Child("resource");

        /// <summary>The pull request: the resource itself, or a part of it where the event is about something of it.</summary>
        public JsonElement Pull => Resource.Has("pullRequest") ? Resource.Child("pullRequest") : Resource;
    }
}
