using System.Text.Json.Nodes;
using GitOpsGate.Fakes.Git;
using Microsoft.AspNetCore.Http;

namespace GitOpsGate.Fakes.GitLab;

/// <summary>What an instance has, what its settings keep from being merged, and what goes wrong with its webhooks.</summary>
public sealed partial class FakeGitLab
{
    /// <summary>How long an external status check may stay pending before it counts as failed.</summary>
    private static readonly TimeSpan PendingLasts = TimeSpan.FromMinutes(2);

    private readonly Dictionary<string, long> _moved = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What the licence has; what it has not answers 404.</summary>
    public GitLabTier Tier { get; set; }

    /// <summary>Whether webhooks that fail are switched off: 4 in a row for a while, 40 for good.</summary>
    public bool DisablesHooks
    {
        get => _webhooks.Disables;
        set => _webhooks.Disables = value;
    }

    /// <summary>Whether the log of deliveries can be asked for (17.4).</summary>
    public bool KeepsHookEvents { get; set; } = true;

    /// <summary>The access level of the gate's account in every project: 30 developer, 40 maintainer.</summary>
    public int GateLevel { get; set; } = 40;

    /// <summary>The scopes of the gate's token.</summary>
    public IReadOnlyList<string> Scopes { get; set; } = ["api"];

    /// <summary>Whether the gate's account is among those whose approval environments wait for.</summary>
    public bool MayApproveDeployments { get; set; } = true;

    /// <summary>A job comes to a deployment into a protected environment, and is blocked until it is approved.</summary>
    public async Task<GitLabDeployment> DeployAsync(string path, string by, string environment, string commit, int needed = 1)
    {
        var (project, user) = (Project(path), User(by));
        var deployment = new GitLabDeployment(NextId(), environment, commit, needed);
        lock (_gate) project.Deployments.Add(deployment);
        await _webhooks.DeploymentAsync(project, user, deployment);
        return deployment;
    }

    public void Archive(string path) => Project(path).IsArchived = true;

    /// <summary>Renames or moves a project; its old path redirects those who read, and refuses those who write.</summary>
    public void Rename(string path, string newPath)
    {
        lock (_gate)
        {
            var project = _projects[path];
            _projects.Remove(path);
            project.Path = newPath;
            _projects[newPath] = project;
            _moved[path] = project.Id;
        }
    }

    /// <summary>Requires an approval by somebody (Premium).</summary>
    public void RequireApproval(string path, string by) => Project(path).Approvers.Add(User(by));

    /// <summary>Lets nobody push to a branch.</summary>
    public void CloseBranch(string path, string branch) => Project(path).ClosedBranches.Add(branch);

    /// <summary>Lets skipped pipelines count as successful.</summary>
    public void LetSkippedPass(string path) => Project(path).SkippedCounts = true;

    /// <summary>A CI pipeline of the head's branch begins; gives its id.</summary>
    public long StartPipeline(string path, long number)
    {
        var change = Change(Project(path), number);
        change.HeadPipeline = (NextId(), change.Head, change.Source);
        return change.HeadPipeline.Value.Id;
    }

    /// <summary>The pipeline of the head is deleted, and nobody is told.</summary>
    public void DeletePipeline(string path, long number) => Change(Project(path), number).HeadPipeline = (0, "", "");

    /// <summary>Closes or opens a merge request again.</summary>
    public Task ReopenAsync(string path, long number, string by) => ActAsync(path, number, by, (change, _) =>
    {
        change.State = "opened";
        return "reopen";
    });

    /// <summary>Points a merge request at another target branch.</summary>
    public async Task RetargetAsync(string path, long number, string by, string target)
    {
        var (project, user) = (Project(path), User(by));
        var change = Change(project, number);
        var changes = new JsonObject
        {
            ["target_branch"] = new JsonObject { ["previous"] = change.Target, ["current"] = target },
        };
        change.Target = target;
        await AddVersionAsync(project, change, change.Head);
        await _webhooks.MergeRequestAsync(project, change, user, "update", changes: changes);
    }

    /// <summary>Marks a merge request as a draft, or as ready.</summary>
    public async Task SetDraftAsync(string path, long number, string by, bool isDraft)
    {
        var (project, user) = (Project(path), User(by));
        var change = Change(project, number);
        var changes = new JsonObject { ["draft"] = new JsonObject { ["previous"] = change.IsDraft, ["current"] = isDraft } };
        change.IsDraft = isDraft;
        await _webhooks.MergeRequestAsync(project, change, user, "update", changes: changes);
    }

    /// <summary>Rewrites a branch: one commit upon <c>main</c> takes its place. Its open merge requests follow. Gives the commit.</summary>
    public async Task<string> RewriteAsync(string path, string by, string branch, params (string Path, string Text)[] files)
    {
        const string Aside = "aside";
        var (project, user) = (Project(path), User(by));
        var before = await project.Repo.ResolveAsync($"refs/heads/{branch}");
        var after = await project.Repo.CommitAsync(
            Aside, "Rewrite", [.. files.Select(file => GitFile.Text(file.Path, file.Text))], new GitPerson(by, $"{by}@example.org"), from: "main");
        await project.Repo.SetRefAsync($"refs/heads/{branch}", after);
        await project.Repo.DeleteBranchAsync(Aside);
        await _webhooks.PushAsync(project, user, branch, before, after);
        foreach (var change in project.MergeRequests.Where(one => one.Source == branch && one.State == "opened").ToList())
        {
            var old = change.Head;
            await AddVersionAsync(project, change, after);
            await _webhooks.MergeRequestAsync(project, change, user, "update", oldHead: old);
        }

        return after;
    }

    /// <summary>Deletes a branch.</summary>
    public async Task DeleteBranchAsync(string path, string by, string branch)
    {
        var project = Project(path);
        var before = await project.Repo.ResolveAsync($"refs/heads/{branch}");
        await project.Repo.DeleteBranchAsync(branch);
        await _webhooks.PushAsync(project, User(by), branch, before, null);
    }

    /// <summary>Somebody answers an external status check in the gate's place, as any Developer may.</summary>
    public void AnswerCheck(string path, long number, string name, string status)
    {
        var project = Project(path);
        var change = Change(project, number);
        change.Answers[project.Checks.Single(check => check.Name == name).Id] = (change.Head, status, Now());
    }

    /// <summary>How the external status checks of a merge request stand, by name.</summary>
    public IReadOnlyDictionary<string, string> ChecksShown(string path, long number)
    {
        var project = Project(path);
        return project.Checks.ToDictionary(check => check.Name, check => StatusOf(Change(project, number), check));
    }

    /// <summary>The addresses and secrets that a project's external status checks were made with.</summary>
    public IReadOnlyList<(string Name, string Url, string Secret)> Checks(string path) =>
        [.. Project(path).Checks.Select(check => (check.Name, check.Url, check.Secret))];

    /// <summary>Why a merge would be refused, as <c>detailed_merge_status</c> says it; null when nothing speaks against it.</summary>
    public string? BlockerOf(string path, long number) => Blocker(Project(path), Change(Project(path), number));

    /// <summary>The threads at lines, in order.</summary>
    public IReadOnlyList<GitLabThread> Threads(string path, long number)
    {
        lock (_gate)
        {
            var notes = Change(Project(path), number).Notes.Where(note => note.Position is not null);
            return
            [
                .. notes.Select(note => new GitLabThread(
                    note.Position!["new_path"]!.GetValue<string>(), note.Position["new_line"]!.GetValue<long>(), note.Body,
                    note.ResolvedBy is not null)),
            ];
        }
    }

    /// <summary>Somebody resolves every thread.</summary>
    public void ResolveThreads(string path, long number, string by)
    {
        foreach (var note in Change(Project(path), number).Notes.Where(note => note.Position is not null)) note.ResolvedBy = User(by);
    }

    /// <summary>Adds a webhook, as a person would.</summary>
    public void AddHook(string path, string url)
    {
        var hook = new GitLabHook(NextId()) { Url = url, Token = "somebody's" };
        hook.Events.UnionWith(GitLabWebhooks.Switches);
        Project(path).Hooks.Add(hook);
    }

    /// <summary>Takes an event away from a webhook.</summary>
    public void WeakenHook(string path, string url) => Hook(path, url).Events.Remove("merge_requests_events");

    /// <summary>Switches a webhook off, for good or until a moment.</summary>
    public void DisableHook(string path, string url, DateTimeOffset? until = null) =>
        (Hook(path, url).IsDisabled, Hook(path, url).DisabledUntil) = (until is null, until);

    /// <summary>Sends one event to all webhooks of a project; gives the delivery id that the one with this address got.</summary>
    public async Task<string> SendOneAsync(string path, string url)
    {
        var project = Project(path);
        var head = await project.Repo.ResolveAsync("main");
        await _webhooks.PushAsync(project, Gate, "main", head, head);
        return Hook(path, url).Log[^1].Call.Headers["Idempotency-Key"];
    }

    /// <summary>How many times a delivery was tried.</summary>
    public int Tries(string forgeId) => Post.Sent.Count(receipt => receipt.Call.Headers["Idempotency-Key"] == forgeId);

    internal Task<int> ResendAsync(GitLabHook hook, GitLabHookEvent one) => _webhooks.ResendAsync(hook, one);

    internal string StatusOf(GitLabMergeRequest change, GitLabCheck check)
    {
        if (!change.Answers.TryGetValue(check.Id, out var answer) || answer.Sha != change.Head) return "pending";
        return answer.Status == "pending" && _clock.GetUtcNow() > answer.At + PendingLasts ? "failed" : answer.Status;
    }

    internal IReadOnlyList<GitLabProject> ProjectsOf(string owner)
    {
        lock (_gate)
        {
            return [.. _projects.Values.Where(one => one.Path.StartsWith(owner + "/", StringComparison.OrdinalIgnoreCase))];
        }
    }

    internal bool IsUser(string name)
    {
        lock (_gate) return _users.ContainsKey(name);
    }

    internal async Task PushedAsync(GitLabProject project, string branch, string? before, string after) =>
        await _webhooks.PushAsync(project, Gate, branch, before, after);

    private GitLabHook Hook(string path, string url) => Project(path).Hooks.Single(hook => hook.Url == url);

    private string? Blocker(GitLabProject project, GitLabMergeRequest change)
    {
        var newest = StatusesOf(project, change.Head).GroupBy(status => status.Name).Select(group => group.Last().State).ToList();
        var isGreen = newest.Count > 0
            && newest.TrueForAll(state => state == "success" || (state == "skipped" && project.SkippedCounts == true));
        if (project.NeedsPipeline && !isGreen) return "ci_must_pass";
        var isApproved = project.Approvers.TrueForAll(by => change.Approvals.Exists(approval => approval.By == by));
        if (Tier >= GitLabTier.Premium && !isApproved) return "not_approved";
        var isChecked = project.Checks.TrueForAll(check => StatusOf(change, check) == "passed");
        return Tier == GitLabTier.Ultimate && project.NeedsChecks && !isChecked ? "status_checks_must_pass" : null;
    }

    /// <summary>What is answered at the old address of a project that moved; null at every other.</summary>
    private IResult? Moved(HttpRequest request)
    {
        var pieces = (request.Path.Value ?? "").Split('/');
        if (pieces is not ["", "api", "v4", "projects", var piece, ..]) return null;
        long id;
        lock (_gate)
        {
            if (!_moved.TryGetValue(Uri.UnescapeDataString(piece), out id)) return null;
        }

        if (request.Method != "GET") return GitLabAnswers.Wrong(405, "Non GET methods are not allowed for moved projects");
        var rest = string.Join('/', pieces.Skip(5));
        return Results.Redirect($"{Url}/api/v4/projects/{id}{(rest.Length > 0 ? "/" + rest : "")}{request.QueryString}");
    }
}
