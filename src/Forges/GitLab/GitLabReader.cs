using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;

namespace GitOpsGate.Forges.GitLab;

/// <summary>
/// Says what a GitLab webhook concerns (GitLab docs, "Webhook events" and "System hooks"). A webhook is only a hint: it says
/// where to look, and everything else is asked from the API, so a reader that is in doubt says "look", never "nothing".
/// </summary>
public static class GitLabReader
{
    private const string Branches = "refs/heads/";
    private const string Tags = "refs/tags/";

    /// <summary>By <c>object_kind</c>, or by <c>event_name</c> where an event has no kind (system hooks, members).</summary>
    private static readonly FrozenDictionary<string, Func<Hook, Reading>> ByKind = new Dictionary<string, Func<Hook, Reading>>
    {
        ["push"] = Push,
        ["tag_push"] = Push,
        ["repository_update"] = RepositoryUpdate,
        ["merge_request"] = MergeRequest,
        ["note"] = Note,
        ["pipeline"] = Pipeline,
        ["build"] = Job,
        ["deployment"] = Deployment,
        ["access_token"] = hook => Settings(hook, "access token"),
        ["project_create"] = hook => Settings(hook, "created"),
        ["project_destroy"] = hook => Settings(hook, "deleted"),
        ["project_rename"] = hook => Moved(hook, "renamed"),
        ["project_transfer"] = hook => Moved(hook, "moved"),
        ["project_update"] = hook => Settings(hook, "settings"),
        ["user_add_to_team"] = hook => Settings(hook, "members"),
        ["user_update_for_team"] = hook => Settings(hook, "members"),
        ["user_remove_from_team"] = hook => Settings(hook, "members"),
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, string> Uninteresting = new Dictionary<string, string>
    {
        ["release"] = "a release was published; its tag is reported by a delivery of its own",
        ["issue"] = "it concerns an issue",
        ["work_item"] = "it concerns an issue",
        ["wiki_page"] = "it concerns a wiki page",
        ["feature_flag"] = "it concerns a feature flag",
        ["milestone"] = "it concerns a milestone",
        ["emoji"] = "it concerns an emoji reaction",
        ["vulnerability"] = "it concerns a vulnerability report",
        ["user_add_to_group"] = "members of a group changed; groups are asked anew whenever a change is judged",
        ["user_update_for_group"] = "members of a group changed; groups are asked anew whenever a change is judged",
        ["user_remove_from_group"] = "members of a group changed; groups are asked anew whenever a change is judged",
    }.ToFrozenDictionary();

    /// <summary>Words of <c>changes</c> that say nothing about what people did.</summary>
    private static readonly FrozenSet<string> Bookkeeping =
        FrozenSet.Create(
            "labels", "updated_at", "updated_by_id", "total_time_spent", "time_change", "last_edited_at", "last_edited_by_id");

    /// <summary>Reads a delivery; see <see cref="Ports.IForgeDoor.Read"/>.</summary>
    public static Reading Read(Delivery delivery)
    {
        if (!StrictJson.TryParse(delivery.Body.Span, out var body, out var problem)) return new Reading.Unreadable(problem);
        if (body.ValueKind != JsonValueKind.Object) return new Reading.Unreadable("the body is no JSON object");
        var kind = body.TextOrNull("object_kind") ?? body.TextOrNull("event_name") ?? body.TextOrNull("event_type");
        if (kind is null) return new Reading.Unreadable("`object_kind` is missing; a GitLab webhook names its event there");
        if (Uninteresting.TryGetValue(kind, out var why)) return new Reading.Ignored(why);
        if (!ByKind.TryGetValue(kind, out var read))
        {
            return new Reading.Ignored($"`{kind}` is an event that cannot change a ruling");
        }

        return PathOf(body, delivery.Headers) is { } path
            ? read(new Hook(body, new RepositoryKey(delivery.Connection, path), kind))
            : Missing("project.path_with_namespace", "`group/project`");
    }

    private static Reading Push(Hook hook) => Moved(hook, [hook.Body]);

    /// <summary>
    /// The system hook that tells of all refs of one push at once; it does not say who pushed by name in every version.
    /// </summary>
    private static Reading RepositoryUpdate(Hook hook) => Moved(hook, hook.Body.Items("changes"));

    private static Reading Moved(Hook hook, IEnumerable<JsonElement> changes)
    {
        var what = ImmutableArray.CreateBuilder<Concern>();
        var trigger = Trigger.None;
        var pusher = hook.Body.TextOrNull("user_username") ?? hook.Body.Text("user_name");
        foreach (var change in changes)
        {
            if (!CommitId.TryParse(change.TextOrNull("before"), out var before)) return Missing("before", "a full commit id");
            if (!CommitId.TryParse(change.TextOrNull("after"), out var after)) return Missing("after", "a full commit id");
            var name = change.Text("ref");
            if (name.StartsWith(Branches, StringComparison.Ordinal) && name.Length > Branches.Length)
            {
                what.Add(new Concern.Push(hook.Repository, name[Branches.Length..], before, after, IsForced: false, pusher));
                trigger |= Trigger.Push;
            }
            else if (name.StartsWith(Tags, StringComparison.Ordinal) && name.Length > Tags.Length)
            {
                what.Add(new Concern.Tag(hook.Repository, name[Tags.Length..], before, after));
                trigger |= Trigger.Tag;
            }
        }

        return what.Count == 0
            ? new Reading.Ignored("it names no branch and no tag that moved")
            : new Reading.Concerns(what.ToImmutable(), trigger);
    }

    private static Reading MergeRequest(Hook hook)
    {
        if (hook.What.Number("iid") is not { } number || number <= 0)
        {
            return Missing("object_attributes.iid", "the merge request's number");
        }

        return About(hook, number, hook.What.Text("action") switch
        {
            "open" or "reopen" => Trigger.Change | Trigger.Commit,
            "update" => Updated(hook),
            "approved" or "unapproved" or "approval" or "unapproval" => Trigger.Review,
            "close" or "merge" => Trigger.Closed,
            // System hooks and custom templates leave the action out; newer ones may add words.
            _ => hook.What.Text("state") is "merged" or "closed" ? Trigger.Closed : Trigger.Change,
        });
    }

    /// <summary>An update with <c>oldrev</c> brought commits; otherwise <c>changes</c> says what was edited.</summary>
    private static Trigger Updated(Hook hook)
    {
        var changes = hook.Body.Child("changes");
        var trigger = hook.What.Text("oldrev").Length > 0 ? Trigger.Commit : Trigger.None;
        if (changes.Has("labels")) trigger |= Trigger.Label;
        var names = changes.ValueKind == JsonValueKind.Object ? changes.EnumerateObject().Select(change => change.Name) : [];
        if (names.Any(name => !Bookkeeping.Contains(name))) trigger |= Trigger.Change;

        return trigger == Trigger.None ? Trigger.Change : trigger;
    }

    private static Reading Note(Hook hook)
    {
        var on = hook.What.Text("noteable_type");
        if (on.Length > 0 && on != "MergeRequest")
        {
            return new Reading.Ignored($"it is a comment on a `{on}`, not on a merge request");
        }

        if (GitLabComments.IsMarked(hook.What.Text("note"))) return new Reading.Ignored("it is the gate's own comment");
        if (hook.What.Flag("system"))
        {
            return new Reading.Ignored("it is a note that GitLab wrote about something it also reports itself");
        }

        return hook.Body.Child("merge_request").Number("iid") is { } number and > 0
            ? About(hook, number, Trigger.Comment)
            : Missing("merge_request.iid", "the merge request's number");
    }

    private static Reading Pipeline(Hook hook)
    {
        // A pipeline of a fork names a merge request of another project, whose path the delivery does not tell.
        var change = hook.Body.Child("merge_request");
        var isOurs = change.Id("target_project_id") == hook.Body.Child("project").Id("id");
        if (isOurs && change.Number("iid") is { } number and > 0) return About(hook, number, Trigger.Pipeline);
        return At(hook, hook.What.Commit("sha"), "object_attributes.sha", StatusOf(hook), ShownBy(hook));
    }

    /// <summary>A commit status makes a pipeline of its own, with it as the only build; the name tells whose it is.</summary>
    private static string StatusOf(Hook hook) =>
        hook.What.Text("source") == "external" && hook.Body.Items("builds").ToList() is [var only] ? only.Text("name") : "";

    // A pipeline's delivery does not say where its only status leads.
    private static ShownStatus? ShownBy(Hook hook) => StatusOf(hook).Length > 0
        ? new ShownStatus(GitLabPayloads.ReadCheckState(hook.Body.Items("builds").First().Text("status")), null)
        : null;

    private static Reading Job(Hook hook) => At(hook, hook.Body.Commit("sha"), "sha", hook.Body.Text("build_name"));

    private static Reading Deployment(Hook hook)
    {
        var environment = hook.Body.Text("environment");
        if (environment.Length == 0) return Missing("environment", "the environment's name");
        var address = hook.Body.Text("commit_url");
        if (!CommitId.TryParse(address[(address.LastIndexOf('/') + 1)..], out var commit) || commit.IsNone)
        {
            return Missing("commit_url", "an address that ends in the full commit id");
        }

        // A blocked one waits for approvals, ours perhaps among them. Each deployment has its own number, also when its job is run again.
        var isAsking = hook.Body.Text("status") == "blocked" && hook.Body.Number("deployment_id") > 0;
        var gate = isAsking ? new DeploymentGate(environment, commit, hook.Body.Number("deployment_id")!.Value) : null;
        return new Reading.Concerns([new Concern.Deployment(hook.Repository, environment, commit) { Gate = gate }], Trigger.Deployment);
    }

    private static Reading.Concerns Moved(Hook hook, string what)
    {
        var before = hook.Body.Text("old_path_with_namespace");
        return IsPath(before) && before != hook.Repository.Path
            ? new Reading.Concerns([new Concern.Moved(hook.Repository, hook.Repository with { Path = before })], Trigger.Settings)
            : Settings(hook, what);
    }

    private static Reading.Concerns Settings(Hook hook, string what) =>
        new([new Concern.Settings(hook.Repository, what)], Trigger.Settings);

    private static Reading.Concerns About(Hook hook, long number, Trigger trigger) =>
        new([new Concern.Change(new ChangeKey(hook.Repository, number))], trigger);

    private static Reading At(Hook hook, CommitId commit, string field, string context, ShownStatus? shown = null) =>
        commit.IsNone
            ? Missing(field, "a full commit id")
            : new Reading.Concerns([new Concern.AtCommit(hook.Repository, commit, context) { Shown = shown }], Trigger.Pipeline);

    private static Reading.Unreadable Missing(string field, string right) =>
        new($"`{field}` is missing or of no use; {right} would be right");

    /// <summary>
    /// The project's path. Job events of older versions have no project, only the address of its page: what follows the
    /// instance's own address there (<c>X-Gitlab-Instance</c>, which may itself have a path) is the project's path.
    /// </summary>
    private static string? PathOf(JsonElement body, ImmutableDictionary<string, string> headers)
    {
        var path = body.Child("project").TextOrNull("path_with_namespace") ?? body.TextOrNull("path_with_namespace")
            ?? body.TextOrNull("project_path_with_namespace") ?? FromPage(body.Child("repository").Text("homepage"), headers);
        return IsPath(path) ? path : null;
    }

    private static bool IsPath(string? path) =>
        path is { Length: > 2 and <= 1024 } && path.Contains('/', StringComparison.Ordinal)
        && path.Split('/').All(part => part.Length > 0 && part is not ("." or "..") && !part.Any(char.IsWhiteSpace));

    private static string? FromPage(string page, ImmutableDictionary<string, string> headers)
    {
        if (headers.GetValueOrDefault("x-gitlab-instance")?.TrimEnd('/') is { Length: > 0 } instance
            && page.StartsWith(instance + "/", StringComparison.OrdinalIgnoreCase)) return page[(instance.Length + 1)..];
        return Uri.TryCreate(page, UriKind.Absolute, out var address) ? address.AbsolutePath.Trim('/') : null;
    }

    private readonly record struct Hook(JsonElement Body, RepositoryKey Repository, string Kind)
    {
        public JsonElement What => Body.Child("object_attributes");
    }
}
