using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Fakes;
using GitOpsGate.Fakes.Gitea;
using GitOpsGate.Forges.Gitea;

namespace GitOpsGate.Forges.Tests.Gitea;

/// <summary>
/// A fake Gitea with repository <c>acme/shop</c>, pull request 1 by alice, and team <c>acme/release</c> with alice in it; beside them an
/// archived repository.
/// </summary>
public sealed class GiteaStage : ForgeStage
{
    private GiteaStage(FakeGitea gitea, GiteaRepository shop, GiteaPull pull)
        : base(GiteaForge.ForgeName)
    {
        (Gitea, Shop, Pull) = (gitea, shop, pull);
        Connection = new Connection
        {
            Name = new ConnectionName("c"),
            Forge = GiteaForge.ForgeName,
            ApiUrl = gitea.ApiUrl,
            GitUrl = gitea.GitUrl,
            Token = new Secret(FakeGitea.Token),
            WebhookSecrets = [new Secret("first secret"), new Secret("second secret")],
        };
    }

    public FakeGitea Gitea { get; }

    public GiteaRepository Shop { get; }

    public GiteaPull Pull { get; }

    public override FakeServer Server => Gitea;

    public override Connection Connection { get; }

    public override ChangeKey Change => new(new RepositoryKey(Connection.Name, Shop.Path), Pull.Number);

    public override CommitId Head => CommitId.Parse(Pull.Head);

    public override CommitId MainTip => CommitId.Parse(Pull.Base);

    public override string Team => "acme/release";

    public override (string Method, string Path) StatusWrite => ("POST", "/statuses/");

    public override (string Method, string Path) CommentWrite => ("POST", "/comments");

    public override (string Method, string Path) HookWrite => ("POST", "/hooks");

    public override (string Method, string Path) ProtectWrite => ("POST", "/branch_protections");

    public override string ChangeRead => "/pulls/1";

    public static async Task<GiteaStage> SetAsync(bool isForgejo = false)
    {
        var gitea = await FakeGitea.StartAsync(isForgejo: isForgejo);
        var shop = await gitea.AddRepositoryAsync("acme/shop");
        (await gitea.AddRepositoryAsync("acme/attic")).IsArchived = true;
        gitea.AddTeam("acme/release", "alice");
        await gitea.PushAsync(shop, "alice", "feature", "Add a file", ("new.txt", "new\n"));
        var pull = await gitea.OpenPullAsync(shop, "alice", "feature", "Add a file");
        return new GiteaStage(gitea, shop, pull);
    }

    public override IReadOnlyDictionary<string, string> Headers(byte[] body, string secret, DateTimeOffset at) =>
        FakeGitea.Sign("", "push", body, secret, "72d3162e-cc78-11e3-81ab-4c9367dc0958", Gitea.IsForgejo).Headers
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
        [.. Pull.Comments.Where(comment => comment.User.Login == FakeGitea.GateLogin).Select(comment => comment.Body)];

    public override void DeleteGateComments() => Pull.Comments.RemoveAll(comment => comment.User.Login == FakeGitea.GateLogin);

    public override IReadOnlyList<string> HookSecrets(string url) =>
        [.. Shop.Hooks.Where(hook => hook.Url == url).Select(hook => hook.Secret)];

    public override Task CloseChangeAsync() => Gitea.CloseAsync(Pull, "alice");

    public override void WeakenHook(string url) =>
        Alter(url, hook => hook with { Events = [.. hook.Events.Where(name => name != "pull_request_sync")] });

    public override void DisableHook(string url) => Alter(url, hook => hook with { IsActive = false });

    public override void AddHook(string url) => Shop.Hooks.Add(new GiteaHook(7, "gitea", url, "json", "theirs", ["push"], true));

    public override bool IsStatusRequired() =>
        Shop.RuleOf("main") is { } rule && rule.Flag("enable_status_check")
        && rule.Words("status_check_contexts").Contains(Connection.StatusContext);

    public override async Task<string?> FileAtAsync(string branch, string path) => await Shop.Git.ReadAsync(branch, path);

    private void Alter(string url, Func<GiteaHook, GiteaHook> change)
    {
        var at = Shop.Hooks.FindIndex(hook => hook.Url == url);
        Shop.Hooks[at] = change(Shop.Hooks[at]);
    }
}
