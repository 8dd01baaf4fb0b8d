using System.Text.Json.Nodes;
using GitOpsGate.Fakes.Git;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace GitOpsGate.Fakes.GitLab;

/// <summary>
/// A GitLab on 127.0.0.1 with projects, groups, merge requests and webhooks, over real repositories on disk. What people do there
/// is driven by the methods; what the gate does comes in over REST API v4.
/// </summary>
public sealed partial class FakeGitLab : FakeServer
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, GitLabProject> _projects = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, GitLabGroup> _groups = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, GitLabUser> _users = new(StringComparer.OrdinalIgnoreCase);
    private readonly string _root = Directory.CreateTempSubdirectory("gitopsgate-gitlab-").FullName;
    private readonly GitLabWebhooks _webhooks;
    private readonly TimeProvider _clock;
    private DateTimeOffset _last;
    private long _ids = 100;

    private FakeGitLab(TimeProvider clock)
    {
        _clock = clock;
        _webhooks = new GitLabWebhooks(Post, clock);
        Gate = User("project_1_bot_0f3a", isBot: true);
    }

    /// <summary>The only token that is let in; it belongs to <see cref="Gate"/>.</summary>
    public string Token { get; } = "glpat-fake";

    public string ApiUrl => Url + "/api/v4";

    public string GitUrl => Url;

    /// <summary>Sends the webhooks.</summary>
    public HookPost Post { get; } = new();

    /// <summary>The account behind the token.</summary>
    public GitLabUser Gate { get; }

    /// <summary>Whether this version signs webhooks (19.0); older ones ignore the field.</summary>
    public bool Signs
    {
        get => _webhooks.Signs;
        set => _webhooks.Signs = value;
    }

    /// <summary>Whether a commit status that repeats its state is refused with 400, as older versions do.</summary>
    public bool RefusesRepeatedStates { get; set; } = true;

    /// <summary>Whether approvals say when they were given; older versions only write a note.</summary>
    public bool TellsApprovalTimes { get; set; } = true;

    public static async Task<FakeGitLab> StartAsync(TimeProvider? clock = null, int port = 0)
    {
        var forge = new FakeGitLab(clock ?? TimeProvider.System);
        await forge.StartAsync(port);
        forge._webhooks.Instance = forge.Url;
        return forge;
    }

    /// <summary>The account with this name, made when there is none.</summary>
    public GitLabUser User(string username, bool isBot = false)
    {
        lock (_gate)
        {
            if (!_users.TryGetValue(username, out var user)) _users[username] = user = new GitLabUser(++_ids, username, isBot);
            return user;
        }
    }

    /// <summary>Puts people into a group, which is made when there is none.</summary>
    /// <param name="level">20 reporter, 30 developer, 40 maintainer.</param>
    public void AddMembers(string group, int level, params string[] usernames)
    {
        var users = usernames.Select(name => User(name)).ToList();
        lock (_gate)
        {
            if (!_groups.TryGetValue(group, out var found)) _groups[group] = found = new GitLabGroup(++_ids, group);
            foreach (var user in users) found.Members[user.Id] = (level, "active");
        }
    }

    /// <summary>Makes a project with one commit on <c>main</c>.</summary>
    public async Task<GitRepo> AddRepositoryAsync(string path, params (string Path, string? Text)[] files)
    {
        var repo = await GitRepo.InitAsync(Path.Combine(_root, path + ".git"));
        await repo.CommitAsync("main", "Begin", files);
        lock (_gate) _projects[path] = new GitLabProject(++_ids, path, repo);
        return repo;
    }

    /// <summary>Whether a merge needs a successful pipeline ("Pipelines must succeed").</summary>
    public void RequirePipeline(string path, bool isRequired = true) => Project(path).NeedsPipeline = isRequired;

    /// <summary>
    /// Commits to a branch, which begins at <c>main</c> when it is new; its open merge requests follow. Gives the commit.
    /// </summary>
    public async Task<string> PushAsync(
        string path, string by, string branch, string message, params (string Path, string? Text)[] files)
    {
        var (project, user) = (Project(path), User(by));
        var before = await project.Repo.TryResolveAsync($"refs/heads/{branch}");
        var author = new GitPerson(by, $"{by}@example.org");
        var changed = files.Select(file => file.Text is null ? GitFile.Removed(file.Path) : GitFile.Text(file.Path, file.Text));
        var after = await project.Repo.CommitAsync(branch, message, [.. changed], author, from: "main");
        await _webhooks.PushAsync(project, user, branch, before, after);
        foreach (var change in project.MergeRequests.Where(one => one.Source == branch && one.State == "opened").ToList())
        {
            var old = change.Head;
            await AddVersionAsync(project, change, after);
            Note(change, user, "added 1 commit", isSystem: true);
            await _webhooks.MergeRequestAsync(project, change, user, "update", oldHead: old);
        }

        return after;
    }

    /// <summary>Opens a merge request and gives its number.</summary>
    public async Task<long> OpenChangeAsync(
        string path, string by, string source, string title, string target = "main", string description = "")
    {
        var (project, user) = (Project(path), User(by));
        var change = new GitLabMergeRequest(NextId(), project.MergeRequests.Count + 1, user, Now())
        {
            Title = title,
            Description = description,
            Source = source,
            Target = target,
        };
        await AddVersionAsync(project, change, await project.Repo.ResolveAsync(source));
        lock (_gate) project.MergeRequests.Add(change);
        await _webhooks.MergeRequestAsync(project, change, user, "open");
        return change.Iid;
    }

    /// <summary>Somebody approves; a second approval by the same person changes nothing.</summary>
    public Task ApproveAsync(string path, long number, string by) => ActAsync(path, number, by, (change, user) =>
    {
        if (change.Approvals.Exists(approval => approval.By == user)) return null;
        change.Approvals.Add((user, Note(change, user, "approved this merge request", isSystem: true).CreatedAt));
        return "approved";
    });

    public Task UnapproveAsync(string path, long number, string by) => ActAsync(path, number, by, (change, user) =>
    {
        if (change.Approvals.RemoveAll(approval => approval.By == user) == 0) return null;
        Note(change, user, "unapproved this merge request", isSystem: true);
        return "unapproved";
    });

    public Task RequestChangesAsync(string path, long number, string by) => ActAsync(path, number, by, (change, user) =>
    {
        change.Reviewers.RemoveAll(reviewer => reviewer.By == user);
        change.Reviewers.Add((user, "requested_changes"));
        Note(change, user, "requested changes", isSystem: true);
        return "update";
    });

    /// <summary>Somebody writes a comment; gives its id.</summary>
    public async Task<long> CommentAsync(string path, long number, string by, string text)
    {
        var project = Project(path);
        return (await WriteNoteAsync(project, Change(project, number), User(by), text)).Id;
    }

    public Task LabelAsync(string path, long number, string by, string label) => ActAsync(path, number, by, (change, _) =>
    {
        change.Labels.Add(label);
        return "update";
    });

    public Task CloseAsync(string path, long number, string by) => ActAsync(path, number, by, (change, _) =>
    {
        change.State = "closed";
        return "close";
    });

    /// <summary>Merges and gives the commit that is now the tip of the target branch.</summary>
    /// <exception cref="InvalidOperationException">
    /// GitLab would refuse with 405: it is not open, or something that it has to wait for is not there.
    /// </exception>
    public async Task<string> MergeAsync(string path, long number, string by, GitLabMerge how = GitLabMerge.MergeCommit)
    {
        var (project, user) = (Project(path), User(by));
        var change = Change(project, number);
        if (change.State != "opened" || Blocker(project, change) is not null)
        {
            throw new InvalidOperationException("405 Method Not Allowed");
        }

        var before = await project.Repo.ResolveAsync(change.Target);
        var message = $"Merge branch '{change.Source}' into '{change.Target}'";
        var person = new GitPerson(by, $"{by}@example.org");
        switch (how)
        {
            case GitLabMerge.MergeCommit:
                change.MergeCommit = await project.Repo.MergeAsync(change.Target, change.Source, message, person);
                break;
            case GitLabMerge.Squash:
                change.SquashCommit = await project.Repo.SquashAsync(change.Target, change.Source, change.Title, person);
                break;
            case GitLabMerge.Rebase:
                // GitLab rebases the source branch itself, and then moves the target to it.
                var tip = await project.Repo.RebaseAsync(change.Target, change.Source, person);
                await project.Repo.SetRefAsync($"refs/heads/{change.Source}", tip);
                await AddVersionAsync(project, change, tip, before);
                break;
        }

        (change.State, change.MergedAt, change.MergedBy) = ("merged", Now(), user);
        var after = await project.Repo.ResolveAsync(change.Target);
        await _webhooks.PushAsync(project, user, change.Target, before, after);
        await _webhooks.MergeRequestAsync(project, change, user, "merge");
        return after;
    }

    /// <summary>Somebody else's tool posts a commit status.</summary>
    public async Task PostStatusAsync(string path, string sha, string branch, string name, string state, string by)
    {
        var project = Project(path);
        await AddStatusAsync(project, new GitLabStatus(NextId(), sha, branch, name, state, "", "", User(by)));
    }

    /// <summary>All statuses of a commit, the newest last.</summary>
    public IReadOnlyList<GitLabStatus> Statuses(string path, string sha) => StatusesOf(Project(path), sha);

    /// <summary>The bodies of the comments that people and the gate wrote, in order.</summary>
    public IReadOnlyList<string> Comments(string path, long number)
    {
        lock (_gate) return [.. Change(Project(path), number).Notes.Where(note => !note.IsSystem).Select(note => note.Body)];
    }

    /// <summary>Deletes the comments of an account, as it or a maintainer may.</summary>
    public void DeleteComments(string path, long number, GitLabUser of)
    {
        lock (_gate) Change(Project(path), number).Notes.RemoveAll(note => note.Author == of);
    }

    /// <summary>The comments of an account, in order; what it wrote at lines is not among them.</summary>
    public IReadOnlyList<string> CommentsOf(string path, long number, GitLabUser author)
    {
        lock (_gate)
        {
            var notes = Change(Project(path), number).Notes;
            return [.. notes.Where(note => note.Author == author && !note.IsSystem && note.Position is null).Select(note => note.Body)];
        }
    }

    /// <summary>The plain tokens of the webhooks with this address.</summary>
    public IReadOnlyList<string> HookTokens(string path, string url)
    {
        lock (_gate) return [.. Project(path).Hooks.Where(hook => hook.Url == url).Select(hook => hook.Token)];
    }

    /// <summary>The headers that a delivery of this body would have.</summary>
    public IReadOnlyDictionary<string, string> HeadersOf(byte[] body, string token, string signingToken, DateTimeOffset at) =>
        _webhooks.Headers("Push Hook", body, token, signingToken, at);

    /// <summary>The addresses of a project's webhooks.</summary>
    public IReadOnlyList<string> HookUrls(string path)
    {
        lock (_gate) return [.. Project(path).Hooks.Select(hook => hook.Url)];
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Post.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    internal long NextId() => Interlocked.Increment(ref _ids);

    internal GitLabProject? FindProject(string id)
    {
        var name = Uri.UnescapeDataString(id);
        lock (_gate)
        {
            return long.TryParse(name, out var number)
                ? _projects.Values.FirstOrDefault(one => one.Id == number)
                : _projects.GetValueOrDefault(name);
        }
    }

    internal GitLabGroup? FindGroup(string id)
    {
        lock (_gate) return _groups.GetValueOrDefault(Uri.UnescapeDataString(id));
    }

    internal GitLabMergeRequest? FindChange(GitLabProject project, long iid)
    {
        lock (_gate) return project.MergeRequests.Find(one => one.Iid == iid);
    }

    internal Task<bool> TestAsync(GitLabProject project, GitLabHook hook, string head) =>
        _webhooks.TestAsync(project, hook, Gate, head);

    internal async Task<GitLabNote> WriteNoteAsync(
        GitLabProject project, GitLabMergeRequest change, GitLabUser by, string text, JsonObject? position = null)
    {
        var note = Note(change, by, text, isSystem: false, position);
        await _webhooks.NoteAsync(project, change, note, "create");
        return note;
    }

    internal Task RewriteNoteAsync(GitLabProject project, GitLabMergeRequest change, GitLabNote note, string text)
    {
        (note.Body, note.UpdatedAt) = (text, Now());
        return _webhooks.NoteAsync(project, change, note, "update");
    }

    internal IReadOnlyList<GitLabStatus> StatusesOf(GitLabProject project, string sha)
    {
        lock (_gate) return [.. project.Statuses.Where(status => status.Sha == sha)];
    }

    internal Task AddStatusAsync(GitLabProject project, GitLabStatus status)
    {
        lock (_gate) project.Statuses.Add(status);
        return _webhooks.PipelineAsync(project, status);
    }

    internal async Task<IReadOnlyList<GitLabMergeRequest>> ChangesOfAsync(GitLabProject project, string sha)
    {
        var found = new List<GitLabMergeRequest>();
        foreach (var change in project.MergeRequests.ToList())
        {
            var newest = change.Versions[^1];
            var commits = await project.Repo.LogAsync($"{newest.Base}..{newest.Head}");
            if (commits.Contains(sha) || change.MergeCommit == sha || change.SquashCommit == sha) found.Add(change);
        }

        return found;
    }

    protected override void Map(WebApplication app)
    {
        new GitLabRest(this).Map(app);
        app.MapGit("", _root, context => GitSmartHttp.HasToken(context, Token));
    }

    protected override IResult? Refuse(HttpRequest request)
    {
        if (Moved(request) is { } moved) return moved;
        if (!request.Path.StartsWithSegments("/api", StringComparison.Ordinal)) return null;
        var isLetIn = request.Headers["PRIVATE-TOKEN"] == Token || request.Headers.Authorization == $"Bearer {Token}";
        return isLetIn ? null : GitLabAnswers.Wrong(StatusCodes.Status401Unauthorized, "401 Unauthorized");
    }

    internal GitLabProject Project(string path) =>
        FindProject(path) ?? throw new ArgumentException($"there is no project `{path}`", nameof(path));

    private GitLabMergeRequest Change(GitLabProject project, long number) =>
        FindChange(project, number) ?? throw new ArgumentException($"there is no merge request {number}", nameof(number));

    /// <summary>Now, and later than whatever was noted before: order in time is what approvals are told apart by.</summary>
    internal DateTimeOffset Now()
    {
        lock (_gate)
        {
            var now = _clock.GetUtcNow();
            return _last = now > _last.AddMilliseconds(1) ? now : _last.AddMilliseconds(2);
        }
    }

    private GitLabNote Note(GitLabMergeRequest change, GitLabUser by, string text, bool isSystem, JsonObject? position = null)
    {
        var note = new GitLabNote(NextId(), by, Now(), isSystem) { Body = text, Position = position };
        lock (_gate) change.Notes.Add(note);
        return note;
    }

    private async Task AddVersionAsync(GitLabProject project, GitLabMergeRequest change, string head, string? start = null)
    {
        var target = start ?? await project.Repo.ResolveAsync(change.Target);
        var mergeBase = (await project.Repo.GitAsync("merge-base", target, head)).Trim();
        change.Head = head;
        change.Versions.Add(new GitLabVersion(NextId(), head, mergeBase, target, Now()));
    }

    private async Task ActAsync(string path, long number, string by, Func<GitLabMergeRequest, GitLabUser, string?> act)
    {
        var (project, user) = (Project(path), User(by));
        var change = Change(project, number);
        var labels = change.Labels.Count;
        if (act(change, user) is not { } action) return;
        var changes = new JsonObject();
        if (change.Labels.Count > labels) changes["labels"] = new JsonObject { ["previous"] = new JsonArray() };
        await _webhooks.MergeRequestAsync(project, change, user, action, changes: changes);
    }
}
