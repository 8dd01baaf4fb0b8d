using GitOpsGate.Fakes.Git;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace GitOpsGate.Fakes.GitHub;

/// <summary>
/// A GitHub on 127.0.0.1, as Enterprise Server lays out its addresses: REST below <see cref="ApiUrl"/>, Git over smart HTTP below
/// <see cref="GitUrl"/>. Tests and demos act on it as people do (<see cref="OpenPullAsync"/>, <see cref="ReviewAsync"/>,
/// <see cref="MergeAsync"/>…); each act changes the state and sends signed webhooks, in that order, to the hooks that are
/// registered. An act completes when its webhooks have been answered. Safe to use from many threads.
/// </summary>
public sealed partial class FakeGitHub : FakeServer
{
    private const string Api = "/api/v3";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, GitHubUser> _users = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, HashSet<string>> _teams = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _tokens = new(StringComparer.Ordinal);
    private readonly List<GitHubApp> _apps = [];
    private readonly Dictionary<string, (GitHubApp App, DateTimeOffset Until)> _appTokens = new(StringComparer.Ordinal);
    private readonly HashSet<string> _persons = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<GitHubAttempt> _attempts = [];
    private readonly Dictionary<string, GitHubRepository> _repositories = new(StringComparer.OrdinalIgnoreCase);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gitopsgate-github-");
    private readonly TimeProvider _clock;
    private readonly GitHubShapes _shapes;
    private long _lastId = 1000;

    private FakeGitHub(TimeProvider clock)
    {
        _clock = clock;
        _shapes = new GitHubShapes(() => Url);
    }

    /// <summary>The token of the account that the gate uses; that account's login is <see cref="GateLogin"/>.</summary>
    public const string Token = "ghp_fakeTokenOfTheGate0123456789";

    /// <summary>The login of the gate's own account.</summary>
    public const string GateLogin = "gate-account";

    /// <summary>The REST API's root, as <c>gate.yaml</c> wants it.</summary>
    public string ApiUrl => Url + Api;

    /// <summary>Where repositories are cloned from, as <c>gate.yaml</c> wants it.</summary>
    public string GitUrl => Url;

    /// <summary>Carries the webhooks; may be told to hold, to repeat or to mix them up.</summary>
    public HookPost Post { get; } = new();

    /// <summary>Starts one.</summary>
    /// <param name="clock">Dates what happens; the machine's clock when not given.</param>
    /// <param name="port">0 for any free one.</param>
    public static async Task<FakeGitHub> StartAsync(TimeProvider? clock = null, int port = 0)
    {
        var fake = new FakeGitHub(clock ?? TimeProvider.System);
        fake.AddToken(Token, GateLogin);
        await fake.StartAsync(port);
        return fake;
    }

    /// <summary>Lets a caller with this token act as an account.</summary>
    public void AddToken(string token, string login)
    {
        lock (_gate) _tokens[token] = User(login).Login;
    }

    /// <summary>The account with this login; made when there is none. Logins that end in <c>[bot]</c> are bots.</summary>
    public GitHubUser User(string login)
    {
        lock (_gate)
        {
            if (_users.TryGetValue(login, out var known)) return known;
            var type = login.EndsWith("[bot]", StringComparison.Ordinal) ? "Bot" : "User";
            return _users[login] = new GitHubUser(NextId(), login, type);
        }
    }

    /// <summary>Makes a team, or adds to it.</summary>
    /// <param name="team"><c>organization/slug</c>.</param>
    public void AddTeam(string team, params IEnumerable<string> logins)
    {
        lock (_gate)
        {
            if (!_teams.TryGetValue(team, out var members)) _teams[team] = members = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            foreach (var login in logins) members.Add(User(login).Login);
        }
    }

    /// <summary>Takes somebody out of a team.</summary>
    public void RemoveFromTeam(string team, string login)
    {
        lock (_gate) _teams[team].Remove(login);
    }

    /// <summary>Makes a repository whose branch <c>main</c> holds one commit with a README.</summary>
    /// <param name="path"><c>owner/name</c>.</param>
    public async Task<GitHubRepository> AddRepositoryAsync(string path)
    {
        var git = await GitRepo.InitAsync(Path.Combine(_folder.FullName, path + ".git"));
        await git.CommitAsync("main", "First commit", ("README.md", $"# {path}\n"));
        lock (_gate) return _repositories[path] = new GitHubRepository(NextId(), path, git);
    }

    /// <summary>The repository with this path.</summary>
    public GitHubRepository Repository(string path)
    {
        lock (_gate) return _repositories[path];
    }

    public override async ValueTask DisposeAsync()
    {
        await Post.DisposeAsync();
        await base.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    protected override void Map(WebApplication app)
    {
        MapApi(app.MapGroup(Api));
        MapPages(app);
        app.MapGit("", _folder.FullName, context => Caller(context.Request) is not null
            || GitSmartHttp.Credentials(context) is { } given && IsKnown(given.Password));
    }

    protected override IResult? Refuse(HttpRequest request)
    {
        if (!request.Path.StartsWithSegments(Api, StringComparison.Ordinal)) return null;
        if (request.Headers.UserAgent.Count == 0) return Error(403, "Request forbidden by administrative rules: no User-Agent header");
        if (IsForAppsThemselves(request.Path)) return AppByProof(request) is null ? Error(401, "A JSON web token could not be decoded") : null;
        return Caller(request) is null ? Error(401, "Bad credentials") : Moved(request);
    }

    private GitHubUser? Caller(HttpRequest request)
    {
        lock (_gate)
        {
            if (AppOf(request) is { } app) return User(app.BotLogin);
            return _tokens.TryGetValue(Given(request), out var login) ? User(login) : null;
        }
    }

    private bool IsKnown(string token)
    {
        lock (_gate) return _tokens.ContainsKey(token) || AppOf(token) is not null;
    }

    private long NextId() => Interlocked.Increment(ref _lastId);
}
