using System.Security.Cryptography;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Fakes;
using GitOpsGate.Fakes.GitHub;
using GitOpsGate.Forges.GitHub;

namespace GitOpsGate.Forges.Tests.GitHub;

/// <summary>
/// A fake GitHub with repository <c>acme/shop</c>, pull request 1 by alice, and team <c>acme/release</c> with alice in it.
/// </summary>
public sealed class GitHubStage : ForgeStage
{
    private static readonly Lazy<string> Key = new(() =>
    {
        using var key = RSA.Create(2048);
        return key.ExportRSAPrivateKeyPem();
    });

    /// <summary>Not the app's.</summary>
    private static readonly Lazy<string> OtherKey = new(() =>
    {
        using var key = RSA.Create(2048);
        return key.ExportRSAPrivateKeyPem();
    });

    private GitHubStage(FakeGitHub gitHub, GitHubRepository shop, GitHubPull pull, TimeProvider? clock, bool isApp)
        : base(GitHubForge.ForgeName, clock)
    {
        (GitHub, Shop, Pull) = (gitHub, shop, pull);
        AsAccount = new Connection
        {
            Name = new ConnectionName("c"),
            Forge = GitHubForge.ForgeName,
            ApiUrl = gitHub.ApiUrl,
            GitUrl = gitHub.GitUrl,
            Token = new Secret(FakeGitHub.Token),
            WebhookSecrets = [new Secret("first secret"), new Secret("second secret")],
        };
        App = gitHub.AddApp("gate-app", Key.Value);
        AsApp = AsAccount with
        {
            Token = new Secret(gitHub.InstallationToken(App)),
            App = new AppIdentity(App.ClientId, new Secret(Key.Value)),
        };
        Connection = isApp ? AsApp : AsAccount;
    }

    public override Connection Stranger => Connection.App is null
        ? base.Stranger
        : Connection with { Name = new ConnectionName("stranger"), App = new AppIdentity(App.ClientId, new Secret(OtherKey.Value)) };

    /// <summary>An app that the gate may be.</summary>
    public GitHubApp App { get; }

    /// <summary>The repository, reached with a person's token.</summary>
    public Connection AsAccount { get; }

    /// <summary>The same repository, reached as that app.</summary>
    public Connection AsApp { get; }

    /// <summary>The gate's own check runs on the head, the oldest first.</summary>
    public IReadOnlyList<GitHubCheckRun> Runs => [.. Shop.CheckRuns.Where(run => run.Commit == Pull.Head && run.AppId == App.Id)];

    public FakeGitHub GitHub { get; }

    public GitHubRepository Shop { get; }

    public GitHubPull Pull { get; }

    public override FakeServer Server => GitHub;

    public override Connection Connection { get; }

    public override ChangeKey Change => new(new RepositoryKey(Connection.Name, Shop.Path), Pull.Number);

    public override CommitId Head => CommitId.Parse(Pull.Head);

    public override string Team => "acme/release";

    public override (string Method, string Path) StatusWrite => ("POST", "/statuses/");

    public override (string Method, string Path) CommentWrite => ("POST", "/comments");

    public override (string Method, string Path) HookWrite => ("POST", "/hooks");

    public override string ChangeRead => "/pulls/1";

    public static async Task<GitHubStage> SetAsync(TimeProvider? clock = null, bool isApp = false, TimeProvider? fakeClock = null)
    {
        var gitHub = await FakeGitHub.StartAsync(fakeClock);
        var shop = await gitHub.AddRepositoryAsync("acme/shop");
        (await gitHub.AddRepositoryAsync("acme/attic")).IsArchived = true;
        await gitHub.AddRepositoryAsync("other/shop");
        gitHub.AddTeam("acme/release", "alice");
        await gitHub.PushAsync(shop, "alice", "feature", "Add a file", ("new.txt", "new\n"));
        var pull = await gitHub.OpenPullAsync(shop, "alice", "feature", "Add a file");
        return new GitHubStage(gitHub, shop, pull, clock, isApp);
    }

    public override IReadOnlyDictionary<string, string> Headers(byte[] body, string secret, DateTimeOffset at) =>
        FakeGitHub.Sign("", "push", body, secret, "72d3162e-cc78-11e3-81ab-4c9367dc0958").Headers
            .ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value);

    public override IReadOnlyDictionary<string, string> UnsignedHeaders(byte[] body) => Headers(body, "", default);

    public override CheckState? StatusShown() => Shop.Status(Pull.Head, Connection.StatusContext)?.State switch
    {
        null => null,
        "success" => CheckState.Succeeded,
        "pending" => CheckState.Pending,
        _ => CheckState.Failed,
    };

    public override IReadOnlyList<string> GateComments() =>
        [.. Pull.Comments.Where(comment => comment.User.Login == FakeGitHub.GateLogin).Select(comment => comment.Body)];

    public override void DeleteGateComments() => Pull.Comments.RemoveAll(comment => comment.User.Login == FakeGitHub.GateLogin);

    public override IReadOnlyList<string> HookSecrets(string url) =>
        [.. Shop.Hooks.Where(hook => hook.Url == url).Select(hook => hook.Secret)];

    public override CommitId MainTip => CommitId.Parse(Pull.Base);

    public override bool KeepsDeliveries => true;

    public override (string Method, string Path) ProtectWrite => ("POST", "/rulesets");

    public override Task CloseChangeAsync() => GitHub.CloseAsync(Pull, "alice");

    public override void WeakenHook(string url) => ChangeHook(url, hook => hook with { Events = [.. hook.Events.Skip(1)] });

    public override void DisableHook(string url) => ChangeHook(url, hook => hook with { IsActive = false });

    public override void AddHook(string url) => Shop.Hooks.Add(new GitHubHook(77, url, "json", "theirs", ["push"], true));

    public override async Task<string> MissDeliveryAsync(string url)
    {
        // The address of the contract's hook belongs to nobody, so whatever is sent there is lost.
        await GitHub.CommentAsync(Pull, "bob", "nobody hears this");
        return GitHub.Attempts.Last(attempt => attempt.Call.Url == url && attempt.Call.Event == "issue_comment").Delivery;
    }

    public override int Tries(string forgeId) => GitHub.Attempts.Count(attempt => attempt.Delivery == forgeId);

    public override bool IsStatusRequired() =>
        GitHub.Required(Shop, "main").Any(required => required.Context == Connection.StatusContext);

    public override Task<string?> FileAtAsync(string branch, string path) => Shop.Git.ReadAsync(branch, path);

    private void ChangeHook(string url, Func<GitHubHook, GitHubHook> change)
    {
        var at = Shop.Hooks.FindIndex(hook => hook.Url == url);
        Shop.Hooks[at] = change(Shop.Hooks[at]);
    }
}
