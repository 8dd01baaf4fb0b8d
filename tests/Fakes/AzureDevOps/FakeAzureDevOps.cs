using System.Text;
using GitOpsGate.Fakes.Git;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace GitOpsGate.Fakes.AzureDevOps;

/// <summary>
/// One organization of Azure DevOps on 127.0.0.1: REST version 7.1 and Git over smart HTTP below the same address, as on dev.azure.com.
/// Tests and demos act on it as people do (<see cref="OpenPullAsync"/>, <see cref="VoteAsync"/>, <see cref="CompleteAsync"/>…); each act
/// changes the state and sends what the subscriptions ask for, in that order. An act completes when its calls have been answered, or given
/// up. Safe to use from many threads.
/// </summary>
public sealed partial class FakeAzureDevOps : FakeServer
{
    /// <summary>The personal access token of the account that the gate uses.</summary>
    public const string Token = "fakeTokenOfTheGate0123456789";

    /// <summary>The name of the gate's own account.</summary>
    public const string GateName = "gate-account";

    private const string Organization = "/contoso";
    private const string GitRoot = "/git-root";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, AzureUser> _users = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, List<AzureUser>> _teams = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _tokens = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _projects = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, AzureRepository> _repositories = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<AzureSubscription> _subscriptions = [];
    private readonly List<AzurePolicy> _policies = [];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gitopsgate-azuredevops-");
    private readonly TimeProvider _clock;
    private readonly AzureShapes _shapes;
    private DateTimeOffset _last;
    private long _lastId = 1000;
    private long _lastPull;

    private FakeAzureDevOps(TimeProvider clock)
    {
        _clock = clock;
        _shapes = new AzureShapes(() => ApiUrl);
    }

    /// <summary>The organization's address, as <c>gate.yaml</c> wants it.</summary>
    public string ApiUrl => Url + Organization;

    /// <summary>Where repositories are cloned from, as <c>gate.yaml</c> wants it: <c>{project}/_git/{repository}</c> is added to it.</summary>
    public string GitUrl => Url + Organization;

    /// <summary>Carries the calls of the subscriptions; may be told to hold, to repeat or to mix them up.</summary>
    public HookPost Post { get; } = new();

    /// <summary>How long it waits before it sends again what got no answer, or 408, 502, 503 or 504.</summary>
    public TimeSpan RetryWait { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>The rights that the gate's account lacks, as the bits of Git's rights.</summary>
    public List<int> MissingRights { get; } = [];

    /// <summary>The subscriptions, oldest first.</summary>
    public IReadOnlyList<AzureSubscription> Subscriptions
    {
        get
        {
            lock (_gate) return [.. _subscriptions];
        }
    }

    /// <summary>The branch policies, oldest first.</summary>
    public IReadOnlyList<AzurePolicy> Policies
    {
        get
        {
            lock (_gate) return [.. _policies];
        }
    }

    /// <summary>Starts one.</summary>
    /// <param name="clock">Dates what happens; the machine's clock when not given.</param>
    /// <param name="port">0 for any free one.</param>
    public static async Task<FakeAzureDevOps> StartAsync(TimeProvider? clock = null, int port = 0)
    {
        var fake = new FakeAzureDevOps(clock ?? TimeProvider.System);
        fake.AddToken(Token, GateName);
        await fake.StartAsync(port);
        return fake;
    }

    /// <summary>Lets a caller with this token act as an account.</summary>
    public void AddToken(string token, string name)
    {
        lock (_gate) _tokens[token] = User(name).Name;
    }

    /// <summary>The account with this name, made when there is none. Names that end in <c>Build Service</c> are of pipelines.</summary>
    public AzureUser User(string name) => Account(name, isGroup: false);

    /// <summary>The group with this name, made when there is none.</summary>
    public AzureUser Group(string name) => Account(name, isGroup: true);

    /// <summary>Makes a team, or adds to it.</summary>
    /// <param name="team"><c>project/team</c>.</param>
    public void AddTeam(string team, params IEnumerable<AzureUser> members)
    {
        lock (_gate)
        {
            ProjectId(team.Split('/')[0]);
            if (!_teams.TryGetValue(team, out var known)) _teams[team] = known = [];
            known.AddRange(members.Except(known));
        }
    }

    /// <summary>Makes a repository whose branch <c>main</c> holds one commit with a README.</summary>
    /// <param name="path"><c>project/repository</c>; both may hold spaces.</param>
    public async Task<AzureRepository> AddRepositoryAsync(string path)
    {
        var git = await GitRepo.InitAsync(Path.Combine(_folder.FullName, path + ".git"));
        await git.CommitAsync("main", "First commit", ("README.md", $"# {path}\n"));
        lock (_gate) return _repositories[path] = new AzureRepository(NewId(), ProjectId(path.Split('/')[0]), path, git);
    }

    /// <summary>Adds a subscription as somebody else than the gate.</summary>
    public void AddSubscription(AzureRepository repository, string happened, string url, string password)
    {
        var subscription = new AzureSubscription
        {
            Id = NewId(),
            At = Now(),
            Event = happened,
            Version = "1.0",
            Status = "enabled",
            Publisher = new() { ["projectId"] = repository.ProjectId, ["repository"] = repository.Id },
            Consumer = new() { ["url"] = url, ["basicAuthUsername"] = "somebody", ["basicAuthPassword"] = password },
        };
        lock (_gate) _subscriptions.Add(subscription);
    }

    /// <summary>Takes subscriptions away, as an administrator would.</summary>
    public void RemoveSubscriptions(Predicate<AzureSubscription> which)
    {
        lock (_gate) _subscriptions.RemoveAll(which);
    }

    public override async ValueTask DisposeAsync()
    {
        await Post.DisposeAsync();
        await base.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    protected override void Map(WebApplication app)
    {
        // Before routes are chosen: a repository stands behind `_git`, where the shared Git server looks for a folder.
        app.Use(FindGitAsync);
        app.UseRouting();
        MapApi(app.MapGroup(Organization));
        app.MapGit(GitRoot, _folder.FullName, context =>
            GitSmartHttp.Credentials(context) is { } given && _tokens.ContainsKey(given.Password));
    }

    protected override IResult? Refuse(HttpRequest request)
    {
        if (!request.Path.Value!.Contains("/_apis/", StringComparison.Ordinal)) return null;
        if (request.Headers.Authorization.Count == 0)
        {
            return Results.Text("<!DOCTYPE html><html><title>Azure DevOps Services | Sign In</title></html>", "text/html", Encoding.UTF8, 203);
        }

        if (Caller(request) is null) return new AzureAnswer(null, 401);
        return request.Query["api-version"].ToString().Length == 0
            ? AzureAnswer.Error(400, "No api-version was supplied for the request.", "VssVersionNotSpecifiedException")
            : null;
    }

    private static async Task FindGitAsync(HttpContext context, RequestDelegate next)
    {
        var asked = context.Request.Path;
        if (asked.Value!.Split('/') is ["", _, var project, "_git", var repository, .. var rest])
        {
            context.Request.Path = $"{GitRoot}/{project}/{repository}.git/{string.Join('/', rest)}";
        }

        try
        {
            await next(context);
        }
        finally
        {
            context.Request.Path = asked;
        }
    }

    private AzureUser Account(string name, bool isGroup)
    {
        lock (_gate)
        {
            if (_users.TryGetValue(name, out var known)) return known;
            var kind = isGroup ? "vssgp" : name.EndsWith("Build Service", StringComparison.Ordinal) ? "svc" : "aad";
            return _users[name] = new AzureUser(NewId(), name, $"{kind}.{_lastId}", isGroup);
        }
    }

    private AzureUser? Caller(HttpRequest request)
    {
        if (GitSmartHttp.Credentials(request.HttpContext) is not { } given) return null;
        lock (_gate) return _tokens.TryGetValue(given.Password, out var name) ? User(name) : null;
    }

    private string ProjectId(string project)
    {
        lock (_gate) return _projects.TryGetValue(project, out var known) ? known : _projects[project] = NewId();
    }

    /// <summary>The moment, later than every one before: what happened one after the other is dated so.</summary>
    private DateTimeOffset Now()
    {
        lock (_gate)
        {
            var now = _clock.GetUtcNow();
            return _last = now > _last ? now : _last.AddTicks(1);
        }
    }

    private long NextId() => Interlocked.Increment(ref _lastId);

    private string NewId() => $"{NextId():x8}-0000-4000-8000-000000000000";
}
