using GitOpsGate.Fakes.Git;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace GitOpsGate.Fakes.Gitea;

/// <summary>
/// A Gitea, or a Forgejo, on 127.0.0.1: REST below <see cref="ApiUrl"/>, Git over smart HTTP below <see cref="GitUrl"/>. Tests and demos act
/// on it as people do (<see cref="OpenPullAsync"/>, <see cref="ReviewAsync"/>, <see cref="MergeAsync"/>…); each act changes the state and
/// sends signed webhooks, in that order and each once, to the hooks that are registered. An act completes when its webhooks have been
/// answered. Safe to use from many threads.
/// </summary>
public sealed partial class FakeGitea : FakeServer
{
    private const string Api = "/api/v1";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, GiteaUser> _users = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, GiteaTeam> _teams = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _tokens = new(StringComparer.Ordinal);
    private readonly Dictionary<string, GiteaRepository> _repositories = new(StringComparer.OrdinalIgnoreCase);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gitopsgate-gitea-");
    private readonly TimeProvider _clock;
    private readonly GiteaShapes _shapes;
    private long _lastId = 1000;

    private FakeGitea(TimeProvider clock, bool isForgejo)
    {
        (_clock, IsForgejo) = (clock, isForgejo);
        _shapes = new GiteaShapes(() => Url);
    }

    /// <summary>The token of the account that the gate uses; that account's login is <see cref="GateLogin"/>.</summary>
    public const string Token = "0123456789abcdef0123456789abcdef01234567";

    /// <summary>The login of the gate's own account.</summary>
    public const string GateLogin = "gate-account";

    /// <summary>Whether it is a Forgejo: some settings and events have other names there.</summary>
    public bool IsForgejo { get; }

    /// <summary>How many items a list gives at once at most (<c>MAX_RESPONSE_ITEMS</c>).</summary>
    public int MaxResponseItems { get; set; } = 50;

    /// <summary>Whether lists say how many items they have; very old versions do not everywhere.</summary>
    public bool CountsItems { get; set; } = true;

    /// <summary>The REST API's root, as <c>gate.yaml</c> wants it.</summary>
    public string ApiUrl => Url + Api;

    /// <summary>Where repositories are cloned from, as <c>gate.yaml</c> wants it.</summary>
    public string GitUrl => Url;

    /// <summary>Carries the webhooks; may be told to hold, to repeat or to mix them up.</summary>
    public HookPost Post { get; } = new();

    /// <summary>Starts one.</summary>
    /// <param name="clock">Dates what happens; the machine's clock when not given.</param>
    /// <param name="port">0 for any free one.</param>
    public static async Task<FakeGitea> StartAsync(TimeProvider? clock = null, int port = 0, bool isForgejo = false)
    {
        var fake = new FakeGitea(clock ?? TimeProvider.System, isForgejo);
        fake.AddToken(Token, GateLogin);
        await fake.StartAsync(port);
        return fake;
    }

    /// <summary>Lets a caller with this token act as an account.</summary>
    public void AddToken(string token, string login)
    {
        lock (_gate) _tokens[token] = User(login).Login;
    }

    /// <summary>The account with this login; made when there is none.</summary>
    public GiteaUser User(string login)
    {
        lock (_gate)
        {
            if (_users.TryGetValue(login, out var known)) return known;
            return _users[login] = new GiteaUser(NextId(), login);
        }
    }

    /// <summary>Gives an account another login; what it did stays its own. The old login may be taken by somebody else.</summary>
    public void Rename(string login, string newLogin)
    {
        lock (_gate)
        {
            var renamed = User(login) with { Login = newLogin };
            _users.Remove(login);
            _users[newLogin] = renamed;
            foreach (var team in _teams.Values.Where(team => team.Members.Remove(login))) team.Members.Add(newLogin);
        }
    }

    /// <summary>Makes a team, or adds to it.</summary>
    /// <param name="team"><c>organization/name</c>.</param>
    public void AddTeam(string team, params IEnumerable<string> logins)
    {
        lock (_gate)
        {
            if (!_teams.TryGetValue(team, out var known)) _teams[team] = known = new GiteaTeam(NextId(), team);
            foreach (var login in logins) known.Members.Add(User(login).Login);
        }
    }

    /// <summary>Takes somebody out of a team.</summary>
    public void RemoveFromTeam(string team, string login)
    {
        lock (_gate) _teams[team].Members.Remove(login);
    }

    /// <summary>Makes a repository whose branch <c>main</c> holds one commit with a README.</summary>
    /// <param name="path"><c>owner/name</c>. An owner who is no account is an organization.</param>
    public async Task<GiteaRepository> AddRepositoryAsync(string path)
    {
        var git = await GitRepo.InitAsync(Path.Combine(_folder.FullName, path + ".git"));
        await git.CommitAsync("main", "First commit", ("README.md", $"# {path}\n"));
        lock (_gate) return _repositories[path] = new GiteaRepository(NextId(), path, git);
    }

    /// <summary>The repository with this path.</summary>
    public GiteaRepository Repository(string path)
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
        app.MapGit("", _folder.FullName, context => Caller(context.Request) is not null
            || GitSmartHttp.Credentials(context) is { } given && _tokens.ContainsKey(given.Password));
    }

    protected override IResult? Refuse(HttpRequest request)
    {
        if (!request.Path.StartsWithSegments(Api, StringComparison.Ordinal)) return null;
        return Caller(request) is null ? GiteaAnswer.Error(401, "user does not exist [uid: 0, name: ]") : null;
    }

    private GiteaUser? Caller(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        var token = header.StartsWith("token ", StringComparison.Ordinal) ? header[6..]
            : header.StartsWith("Bearer ", StringComparison.Ordinal) ? header[7..] : "";
        lock (_gate) return _tokens.TryGetValue(token, out var login) ? User(login) : null;
    }

    private long NextId() => Interlocked.Increment(ref _lastId);

    private sealed record GiteaTeam(long Id, string Path)
    {
        public HashSet<string> Members { get; } = new(StringComparer.OrdinalIgnoreCase);
    }
}
