using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Fakes;
using GitOpsGate.Fakes.BitbucketCloud;
using GitOpsGate.Fakes.Git;
using GitOpsGate.Forges.BitbucketCloud;

namespace GitOpsGate.Forges.Tests.BitbucketCloud;

public sealed class BitbucketCloudContractTests : ForgeContract
{
    protected override async Task<ForgeStage> SetAsync() => await BitbucketCloudStage.SetAsync();
}

public sealed class BitbucketCloudSetupTests : ForgeSetupContract
{
    protected override async Task<ForgeStage> SetAsync() => await BitbucketCloudStage.SetAsync();
}

/// <summary>
/// A fake Bitbucket Cloud with repository <c>acme/shop</c>, pull request 1 by alice, and team <c>release</c> of the connection.
/// </summary>
public sealed class BitbucketCloudStage : ForgeStage
{
    private const string Path = "acme/shop";

    private readonly GitRepo _repo;

    private BitbucketCloudStage(FakeBitbucketCloud bitbucket, GitRepo repo, CommitId head, CommitId tip)
        : base(BitbucketCloudForge.ForgeName)
    {
        (Bitbucket, _repo, Head, MainTip) = (bitbucket, repo, head, tip);
        var connection = new Connection
        {
            Name = new ConnectionName("c"),
            Forge = BitbucketCloudForge.ForgeName,
            ApiUrl = bitbucket.ApiUrl,
            GitUrl = bitbucket.GitUrl,
            Token = new Secret(bitbucket.Token),
            WebhookSecrets = [new Secret("first secret"), new Secret("second secret")],
        };
        Connection = connection with { Teams = connection.Teams.Add("release", [bitbucket.User("alice").Uuid]) };
        Change = new ChangeKey(new RepositoryKey(Connection.Name, Path), 1);
    }

    public FakeBitbucketCloud Bitbucket { get; }

    public override FakeServer Server => Bitbucket;

    public override Connection Connection { get; }

    public override ChangeKey Change { get; }

    public override CommitId Head { get; }

    public override string Team => "release";

    public override (string Method, string Path) StatusWrite => ("POST", "/statuses/build");

    public override (string Method, string Path) CommentWrite => ("POST", "/comments");

    public override (string Method, string Path) HookWrite => ("POST", "/hooks");

    public override string ChangeRead => "/pullrequests/1";

    public static async Task<BitbucketCloudStage> SetAsync()
    {
        var bitbucket = await FakeBitbucketCloud.StartAsync();
        var repo = await bitbucket.AddRepositoryAsync(Path, ("README.md", "# Shop\n"));
        var head = await bitbucket.PushAsync(Path, "alice", "feature", "Add a file", ("new.txt", "new\n"));
        await bitbucket.OpenChangeAsync(Path, "alice", "feature", "Add a file");
        return new BitbucketCloudStage(bitbucket, repo, CommitId.Parse(head), CommitId.Parse(await repo.ResolveAsync("main")));
    }

    public override IReadOnlyDictionary<string, string> Headers(byte[] body, string secret, DateTimeOffset at) =>
        Bitbucket.HeadersOf(body, secret).ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value);

    public override IReadOnlyDictionary<string, string> UnsignedHeaders(byte[] body) => Headers(body, "", default);

    public override CheckState? StatusShown() =>
        Bitbucket.Builds(Path, Head.Value).LastOrDefault(build => build.Key == Connection.StatusContext)?.State switch
        {
            null => null,
            "SUCCESSFUL" => CheckState.Succeeded,
            "INPROGRESS" => CheckState.Pending,
            _ => CheckState.Failed,
        };

    public override IReadOnlyList<string> GateComments() => Bitbucket.CommentsOf(Path, 1, Bitbucket.Gate);

    public override void DeleteGateComments() => Bitbucket.DeleteComments(Path, 1, Bitbucket.Gate);

    public override IReadOnlyList<string> HookSecrets(string url) => Bitbucket.HookSecrets(Path, url);

    public override CommitId MainTip { get; }

    public override (string Method, string Path) ProtectWrite => ("POST", "/branch-restrictions");

    public override Task CloseChangeAsync() => Bitbucket.DeclineAsync(Path, 1, "alice");

    public override void WeakenHook(string url) => Bitbucket.WeakenHook(Path, url);

    public override void DisableHook(string url) => Bitbucket.DisableHook(Path, url);

    public override void AddHook(string url) => Bitbucket.AddHook(Path, url);

    public override bool IsStatusRequired() => Bitbucket.IsBlocked(Path, 1);

    public override Task<string?> FileAtAsync(string branch, string path) => _repo.ReadAsync(branch, path);
}
