using System.Globalization;
using System.Text.Json.Nodes;

namespace GitOpsGate.Fakes.GitLab;

/// <summary>What a fake GitLab says, in the shapes of REST API v4 and of its webhooks.</summary>
internal static class GitLabJson
{
    public static JsonObject User(GitLabUser user) => new()
    {
        ["id"] = user.Id,
        ["username"] = user.Username,
        ["name"] = user.Username,
        ["state"] = "active",
        ["web_url"] = $"https://gitlab.example.org/{user.Username}",
    };

    public static JsonObject Project(GitLabProject project) => new()
    {
        ["id"] = project.Id,
        ["path_with_namespace"] = project.Path,
        ["default_branch"] = "main",
        ["archived"] = project.IsArchived,
        ["only_allow_merge_if_pipeline_succeeds"] = project.NeedsPipeline,
        ["allow_merge_on_skipped_pipeline"] = project.SkippedCounts,
    };

    public static JsonObject Hook(GitLabHook hook, bool signs)
    {
        var json = new JsonObject
        {
            ["id"] = hook.Id,
            ["url"] = hook.Url,
            ["name"] = hook.Name,
            ["alert_status"] = hook.IsDisabled ? "disabled" : hook.DisabledUntil is null ? "executable" : "temporarily_disabled",
            ["disabled_until"] = hook.DisabledUntil is { } until ? Time(until) : null,
            ["enable_ssl_verification"] = hook.VerifiesTls,
            ["push_events_branch_filter"] = hook.BranchFilter,
            ["token_present"] = hook.Token.Length > 0,
        };
        if (signs) json["signing_token_present"] = hook.SigningToken.Length > 0;
        foreach (var name in GitLabWebhooks.Switches) json[name] = hook.Events.Contains(name);
        return json;
    }

    public static JsonObject MergeRequest(GitLabProject project, GitLabMergeRequest change)
    {
        var newest = change.Versions[^1];
        return new JsonObject
        {
            ["id"] = change.Id,
            ["iid"] = change.Iid,
            ["project_id"] = project.Id,
            ["title"] = change.IsDraft ? $"Draft: {change.Title}" : change.Title,
            ["description"] = change.Description,
            ["state"] = change.State,
            ["draft"] = change.IsDraft,
            ["author"] = User(change.Author),
            ["source_branch"] = change.Source,
            ["target_branch"] = change.Target,
            ["source_project_id"] = project.Id,
            ["target_project_id"] = project.Id,
            ["labels"] = new JsonArray([.. change.Labels.Select(label => JsonValue.Create(label))]),
            ["sha"] = change.Head,
            ["merge_commit_sha"] = OrNull(change.MergeCommit),
            ["squash_commit_sha"] = OrNull(change.SquashCommit),
            ["created_at"] = Time(change.CreatedAt),
            ["updated_at"] = Time(change.Notes.Select(note => note.UpdatedAt).Append(newest.CreatedAt).Max()),
            ["head_pipeline"] = change.HeadPipeline is { } pipeline
                ? new JsonObject { ["id"] = pipeline.Id, ["sha"] = pipeline.Sha, ["ref"] = pipeline.Ref, ["project_id"] = project.Id }
                : null,
            ["merged_at"] = change.MergedAt is { } at ? Time(at) : null,
            ["merge_user"] = change.MergedBy is { } by ? User(by) : null,
            ["web_url"] = $"https://gitlab.example.org/{project.Path}/-/merge_requests/{change.Iid}",
            ["references"] = new JsonObject { ["short"] = $"!{change.Iid}", ["full"] = $"{project.Path}!{change.Iid}" },
            ["diff_refs"] = new JsonObject
            {
                ["base_sha"] = newest.Base,
                ["head_sha"] = newest.Head,
                ["start_sha"] = newest.Start,
            },
            ["changes_count"] = "1",
        };
    }

    public static JsonObject Approvals(GitLabMergeRequest change, bool withTimes) => new()
    {
        ["iid"] = change.Iid,
        ["approvals_required"] = 0,
        ["approved"] = change.Approvals.Count > 0,
        ["approved_by"] = new JsonArray([.. change.Approvals.Select(approval =>
        {
            var json = new JsonObject { ["user"] = User(approval.By) };
            if (withTimes) json["approved_at"] = Time(approval.At);
            return json;
        })]),
    };

    public static JsonObject Reviewer((GitLabUser By, string State) reviewer) =>
        new() { ["user"] = User(reviewer.By), ["state"] = reviewer.State };

    public static JsonObject Note(GitLabNote note) => new()
    {
        ["id"] = note.Id,
        ["body"] = note.Body,
        ["author"] = User(note.Author),
        ["created_at"] = Time(note.CreatedAt),
        ["updated_at"] = Time(note.UpdatedAt),
        ["system"] = note.IsSystem,
        ["noteable_type"] = "MergeRequest",
        ["resolvable"] = note.Position is not null,
        ["resolved"] = note.ResolvedBy is not null,
        ["resolved_by"] = note.ResolvedBy is { } by ? User(by) : null,
        ["position"] = note.Position?.DeepClone(),
    };

    /// <summary>A thread; here each has one note, whose id it carries in hex.</summary>
    public static JsonObject Discussion(GitLabNote note) => new()
    {
        ["id"] = note.Id.ToString("x40", CultureInfo.InvariantCulture),
        ["individual_note"] = note.Position is null,
        ["notes"] = new JsonArray(Note(note)),
    };

    /// <summary>A check as its project lists it.</summary>
    public static JsonObject Check(GitLabProject project, GitLabCheck check) => new()
    {
        ["id"] = check.Id,
        ["name"] = check.Name,
        ["project_id"] = project.Id,
        ["external_url"] = check.Url,
        ["hmac"] = check.Secret.Length > 0,
        ["protected_branches"] = new JsonArray(),
    };

    /// <summary>A delivery in a hook's log; secrets are blotted out.</summary>
    public static JsonObject HookEvent(GitLabHookEvent one)
    {
        var headers = new JsonObject();
        foreach (var (name, value) in one.Call.Headers) headers[name] = name == "X-Gitlab-Token" ? "[REDACTED]" : value;
        return new JsonObject
        {
            ["id"] = one.Id,
            ["url"] = one.Call.Url,
            ["trigger"] = one.Call.Event.ToLowerInvariant().Replace(" hook", "_hooks", StringComparison.Ordinal),
            ["request_headers"] = headers,
            ["request_data"] = JsonNode.Parse(one.Call.Body),
            ["response_headers"] = new JsonObject(),
            ["response_body"] = one.Status == 0 ? "internal error occurred" : "",
            ["execution_duration"] = 0.1,
            ["response_status"] = one.Status == 0 ? "internal error" : one.Status.ToString(CultureInfo.InvariantCulture),
        };
    }

    public static JsonObject Version(GitLabVersion version) => new()
    {
        ["id"] = version.Id,
        ["head_commit_sha"] = version.Head,
        ["base_commit_sha"] = version.Base,
        ["start_commit_sha"] = version.Start,
        ["created_at"] = Time(version.CreatedAt),
        ["state"] = "collected",
    };

    public static JsonObject Status(GitLabStatus status) => new()
    {
        ["id"] = status.Id,
        ["sha"] = status.Sha,
        ["ref"] = status.Ref,
        ["name"] = status.Name,
        ["status"] = status.State,
        ["description"] = status.Description,
        ["target_url"] = status.TargetUrl,
        ["author"] = User(status.Author),
    };

    public static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static JsonValue? OrNull(string text) => text.Length == 0 ? null : JsonValue.Create(text);
}
