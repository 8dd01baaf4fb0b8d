using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace GitOpsGate.Fakes.GitLab;

/// <summary>Writes the webhooks of a fake GitLab and hands them to the post.</summary>
internal sealed class GitLabWebhooks(HookPost post, TimeProvider clock)
{
    private const int FailuresForAWhile = 4;
    private const int FailuresForGood = 40;

    /// <summary>The switches of a hook, each with the event that it lets through.</summary>
    public static readonly IReadOnlyList<string> Switches =
    [
        "push_events", "tag_push_events", "merge_requests_events", "note_events", "pipeline_events", "job_events",
        "deployment_events",
    ];

    private const string None = "0000000000000000000000000000000000000000";
    private int _calls;
    private long _events;

    /// <summary>Whether this version knows signing tokens (19.0).</summary>
    public bool Signs { get; set; } = true;

    public string Instance { get; set; } = "";

    /// <summary>Whether hooks that fail are switched off: so on gitlab.com, and behind a flag elsewhere.</summary>
    public bool Disables { get; set; }

    public Task PushAsync(GitLabProject project, GitLabUser by, string branch, string? before, string? after)
    {
        var body = new JsonObject
        {
            ["object_kind"] = "push",
            ["event_name"] = "push",
            ["before"] = before ?? None,
            ["after"] = after ?? None,
            ["ref"] = $"refs/heads/{branch}",
            ["checkout_sha"] = after,
            ["user_id"] = by.Id,
            ["user_username"] = by.Username,
            ["project_id"] = project.Id,
            ["project"] = Project(project),
            ["commits"] = new JsonArray(),
            ["total_commits_count"] = 1,
        };
        return SendAsync(project, "push_events", "Push Hook", body);
    }

    public Task DeploymentAsync(GitLabProject project, GitLabUser by, GitLabDeployment deployment) => SendAsync(
        project, "deployment_events", "Deployment Hook", new JsonObject
        {
            ["object_kind"] = "deployment",
            ["status"] = deployment.Status,
            ["deployment_id"] = deployment.Id,
            ["environment"] = deployment.Environment,
            ["project"] = Project(project),
            ["short_sha"] = deployment.Sha[..8],
            ["commit_url"] = $"{Instance}/{project.Path}/-/commit/{deployment.Sha}",
            ["user"] = GitLabJson.User(by),
        });

    public Task MergeRequestAsync(
        GitLabProject project, GitLabMergeRequest change, GitLabUser by, string action, string? oldHead = null,
        JsonObject? changes = null)
    {
        var what = new JsonObject
        {
            ["id"] = change.Id,
            ["iid"] = change.Iid,
            ["title"] = change.Title,
            ["state"] = change.State,
            ["action"] = action,
            ["draft"] = change.IsDraft,
            ["source_branch"] = change.Source,
            ["target_branch"] = change.Target,
            ["source_project_id"] = project.Id,
            ["target_project_id"] = project.Id,
            ["author_id"] = change.Author.Id,
            ["last_commit"] = new JsonObject { ["id"] = change.Head },
        };
        if (oldHead is not null) what["oldrev"] = oldHead;
        var body = new JsonObject
        {
            ["object_kind"] = "merge_request",
            ["event_type"] = "merge_request",
            ["user"] = GitLabJson.User(by),
            ["project"] = Project(project),
            ["object_attributes"] = what,
            ["labels"] = new JsonArray([.. change.Labels.Select(label => new JsonObject { ["title"] = label })]),
            ["changes"] = changes ?? [],
        };
        return SendAsync(project, "merge_requests_events", "Merge Request Hook", body);
    }

    public Task NoteAsync(GitLabProject project, GitLabMergeRequest change, GitLabNote note, string action)
    {
        var body = new JsonObject
        {
            ["object_kind"] = "note",
            ["event_type"] = "note",
            ["user"] = GitLabJson.User(note.Author),
            ["project_id"] = project.Id,
            ["project"] = Project(project),
            ["object_attributes"] = new JsonObject
            {
                ["id"] = note.Id,
                ["note"] = note.Body,
                ["noteable_type"] = "MergeRequest",
                ["system"] = false,
                ["action"] = action,
            },
            ["merge_request"] = new JsonObject
            {
                ["id"] = change.Id,
                ["iid"] = change.Iid,
                ["last_commit"] = new JsonObject { ["id"] = change.Head },
            },
        };
        return SendAsync(project, "note_events", "Note Hook", body);
    }

    /// <summary>A commit status stands in a pipeline, so posting one makes GitLab report the pipeline.</summary>
    public Task PipelineAsync(GitLabProject project, GitLabStatus status)
    {
        var body = new JsonObject
        {
            ["object_kind"] = "pipeline",
            ["object_attributes"] = new JsonObject
            {
                ["id"] = status.Id,
                ["ref"] = status.Ref,
                ["tag"] = false,
                ["sha"] = status.Sha,
                ["source"] = "external",
                ["status"] = status.State,
            },
            ["merge_request"] = null,
            ["user"] = GitLabJson.User(status.Author),
            ["project"] = Project(project),
            ["builds"] = new JsonArray(
                new JsonObject { ["name"] = status.Name, ["stage"] = "external", ["status"] = status.State }),
        };
        return SendAsync(project, "pipeline_events", "Pipeline Hook", body);
    }

    /// <summary>A hook's test delivery; false when the receiver did not answer with success.</summary>
    public async Task<bool> TestAsync(GitLabProject project, GitLabHook hook, GitLabUser by, string head)
    {
        var body = new JsonObject
        {
            ["object_kind"] = "push",
            ["event_name"] = "push",
            ["before"] = head,
            ["after"] = head,
            ["ref"] = "refs/heads/main",
            ["user_username"] = by.Username,
            ["project"] = Project(project),
        };
        return await CarryAsync(hook, Call(hook, "Push Hook", body)) is >= 200 and < 300;
    }

    /// <summary>Sends what is in a hook's log again, under the same id; gives what was answered.</summary>
    public Task<int> ResendAsync(GitLabHook hook, GitLabHookEvent one) => CarryAsync(hook, one.Call);

    private static JsonObject Project(GitLabProject project) => new()
    {
        ["id"] = project.Id,
        ["path_with_namespace"] = project.Path,
        ["default_branch"] = "main",
        ["web_url"] = $"https://gitlab.example.org/{project.Path}",
    };

    private async Task SendAsync(GitLabProject project, string wanted, string name, JsonObject body)
    {
        foreach (var hook in project.Hooks.Where(hook => hook.Events.Contains(wanted)).ToList())
        {
            if (hook.IsDisabled || hook.DisabledUntil > clock.GetUtcNow()) continue;
            await CarryAsync(hook, Call(hook, name, body));
        }
    }

    /// <summary>Sends, notes how it went, and switches the hook off or on by that.</summary>
    private async Task<int> CarryAsync(GitLabHook hook, HookCall call)
    {
        var status = (await post.SendAsync(call)).Status;
        lock (hook.Log) hook.Log.Add(new GitLabHookEvent(Interlocked.Increment(ref _events), call, status));
        if (status is >= 200 and < 300)
        {
            (hook.Failures, hook.DisabledUntil, hook.IsDisabled) = (0, null, false);
            return status;
        }

        hook.Failures++;
        if (!Disables || hook.Failures < FailuresForAWhile) return status;
        // One minute, and twice as long after each further failure, up to a day.
        var minutes = Math.Min(1440, Math.Pow(2, hook.Failures - FailuresForAWhile));
        hook.DisabledUntil = clock.GetUtcNow().AddMinutes(minutes);
        hook.IsDisabled = hook.Failures >= FailuresForGood;
        return status;
    }

    public Dictionary<string, string> Headers(string name, byte[] body, string token, string signingToken, DateTimeOffset at)
    {
        var id = new Guid(Interlocked.Increment(ref _calls), 0x1ab, 0, [0, 0, 0, 0, 0, 0, 0, 0]).ToString();
        var headers = new Dictionary<string, string>
        {
            ["Content-Type"] = "application/json",
            ["User-Agent"] = "GitLab/19.1.0",
            ["X-Gitlab-Event"] = name,
            ["X-Gitlab-Instance"] = Instance,
            ["X-Gitlab-Event-UUID"] = id,
            ["Idempotency-Key"] = id,
        };
        if (token.Length > 0) headers["X-Gitlab-Token"] = token;
        if (Signs && signingToken.Length > 0) Sign(headers, signingToken, id, body, at);
        return headers;
    }

    private static void Sign(Dictionary<string, string> headers, string token, string id, byte[] body, DateTimeOffset at)
    {
        var timestamp = at.ToUnixTimeSeconds().ToString();
        var key = Convert.FromBase64String(token["whsec_".Length..]);
        byte[] content = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
        headers["webhook-id"] = id;
        headers["webhook-timestamp"] = timestamp;
        headers["webhook-signature"] = "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, content));
    }

    private HookCall Call(GitLabHook hook, string name, JsonObject body)
    {
        var bytes = Encoding.UTF8.GetBytes(body.ToJsonString());
        var headers = Headers(name, bytes, hook.Token, hook.SigningToken, clock.GetUtcNow());
        headers["X-Gitlab-Webhook-UUID"] = $"hook-{hook.Id}";
        return new HookCall(hook.Url, name, headers, bytes);
    }
}
