using System.Text.Json.Nodes;
using GitOpsGate.Fakes.Git;

namespace GitOpsGate.Fakes.BitbucketDataCenter;

/// <summary>What people do, and what can be seen of it.</summary>
public sealed partial class FakeBitbucketDataCenter
{
    /// <summary>
    /// Commits to a branch, which begins at <c>main</c> when it is new; its open pull requests follow. Gives the commit.
    /// </summary>
    public async Task<string> PushAsync(
        string path, string by, string branch, string message, params (string Path, string? Text)[] files)
    {
        var (repository, user) = (Repository(path), User(by));
        var before = await repository.Repo.TryResolveAsync($"refs/heads/{branch}");
        var changed = files.Select(file => file.Text is null ? GitFile.Removed(file.Path) : GitFile.Text(file.Path, file.Text));
        var after = await repository.Repo.CommitAsync(branch, message, [.. changed], Person(user), from: "main");
        await MovedAsync(repository, user, branch, before, after);
        return after;
    }

    /// <summary>Opens a pull request and gives its number.</summary>
    public async Task<long> OpenChangeAsync(
        string path, string by, string source, string title, string target = "main", string description = "") =>
        (await OpenAsync(Repository(path), User(by), source, target, title, description)).Id;

    public Task ApproveAsync(string path, long number, string by) =>
        MarkAsync(path, number, by, "APPROVED", "APPROVED", "pr:reviewer:approved");

    public Task UnapproveAsync(string path, long number, string by) =>
        MarkAsync(path, number, by, "UNAPPROVED", "UNAPPROVED", "pr:reviewer:unapproved");

    public Task RequestChangesAsync(string path, long number, string by) =>
        MarkAsync(path, number, by, "NEEDS_WORK", "REVIEWED", AsksForChanges);

    /// <summary>Makes a pull request a draft, or ready.</summary>
    public Task MarkDraftAsync(string path, long number, string by, bool isDraft)
    {
        var repository = Repository(path);
        var change = PullRequest(repository, number);
        Change(() => (change.IsDraft, change.Version, change.UpdatedAt) = (isDraft, change.Version + 1, Now()));
        return _webhooks.PullRequestAsync(repository, change, User(by), "pr:modified");
    }

    /// <summary>Somebody writes a comment, or answers one; gives its id.</summary>
    public async Task<long> CommentAsync(string path, long number, string by, string text, long answers = 0)
    {
        var repository = Repository(path);
        return (await WriteAsync(repository, PullRequest(repository, number), User(by), text, answers)).Id;
    }

    /// <summary>Somebody resolves a comment, or does another thing to it that makes a new version and leaves the text.</summary>
    public void TouchComments(string path, long number, DataCenterUser of) => Change(() =>
    {
        foreach (var comment in CommentsIn(PullRequest(Repository(path), number)).Where(comment => comment.Author == of)) comment.Version++;
    });

    public Task DeclineAsync(string path, long number, string by)
    {
        var (repository, user) = (Repository(path), User(by));
        var change = PullRequest(repository, number);
        Note(change, "DECLINED", user);
        Change(() => (change.State, change.ClosedAt, change.Version) = ("DECLINED", Now(), change.Version + 1));
        return _webhooks.PullRequestAsync(repository, change, user, "pr:declined");
    }

    /// <summary>Merges and gives the commit that is now the tip of the target.</summary>
    /// <exception cref="InvalidOperationException">Bitbucket would refuse: it is not open, or a merge check vetoes.</exception>
    public async Task<string> MergeAsync(string path, long number, string by, DataCenterMerge how = DataCenterMerge.MergeCommit)
    {
        var repository = Repository(path);
        var change = PullRequest(repository, number);
        var vetoes = Vetoes(repository, change);
        if (change.State != "OPEN" || vetoes.Count > 0) throw new InvalidOperationException($"no merge: {string.Join("; ", vetoes)}");
        return await MergeAsync(repository, change, User(by), how);
    }

    /// <summary>Has merges into every branch wait for a build with this parent key, as an administrator would.</summary>
    public void RequireBuild(string path, string key) => Change(() =>
    {
        var matcher = new JsonObject { ["id"] = "ANY_REF_MATCHER_ID", ["type"] = new JsonObject { ["id"] = "ANY_REF" } };
        var repository = Repository(path);
        repository.Conditions = repository.Conditions.Add(new DataCenterCondition(NextId(), [key], matcher, null));
    });

    /// <summary>Lets a branch change by pull requests alone; <paramref name="except"/> may push nevertheless.</summary>
    public void RequirePullRequests(string path, string branch, params string[] except) => Change(() =>
    {
        var repository = Repository(path);
        repository.Restrictions = repository.Restrictions.Add(new JsonObject
        {
            ["id"] = NextId(),
            ["type"] = "pull-request-only",
            ["matcher"] = new JsonObject { ["id"] = $"refs/heads/{branch}", ["type"] = new JsonObject { ["id"] = "BRANCH" } },
            ["users"] = new JsonArray([.. except.Select(name => DataCenterJson.User(User(name)))]),
            ["groups"] = new JsonArray(),
            ["accessKeys"] = new JsonArray(),
        });
    });

    /// <summary>Somebody else's tool posts a build status.</summary>
    public void PostBuild(string path, string sha, string branch, string key, string state) => PutBuild(
        Repository(path), new DataCenterBuild(sha, key, key, state, key, "", "https://ci.example.org/1", $"refs/heads/{branch}", Now()));

    /// <summary>Somebody makes a report with this key before the gate does.</summary>
    public void AddReport(string path, string sha, string key, string by) => PutReport(
        Repository(path), new DataCenterReport(sha, key, User(by), new JsonObject { ["title"] = key, ["data"] = new JsonArray() }, []));

    /// <summary>Adds a webhook by hand; gives its id.</summary>
    public long AddHook(string path, string url, string secret = "", params string[] events) => Change(() =>
    {
        var repository = Repository(path);
        var hook = new DataCenterHook(NextId())
        {
            Url = url,
            Secret = secret,
            IsActive = true,
            Events = events.Length > 0 ? [.. events] : ["repo:refs_changed"],
        };
        repository.Hooks = repository.Hooks.Add(hook);
        return hook.Id;
    });

    /// <summary>Switches the webhooks with this address on or off, and takes an event away from them.</summary>
    public void ChangeHook(string path, string url, bool isActive = true, string without = "", bool checksCertificate = true) => Change(() =>
    {
        foreach (var hook in Repository(path).Hooks.Where(hook => hook.Url == url))
        {
            (hook.IsActive, hook.Events, hook.ChecksCertificate) = (isActive, hook.Events.Remove(without), checksCertificate);
        }
    });

    /// <summary>All builds of a commit.</summary>
    public IReadOnlyList<DataCenterBuild> Builds(string path, string sha) => BuildsOf(Repository(path), sha);

    /// <summary>The report with this key, or null.</summary>
    public DataCenterReport? Report(string path, string sha, string key) =>
        Repository(path).Reports.Find(report => report.Sha == sha && report.Key == key);

    /// <summary>The conditions on required builds.</summary>
    public IReadOnlyList<DataCenterCondition> Conditions(string path) => Repository(path).Conditions;

    /// <summary>Why a pull request could not be merged now; empty when it could.</summary>
    public IReadOnlyList<string> VetoesOf(string path, long number) =>
        Vetoes(Repository(path), PullRequest(Repository(path), number));

    /// <summary>The text of every comment, in order.</summary>
    public IReadOnlyList<string> Comments(string path, long number) =>
        [.. CommentsIn(PullRequest(Repository(path), number)).Select(comment => comment.Text)];

    /// <summary>The comments of an account, in order.</summary>
    public IReadOnlyList<string> CommentsOf(string path, long number, DataCenterUser author) =>
        [.. CommentsIn(PullRequest(Repository(path), number)).Where(comment => comment.Author == author).Select(comment => comment.Text)];

    /// <summary>Deletes the comments of an account, as it or an administrator may; nothing stays of them.</summary>
    public void DeleteComments(string path, long number, DataCenterUser of) => Change(() =>
    {
        var change = PullRequest(Repository(path), number);
        change.Activities = change.Activities.RemoveAll(one => one.Comment?.Author == of);
    });

    /// <summary>The secrets of the webhooks with this address.</summary>
    public IReadOnlyList<string> HookSecrets(string path, string url) =>
        [.. Repository(path).Hooks.Where(hook => hook.Url == url).Select(hook => hook.Secret)];

    /// <summary>The addresses of a repository's webhooks.</summary>
    public IReadOnlyList<string> HookUrls(string path) => [.. Repository(path).Hooks.Select(hook => hook.Url)];

    /// <summary>The headers that a delivery of this body would have.</summary>
    public IReadOnlyDictionary<string, string> HeadersOf(byte[] body, string secret) =>
        _webhooks.Headers("repo:refs_changed", body, secret);
}
