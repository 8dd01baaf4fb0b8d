using System.Collections.Immutable;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using GitOpsGate.Access;
using GitOpsGate.Agent.Engines;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Dispatch;
using GitOpsGate.Fakes.GitHub;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Composition;
using GitOpsGate.WebhookGateway.Intake;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace GitOpsGate.Agent.Tests;

/// <summary>
/// A forge with a real repository, a whole gateway on it with a database of its own, and the folder that an agent serves; between agent and
/// gateway stands a <see cref="Proxy"/>.
/// </summary>
internal sealed class Stage : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gitopsgate-agent-");
    private FakeGitHub _forge = null!;
    private GitHubRepository _repository = null!;
    private GateConfiguration _configuration = null!;
    private WebApplication _gateway = null!;
    private HttpClient _http = null!;
    private DirectoryEngine? _engine;
    private GateLink? _link;
    private int _orders;

    private Stage()
    {
    }

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public Proxy Proxy { get; private set; } = null!;

    /// <summary>A token of the agent of <c>site</c>.</summary>
    public string Token { get; private set; } = "";

    public string Site => Path.Combine(_folder.FullName, "site");

    public string StatePath => Path.Combine(_folder.FullName, "agent.json");

    public IWarrantSigner Signer => Get<IWarrantSigner>();

    public static async Task<Stage> SetAsync()
    {
        var stage = new Stage { _forge = await FakeGitHub.StartAsync() };
        stage._repository = await stage._forge.AddRepositoryAsync("acme/shop");
        stage._configuration = stage.Configuration();
        stage._gateway = GatewayHost.Build(
            stage._configuration, "http://127.0.0.1:0", new IntakeOptions(), services => services.AddRooms(stage._configuration));
        await stage._gateway.StartAsync(Cancel);
        stage._http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(stage._gateway.Urls.First()) };
        stage.Proxy = await Proxy.StartAsync(stage._gateway.Urls.First());
        stage.Token = await stage.TokenAsync("site");
        return stage;
    }

    public T Get<T>()
        where T : notnull => _gateway.Services.GetRequiredService<T>();

    /// <summary>Makes an agent's token for a target.</summary>
    public async Task<string> TokenAsync(string target)
    {
        var text = TokenText.New();
        var token = new AccessToken(TokenText.NewReference(), "edge", Role.Agent, DateTimeOffset.UnixEpoch, target);
        await Get<ITokenStore>().AddAsync(token, TokenText.Digest(text), Cancel);
        return text;
    }

    /// <summary>Has a commit with one page ordered for <c>site</c>, as a covered push does.</summary>
    public async Task<DispatchOrder> OrderAsync(string page, params (string Path, string? Text)[] more)
    {
        var pushed = await _forge.PushAsync(_repository, "alice", "main", page, [("web/index.html", page), .. more]);
        var (commit, connection) = (CommitId.Parse(pushed), _configuration.Connections[0]);
        var repository = new RepositoryKey(connection.Name, "acme/shop");
        var tree = await Get<IGitMirror>().TreeAsync(connection, repository, commit, "web", Cancel);
        var order = new DispatchOrder
        {
            Id = OrderId.Derive("prod", "site", commit, $"{++_orders}"),
            Environment = "prod",
            Target = "site",
            Repository = repository,
            Branch = "main",
            Commit = commit,
            Tree = tree!,
            Path = "web",
            Ruling = default,
            OrderedAt = TimeProvider.System.GetUtcNow(),
        };
        var receipt = await Get<IEnumerable<ITarget>>().Single(one => one.Name == "site").SendAsync(order, Signer.Sign(order, order.OrderedAt), Cancel);
        Assert.IsType<Receipt.Accepted>(receipt);
        return order;
    }

    public AgentConfiguration Settings(string? token = null, long maxBytes = 1 << 20) => new()
    {
        GatewayUrl = Proxy.Url,
        Target = "site",
        Token = new Secret(token ?? Token),
        PublicKey = Signer.PublicKey,
        Path = Site,
        StateFile = StatePath,
        MaxBytes = maxBytes,
    };

    /// <summary>An agent as it is after a start; the one before it has ended.</summary>
    public SyncAgent Restart(AgentConfiguration? settings = null, TimeProvider? clock = null)
    {
        _engine?.Dispose();
        _link?.Dispose();
        settings ??= Settings();
        _engine = new DirectoryEngine(settings.Path, settings.Keep);
        _link = new GateLink(settings, clock ?? TimeProvider.System);
        return new SyncAgent(settings, _link, _engine, new StateFile(settings.StateFile), clock ?? TimeProvider.System);
    }

    /// <summary>Ends the agent, so that its folder is free.</summary>
    public void StopAgent()
    {
        _engine?.Dispose();
        _engine = null;
    }

    /// <summary>One pass of a freshly started agent.</summary>
    public Task<Pass> PassAsync(AgentConfiguration? settings = null, TimeProvider? clock = null) =>
        Restart(settings, clock).PassAsync(TimeSpan.Zero, Cancel);

    /// <summary>What visitors see; empty when nothing is served.</summary>
    public string Page()
    {
        var path = Path.Combine(Site, "current", "index.html");
        return File.Exists(path) ? File.ReadAllText(path) : "";
    }

    /// <summary>The entries of reports, oldest first.</summary>
    public async Task<List<JsonElement>> ReportsAsync()
    {
        var leaves = await Get<IAuditReader>().ReadAsync(0, 1000, Cancel);
        return [.. leaves.Select(leaf => JsonElement.Parse(leaf.Bytes.Span)).Where(leaf => leaf.GetProperty("type").GetString() == AuditTypes.DeploymentReported)];
    }

    /// <summary>Calls the gateway itself.</summary>
    public Task<HttpResponseMessage> AskAsync(HttpMethod method, string path, string token, string? json = null, string? tag = null)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (tag is not null) request.Headers.TryAddWithoutValidation("If-None-Match", tag);
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        return _http.SendAsync(request, Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        _engine?.Dispose();
        _link?.Dispose();
        _http.Dispose();
        await Proxy.DisposeAsync();
        await _gateway.DisposeAsync();
        await _forge.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }

    private GateConfiguration Configuration() => new()
    {
        PublicUrl = "https://gate.example.org",
        DataFolder = Path.Combine(_folder.FullName, "data"),
        ServerRules = RuleFile.Empty,
        Digest = new string('0', 64),
        Connections =
        [
            new Connection
            {
                Name = new ConnectionName("forge"),
                Forge = "github",
                ApiUrl = _forge.ApiUrl,
                GitUrl = _forge.GitUrl,
                Token = new Secret(FakeGitHub.Token),
                WebhookSecrets = [new Secret("a secret of the tests")],
            },
        ],
        Targets = [Target("site"), Target("other")],
    };

    private static TargetSource Target(string name) =>
        new(name, "agent", ImmutableSortedDictionary<string, string>.Empty, ImmutableSortedDictionary<string, Secret>.Empty);
}
