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
    private GitHubStage(FakeGitHub gitHub, GitHubRepository shop, GitHubPull pull, TimeProvider? clock)
        : base(GitHubForge.ForgeName, clock)
    {
        (GitHub, Shop, Pull) = (gitHub, shop, pull);
        Connection = new Connection
        {
            Name = new ConnectionName("c"),
            Forge = GitHubForge.ForgeName,
            ApiUrl = gitHub.ApiUrl,
            GitUrl = gitHub.GitUrl,
            Token = new Secret(FakeGitHub.Token),
            WebhookSecrets = [new Secret("first secret"), new Secret("second secret")],
        };
    }

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

    public static async Task<GitHubStage> SetAsync(TimeProvider? clock = null)
    {
        var gitHub = await FakeGitHub.StartAsync();
        var shop = await gitHub.AddRepositoryAsync("acme/shop");
        gitHub.AddTeam("acme/release", "alice");
        await gitHub.PushAsync(shop, "alice", "feature", "Add a file", ("new.txt", "new\n"));
        var pull = await gitHub.OpenPullAsync(shop, "alice", "feature", "Add a file");
        return new GitHubStage(gitHub, shop, pull, clock);
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
}
