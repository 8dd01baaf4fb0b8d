using GitOpsGate.Fakes.Git;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace GitOpsGate.Fakes.BitbucketCloud;

/// <summary>
/// A Bitbucket Cloud on 127.0.0.1 with repositories, pull requests and webhooks, over real repositories on disk. What people do
/// there is driven by the methods; what the gate does comes in over REST API 2.0.
/// </summary>
public sealed partial class FakeBitbucketCloud : FakeServer
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, BitbucketRepository> _repositories = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, BitbucketUser> _users = [];
    private readonly string _root = Directory.CreateTempSubdirectory("gitopsgate-bitbucket-").FullName;
    private readonly BitbucketWebhooks _webhooks;
    private readonly TimeProvider _clock;
    private DateTimeOffset _last;
    private int _ids;

    private FakeBitbucketCloud(TimeProvider clock)
    {
        _clock = clock;
        _webhooks = new BitbucketWebhooks(Post);
        Gate = User("gitops-gate", isApp: true);
    }

    /// <summary>The only token that is let in; it belongs to <see cref="Gate"/>.</summary>
    public string Token { get; } = "ATCTT-fake";

    public string ApiUrl => Url + "/2.0";

    public string GitUrl => Url;

    /// <summary>Sends the webhooks.</summary>
    public HookPost Post { get; } = new();

    /// <summary>The account behind the token.</summary>
    public BitbucketUser Gate { get; }

    /// <summary>Whether the workspace lets commits be asked for their pull requests.</summary>
    public bool HasCommitLinks { get; set; } = true;

    public static async Task<FakeBitbucketCloud> StartAsync(TimeProvider? clock = null, int port = 0)
    {
        var forge = new FakeBitbucketCloud(clock ?? TimeProvider.System);
        await forge.StartAsync(port);
        return forge;
    }

    /// <summary>The account with this nickname, made when there is none.</summary>
    public BitbucketUser User(string nickname, bool isApp = false)
    {
        lock (_gate)
        {
            if (!_users.TryGetValue(nickname, out var user))
            {
                _users[nickname] = user = new BitbucketUser(NextUuid(), nickname, isApp);
            }

            return user;
        }
    }

    /// <summary>Makes a repository (<c>workspace/slug</c>) with one commit on <c>main</c>.</summary>
    public async Task<GitRepo> AddRepositoryAsync(string path, params (string Path, string? Text)[] files)
    {
        var repo = await GitRepo.InitAsync(Path.Combine(_root, path + ".git"));
        await repo.CommitAsync("main", "Begin", files);
        lock (_gate) _repositories[path] = new BitbucketRepository(NextUuid(), path, repo);
        return repo;
    }

    /// <summary>Requires a passing build and enforces it, so that a verdict blocks a merge.</summary>
    public void RequireBuilds(string path)
    {
        Restrict(path, "require_passing_builds_to_merge", "**", 1);
        Restrict(path, "enforce_merge_checks", "**");
    }

    /// <summary>
    /// Commits to a branch, which begins at <c>main</c> when it is new; its open pull requests follow. Gives the commit.
    /// </summary>
    public async Task<string> PushAsync(
        string path, string by, string branch, string message, params (string Path, string? Text)[] files)
    {
        var (repository, user) = (Repository(path), User(by));
        var before = await repository.Repo.TryResolveAsync($"refs/heads/{branch}");
        var author = new GitPerson(by, $"{by}@example.org");
        var changed = files.Select(file => file.Text is null ? GitFile.Removed(file.Path) : GitFile.Text(file.Path, file.Text));
        var after = await repository.Repo.CommitAsync(branch, message, [.. changed], author, from: "main");
        await _webhooks.PushAsync(repository, user, branch, before, after);
        foreach (var change in repository.PullRequests.Where(one => one.Source == branch && one.State == "OPEN").ToList())
        {
            change.Head = after;
            Note(change, "update", user);
            await _webhooks.PullRequestAsync(repository, change, user, "pullrequest:updated");
        }

        return after;
    }

    /// <summary>Opens a pull request and gives its number.</summary>
    public async Task<long> OpenChangeAsync(
        string path, string by, string source, string title, string target = "main", string description = "")
    {
        var (repository, user) = (Repository(path), User(by));
        var change = new BitbucketPullRequest(repository.PullRequests.Count + 1, user, Now())
        {
            Title = title,
            Description = description,
            Source = source,
            Destination = target,
            Head = await repository.Repo.ResolveAsync(source),
            Base = await repository.Repo.ResolveAsync(target),
        };
        Note(change, "update", user);
        lock (_gate) repository.PullRequests.Add(change);
        await _webhooks.PullRequestAsync(repository, change, user, "pullrequest:created");
        return change.Id;
    }

    public Task ApproveAsync(string path, long number, string by) =>
        MarkAsync(path, number, by, "approved", "approval", "pullrequest:approved");

    public Task UnapproveAsync(string path, long number, string by) =>
        MarkAsync(path, number, by, null, null, "pullrequest:unapproved");

    public Task RequestChangesAsync(string path, long number, string by) =>
        MarkAsync(path, number, by, "changes_requested", "changes_requested", "pullrequest:changes_request_created");

    /// <summary>Somebody writes a comment; gives its id.</summary>
    public async Task<long> CommentAsync(string path, long number, string by, string text)
    {
        var repository = Repository(path);
        return (await WriteAsync(repository, Change(repository, number), User(by), text)).Id;
    }

    public Task DeclineAsync(string path, long number, string by)
    {
        var (repository, user) = (Repository(path), User(by));
        var change = Change(repository, number);
        (change.State, change.ClosedBy, change.UpdatedAt) = ("DECLINED", user, Now());
        return _webhooks.PullRequestAsync(repository, change, user, "pullrequest:rejected");
    }

    /// <summary>Merges and gives the commit that is now the tip of the destination.</summary>
    /// <exception cref="InvalidOperationException">Bitbucket would refuse: it is not open, or its builds do not pass.</exception>
    public async Task<string> MergeAsync(string path, long number, string by, BitbucketMerge how = BitbucketMerge.MergeCommit)
    {
        var (repository, user) = (Repository(path), User(by));
        var change = Change(repository, number);
        if (change.State != "OPEN" || IsBlocked(repository, change)) throw new InvalidOperationException("the merge checks do not pass");
        var before = await repository.Repo.ResolveAsync(change.Destination);
        var message = $"Merged in {change.Source} (pull request #{change.Id})";
        var person = new GitPerson(by, $"{by}@example.org");
        change.MergeCommit = how switch
        {
            BitbucketMerge.MergeCommit => await repository.Repo.MergeAsync(change.Destination, change.Source, message, person),
            BitbucketMerge.Squash => await repository.Repo.SquashAsync(change.Destination, change.Source, message, person),
            BitbucketMerge.RebaseFastForward => await repository.Repo.RebaseAsync(change.Destination, change.Source, person),
        };
        (change.State, change.ClosedBy, change.UpdatedAt) = ("MERGED", user, Now());
        await _webhooks.PushAsync(repository, user, change.Destination, before, change.MergeCommit);
        await _webhooks.PullRequestAsync(repository, change, user, "pullrequest:fulfilled");
        return change.MergeCommit;
    }

    /// <summary>Somebody else's tool posts a build status.</summary>
    public Task PostStatusAsync(string path, string sha, string branch, string key, string state, string by) =>
        PutAsync(
            Repository(path), new BitbucketBuild(sha, key, state, key, "", "https://ci.example.org/1", branch, Now()), User(by));

    /// <summary>All builds of a commit.</summary>
    public IReadOnlyList<BitbucketBuild> Builds(string path, string sha) => BuildsOf(Repository(path), sha);

    /// <summary>The bodies of the comments that stand, in order.</summary>
    public IReadOnlyList<string> Comments(string path, long number)
    {
        lock (_gate)
        {
            var comments = Change(Repository(path), number).Comments;
            return [.. comments.Where(comment => !comment.IsDeleted).Select(comment => comment.Raw)];
        }
    }

    /// <summary>Deletes the comments of an account, as it or an administrator may; Bitbucket keeps their empty shells.</summary>
    public void DeleteComments(string path, long number, BitbucketUser of)
    {
        lock (_gate)
        {
            foreach (var comment in Change(Repository(path), number).Comments.Where(comment => comment.Author == of))
            {
                comment.IsDeleted = true;
            }
        }
    }

    /// <summary>The comments of an account that stand, in order.</summary>
    public IReadOnlyList<string> CommentsOf(string path, long number, BitbucketUser author)
    {
        lock (_gate)
        {
            var comments = Change(Repository(path), number).Comments;
            return [.. comments.Where(comment => !comment.IsDeleted && comment.Author == author).Select(comment => comment.Raw)];
        }
    }

    /// <summary>The secrets of the webhooks with this address.</summary>
    public IReadOnlyList<string> HookSecrets(string path, string url)
    {
        lock (_gate) return [.. Repository(path).Hooks.Where(hook => hook.Url == url).Select(hook => hook.Secret)];
    }

    /// <summary>The headers that a delivery of this body would have.</summary>
    public IReadOnlyDictionary<string, string> HeadersOf(byte[] body, string secret) =>
        _webhooks.Headers("repo:push", body, secret);

    /// <summary>The addresses of a repository's webhooks.</summary>
    public IReadOnlyList<string> HookUrls(string path)
    {
        lock (_gate) return [.. Repository(path).Hooks.Select(hook => hook.Url)];
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Post.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    internal string NextUuid() => $"{{{new Guid(Interlocked.Increment(ref _ids), 0xb17, 0x4000, [0x80, 0, 0, 0, 0, 0, 0, 0])}}}";

    internal BitbucketRepository? Find(HttpRequest request)
    {
        var path = $"{request.RouteValues["workspace"]}/{request.RouteValues["slug"]}";
        lock (_gate) return _repositories.GetValueOrDefault(path);
    }

    internal BitbucketPullRequest? Find(BitbucketRepository repository, long id)
    {
        lock (_gate) return repository.PullRequests.Find(one => one.Id == id);
    }

    internal IReadOnlyList<BitbucketBuild> BuildsOf(BitbucketRepository repository, string sha)
    {
        lock (_gate) return [.. repository.Builds.Where(build => build.Sha == sha)];
    }

    internal async Task<BitbucketComment> WriteAsync(
        BitbucketRepository repository, BitbucketPullRequest change, BitbucketUser by, string text)
    {
        var comment = new BitbucketComment(Interlocked.Increment(ref _ids), by, Now()) { Raw = text };
        lock (_gate) change.Comments.Add(comment);
        // Commenting moves the date of a reviewer, whose approval stays as old as it is.
        if (change.Participants.Find(one => one.User == by) is { } participant) participant.ParticipatedOn = comment.CreatedAt;
        await _webhooks.CommentAsync(repository, change, comment, "pullrequest:comment_created");
        return comment;
    }

    internal Task RewriteAsync(BitbucketRepository repository, BitbucketPullRequest change, BitbucketComment comment, string text)
    {
        (comment.Raw, comment.UpdatedAt) = (text, Now());
        return _webhooks.CommentAsync(repository, change, comment, "pullrequest:comment_updated");
    }

    internal Task PutAsync(BitbucketRepository repository, BitbucketBuild build, BitbucketUser by)
    {
        bool isNew;
        lock (_gate)
        {
            isNew = repository.Builds.RemoveAll(one => one.Sha == build.Sha && one.Key == build.Key) == 0;
            repository.Builds.Add(build);
        }

        return _webhooks.BuildAsync(repository, build, by, isNew);
    }

    internal async Task<IReadOnlyList<BitbucketPullRequest>> ChangesOfAsync(BitbucketRepository repository, string sha)
    {
        var found = new List<BitbucketPullRequest>();
        foreach (var change in repository.PullRequests.ToList())
        {
            var commits = await repository.Repo.LogAsync($"{change.Base}..{change.Head}");
            if (commits.Contains(sha) || change.MergeCommit == sha) found.Add(change);
        }

        return found;
    }

    /// <summary>Now, and later than whatever was noted before: order in time is what approvals are told apart by.</summary>
    internal DateTimeOffset Now()
    {
        lock (_gate)
        {
            var now = _clock.GetUtcNow();
            return _last = now > _last.AddMilliseconds(1) ? now : _last.AddMilliseconds(2);
        }
    }

    protected override void Map(WebApplication app)
    {
        new BitbucketRest(this).Map(app);
        app.MapGit("", _root, context => GitSmartHttp.HasToken(context, Token));
    }

    protected override IResult? Refuse(HttpRequest request) =>
        !request.Path.StartsWithSegments("/2.0", StringComparison.Ordinal) || request.Headers.Authorization == $"Bearer {Token}"
            ? null
            : BitbucketAnswers.Wrong(
                StatusCodes.Status401Unauthorized, "Token is invalid, expired, or not supported for this endpoint.");

    private BitbucketRepository Repository(string path)
    {
        lock (_gate)
        {
            return _repositories.GetValueOrDefault(path)
                ?? throw new ArgumentException($"there is no repository `{path}`", nameof(path));
        }
    }

    private BitbucketPullRequest Change(BitbucketRepository repository, long number) =>
        Find(repository, number) ?? throw new ArgumentException($"there is no pull request {number}", nameof(number));

    private BitbucketActivity Note(BitbucketPullRequest change, string kind, BitbucketUser by)
    {
        var activity = new BitbucketActivity(kind, by, Now(), change.Head);
        lock (_gate) change.Activity.Add(activity);
        change.UpdatedAt = activity.At;
        return activity;
    }

    private Task MarkAsync(string path, long number, string by, string? state, string? kind, string name)
    {
        var (repository, user) = (Repository(path), User(by));
        var change = Change(repository, number);
        var participant = change.Participants.Find(one => one.User == user);
        if (participant?.State == state) return Task.CompletedTask;
        if (participant is null) change.Participants.Add(participant = new BitbucketParticipant(user));
        participant.State = state;
        participant.ParticipatedOn = kind is null ? Now() : Note(change, kind, user).At;
        return _webhooks.PullRequestAsync(repository, change, user, name);
    }
}
