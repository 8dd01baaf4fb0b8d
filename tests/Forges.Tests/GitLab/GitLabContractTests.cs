using System.Text;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Fakes;
using GitOpsGate.Fakes.Git;
using GitOpsGate.Fakes.GitLab;
using GitOpsGate.Forges.GitLab;

namespace GitOpsGate.Forges.Tests.GitLab;

public sealed class GitLabContractTests : ForgeContract
{
    protected override async Task<ForgeStage> SetAsync() => await GitLabStage.SetAsync();
}

public sealed class GitLabSetupTests : ForgeSetupContract
{
    protected override async Task<ForgeStage> SetAsync() => await GitLabStage.SetAsync();
}

/// <summary>
/// A fake GitLab with project <c>acme/shop/web</c>, merge request 1 by alice, and group <c>acme/release</c> with alice in it.
/// </summary>
public sealed class GitLabStage : ForgeStage
{
    private const string Project = "acme/shop/web";

    private readonly GitRepo _repo;

    private GitLabStage(FakeGitLab gitLab, GitRepo repo, CommitId head, CommitId tip)
        : base(GitLabForge.ForgeName)
    {
        (GitLab, _repo, Head, MainTip) = (gitLab, repo, head, tip);
        Connection = new Connection
        {
            Name = new ConnectionName("c"),
            Forge = GitLabForge.ForgeName,
            ApiUrl = gitLab.ApiUrl,
            GitUrl = gitLab.GitUrl,
            Token = new Secret(gitLab.Token),
            WebhookSecrets = [new Secret("first secret"), new Secret("second secret")],
            SigningTokens = [new Secret(Signing("first secret")), new Secret(Signing("second secret"))],
        };
        Change = new ChangeKey(new RepositoryKey(Connection.Name, Project), 1);
    }

    public FakeGitLab GitLab { get; }

    public override FakeServer Server => GitLab;

    public override Connection Connection { get; }

    public override ChangeKey Change { get; }

    public override CommitId Head { get; }

    public override string Team => "acme/release";

    public override bool SignsTime => true;

    public override (string Method, string Path) StatusWrite => ("POST", "/statuses/");

    public override (string Method, string Path) CommentWrite => ("POST", "/notes");

    public override (string Method, string Path) HookWrite => ("POST", "/hooks");

    public override string ChangeRead => "/merge_requests/1";

    public static async Task<GitLabStage> SetAsync()
    {
        var gitLab = await FakeGitLab.StartAsync();
        var repo = await gitLab.AddRepositoryAsync(Project, ("README.md", "# Shop\n"));
        await gitLab.AddRepositoryAsync("acme/shop/old", ("README.md", "# Was\n"));
        gitLab.Archive("acme/shop/old");
        gitLab.AddMembers("acme/release", 30, "alice");
        var head = await gitLab.PushAsync(Project, "alice", "feature", "Add a file", ("new.txt", "new\n"));
        await gitLab.OpenChangeAsync(Project, "alice", "feature", "Add a file");
        return new GitLabStage(gitLab, repo, CommitId.Parse(head), CommitId.Parse(await repo.ResolveAsync("main")));
    }

    public override IReadOnlyDictionary<string, string> Headers(byte[] body, string secret, DateTimeOffset at) =>
        Lower(GitLab.HeadersOf(body, secret, Signing(secret), at));

    public override IReadOnlyDictionary<string, string> UnsignedHeaders(byte[] body) =>
        Lower(GitLab.HeadersOf(body, "", "", default));

    public override CheckState? StatusShown() =>
        GitLab.Statuses(Project, Head.Value).LastOrDefault(status => status.Name == Connection.StatusContext)?.State switch
        {
            null => null,
            "success" => CheckState.Succeeded,
            "pending" => CheckState.Pending,
            _ => CheckState.Failed,
        };

    public override IReadOnlyList<string> GateComments() => GitLab.CommentsOf(Project, 1, GitLab.Gate);

    public override void DeleteGateComments() => GitLab.DeleteComments(Project, 1, GitLab.Gate);

    public override IReadOnlyList<string> HookSecrets(string url) => GitLab.HookTokens(Project, url);

    public override CommitId MainTip { get; }

    public override bool KeepsDeliveries => true;

    public override (string Method, string Path) ProtectWrite => ("PUT", "/projects/");

    public override Task CloseChangeAsync() => GitLab.CloseAsync(Project, 1, "alice");

    public override void WeakenHook(string url) => GitLab.WeakenHook(Project, url);

    public override void DisableHook(string url) => GitLab.DisableHook(Project, url);

    public override void AddHook(string url) => GitLab.AddHook(Project, url);

    public override Task<string> MissDeliveryAsync(string url) => GitLab.SendOneAsync(Project, url);

    public override int Tries(string forgeId) => GitLab.Tries(forgeId);

    public override bool IsStatusRequired() => GitLab.BlockerOf(Project, 1) is not null;

    public override Task<string?> FileAtAsync(string branch, string path) => _repo.ReadAsync(branch, path);

    private static string Signing(string secret) => "whsec_" + Convert.ToBase64String(Encoding.UTF8.GetBytes(secret));

    private static Dictionary<string, string> Lower(IReadOnlyDictionary<string, string> headers) =>
        headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value);
}
