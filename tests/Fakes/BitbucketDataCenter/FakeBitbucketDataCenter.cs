using System.Collections.Immutable;
using GitOpsGate.Fakes.Git;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace GitOpsGate.Fakes.BitbucketDataCenter;

/// <summary>
/// A Bitbucket Data Center on 127.0.0.1 with repositories, pull requests, groups and webhooks, over real repositories on disk. What people
/// do there is driven by the methods; what the gate does comes in over REST.
/// </summary>
public sealed partial class FakeBitbucketDataCenter : FakeServer
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, DataCenterRepository> _repositories = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, DataCenterUser> _users = new(StringComparer.OrdinalIgnoreCase);
    private readonly SortedDictionary<string, ImmutableArray<string>> _groups = new(StringComparer.Ordinal);
    private readonly string _root = Directory.CreateTempSubdirectory("gitopsgate-datacenter-").FullName;
    private readonly DataCenterWebhooks _webhooks;
    private readonly TimeProvider _clock;
    private DateTimeOffset _last;
    private long _ids = 100;

    private FakeBitbucketDataCenter(TimeProvider clock)
    {
        _clock = clock;
        _webhooks = new DataCenterWebhooks(this);
        Gate = User("gitops-gate", isService: true);
    }

    /// <summary>The only token that is let in, as <c>Bearer</c> alone; it belongs to <see cref="Gate"/>.</summary>
    public string Token { get; } = "BBDC-fake";

    public string ApiUrl => Url + "/rest";

    public string GitUrl => Url + "/scm";

    /// <summary>Sends the webhooks.</summary>
    public HookPost Post { get; } = new();

    /// <summary>The account behind the token.</summary>
    public DataCenterUser Gate { get; }

    /// <summary>Whether the gate's account administers the repositories.</summary>
    public bool GateIsAdmin { get; set; } = true;

    /// <summary>Whether the gate's account may write to the repositories.</summary>
    public bool GateMayWrite { get; set; } = true;

    /// <summary>Whether there is Code Insights.</summary>
    public bool HasInsights { get; set; } = true;

    /// <summary>What this version calls a review that asks for changes.</summary>
    public string AsksForChanges { get; set; } = "pr:reviewer:needs_work";

    public static async Task<FakeBitbucketDataCenter> StartAsync(TimeProvider? clock = null, int port = 0)
    {
        var forge = new FakeBitbucketDataCenter(clock ?? TimeProvider.System);
        await forge.StartAsync(port);
        return forge;
    }

    /// <summary>The account with this user name, made when there is none.</summary>
    public DataCenterUser User(string name, bool isService = false)
    {
        lock (_gate)
        {
            if (!_users.TryGetValue(name, out var user)) _users[name] = user = new DataCenterUser(NextId(), name, isService);
            return user;
        }
    }

    /// <summary>Makes a group with these members.</summary>
    public void AddGroup(string name, params string[] members)
    {
        foreach (var member in members) User(member);
        lock (_gate) _groups[name] = [.. members];
    }

    /// <summary>Makes a repository (<c>PROJECT/slug</c> or <c>~user/slug</c>) with one commit on <c>main</c>.</summary>
    public async Task<GitRepo> AddRepositoryAsync(string path, params (string Path, string? Text)[] files)
    {
        var repo = await GitRepo.InitAsync(Path.Combine(_root, path + ".git"));
        await repo.CommitAsync("main", "Begin", files);
        lock (_gate) _repositories[path] = new DataCenterRepository(NextId(), path, repo);
        return repo;
    }

    public void Archive(string path) => Repository(path).IsArchived = true;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Post.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    internal DataCenterWebhooks Webhooks => _webhooks;

    internal long NextId() => Interlocked.Increment(ref _ids);

    internal DataCenterRepository? Find(HttpRequest request) => Find($"{request.RouteValues["project"]}/{request.RouteValues["slug"]}");

    internal DataCenterRepository? Find(string path)
    {
        lock (_gate) return _repositories.GetValueOrDefault(path);
    }

    internal IReadOnlyList<DataCenterRepository> RepositoriesOf(string project)
    {
        lock (_gate)
        {
            return
            [
                .. _repositories.Values
                    .Where(one => project.Length == 0 || one.Project.Equals(project, StringComparison.OrdinalIgnoreCase))
                    .OrderBy(one => one.Path, StringComparer.Ordinal),
            ];
        }
    }

    internal IReadOnlyList<string> GroupsWith(string filter)
    {
        lock (_gate) return [.. _groups.Keys.Where(name => name.Contains(filter, StringComparison.OrdinalIgnoreCase))];
    }

    internal IReadOnlyList<DataCenterUser> MembersOf(string group)
    {
        lock (_gate) return [.. _groups.GetValueOrDefault(group, []).Select(name => User(name))];
    }

    /// <summary>Changes the state; one change at a time.</summary>
    internal T Change<T>(Func<T> change)
    {
        lock (_gate) return change();
    }

    internal void Change(Action change)
    {
        lock (_gate) change();
    }

    /// <summary>Now, in whole milliseconds, and later than whatever was noted before.</summary>
    internal DateTimeOffset Now()
    {
        lock (_gate)
        {
            var now = DateTimeOffset.FromUnixTimeMilliseconds(_clock.GetUtcNow().ToUnixTimeMilliseconds());
            return _last = now > _last ? now : _last.AddMilliseconds(1);
        }
    }

    protected override void Map(WebApplication app)
    {
        var rest = app.MapGroup("/rest");
        new DataCenterRest(this).Map(rest);
        new DataCenterCommitRest(this).Map(rest);
        new DataCenterSetupRest(this).Map(rest);
        app.MapGet("/plugins/servlet/applinks/whoami", (HttpRequest request) => Results.Text(IsGate(request) ? Gate.Name : "", "text/plain"));
        // Tokens of projects and repositories are let in as Bearer alone.
        app.MapGit("/scm", _root, context => IsGate(context.Request));
    }

    protected override IResult? Refuse(HttpRequest request)
    {
        if (!request.Path.StartsWithSegments("/rest", StringComparison.Ordinal) || IsGate(request)) return null;
        var isPublic = request.Path == "/rest/api/latest/application-properties" && request.Headers.Authorization.Count == 0;
        return isPublic ? null : DataCenterAnswers.Wrong(
            StatusCodes.Status401Unauthorized, "Authentication failed. Please check your credentials and try again.",
            "com.atlassian.bitbucket.auth.IncorrectPasswordAuthenticationException");
    }

    private bool IsGate(HttpRequest request) => request.Headers.Authorization == $"Bearer {Token}";

    private DataCenterRepository Repository(string path) =>
        Find(path) ?? throw new ArgumentException($"there is no repository `{path}`", nameof(path));

    private DataCenterPullRequest PullRequest(DataCenterRepository repository, long number) =>
        repository.PullRequests.Find(one => one.Id == number)
        ?? throw new ArgumentException($"there is no pull request {number}", nameof(number));
}
