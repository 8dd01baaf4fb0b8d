using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Fakes;
using GitOpsGate.Fakes.BitbucketDataCenter;
using GitOpsGate.Fakes.Git;
using GitOpsGate.Forges.BitbucketDataCenter;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.Forges.Tests.BitbucketDataCenter;

/// <summary>
/// A fake Bitbucket Data Center with repository <c>ACME/shop</c>, an archived one beside it, pull request 1 by alice, and group
/// <c>release</c> with alice in it.
/// </summary>
public sealed class BitbucketDataCenterStage : ForgeStage
{
    public const string Path = "ACME/shop";

    private readonly GitRepo _repo;

    private BitbucketDataCenterStage(FakeBitbucketDataCenter bitbucket, GitRepo repo, CommitId mainTip, CommitId head, TimeSpan? timeout)
        : base(BitbucketDataCenterForge.ForgeName, timeout: timeout)
    {
        (Bitbucket, _repo, MainTip, Head) = (bitbucket, repo, mainTip, head);
        Connection = new Connection
        {
            Name = new ConnectionName("c"),
            Forge = BitbucketDataCenterForge.ForgeName,
            ApiUrl = bitbucket.ApiUrl,
            GitUrl = bitbucket.GitUrl,
            Token = new Secret(bitbucket.Token),
            WebhookSecrets = [new Secret("first secret"), new Secret("second secret")],
        };
        Change = new ChangeKey(new RepositoryKey(Connection.Name, Path), 1);
    }

    public FakeBitbucketDataCenter Bitbucket { get; }

    public override FakeServer Server => Bitbucket;

    public override Connection Connection { get; }

    public override ChangeKey Change { get; }

    public override CommitId Head { get; }

    public override CommitId MainTip { get; }

    public override string Team => "release";

    public override string UnknownTeam => "nobody-knows";

    public override (string Method, string Path) StatusWrite => ("POST", "/builds");

    public override (string Method, string Path) CommentWrite => ("POST", "/comments");

    public override (string Method, string Path) HookWrite => ("POST", "/webhooks");

    public override (string Method, string Path) ProtectWrite => ("POST", "/condition");

    public override string ChangeRead => "/pull-requests/1";

    /// <summary>The stage of a test in which every call is answered, however busy the machine is.</summary>
    public static Task<BitbucketDataCenterStage> SetAsync() => SetAsync(TimeSpan.FromSeconds(30));

    public static async Task<BitbucketDataCenterStage> SetAsync(TimeSpan? timeout)
    {
        var bitbucket = await FakeBitbucketDataCenter.StartAsync();
        var repo = await bitbucket.AddRepositoryAsync(Path, ("README.md", "# Shop\n"));
        await bitbucket.AddRepositoryAsync("ACME/old", ("README.md", "# Old\n"));
        bitbucket.Archive("ACME/old");
        bitbucket.AddGroup("release", "alice");
        var head = await bitbucket.PushAsync(Path, "alice", "feature", "Add a file", ("new.txt", "new\n"));
        await bitbucket.OpenChangeAsync(Path, "alice", "feature", "Add a file");
        return new BitbucketDataCenterStage(
            bitbucket, repo, CommitId.Parse(await repo.ResolveAsync("main")), CommitId.Parse(head), timeout);
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

    public override Task CloseChangeAsync() => Bitbucket.DeclineAsync(Path, 1, "alice");

    public override void WeakenHook(string url) => Bitbucket.ChangeHook(Path, url, without: "pr:reviewer:approved");

    public override void DisableHook(string url) => Bitbucket.ChangeHook(Path, url, isActive: false);

    public override void AddHook(string url) => Bitbucket.AddHook(Path, url);

    public override bool IsStatusRequired() =>
        Bitbucket.VetoesOf(Path, 1).Any(veto => veto.Contains($"`{Connection.StatusContext}`", StringComparison.Ordinal));

    public override async Task<string?> FileAtAsync(string branch, string path) => await _repo.ReadAsync(branch, path);

    /// <summary>What the forge says of the pull request now.</summary>
    internal async Task<ForgeFacts> DescribeAsync(CancellationToken cancellation) =>
        await Forge.DescribeAsync(Connection, Change, cancellation) ?? throw new InvalidOperationException($"`{Change}` is not there");

    /// <summary>A report on the head.</summary>
    internal StatusReport Report(Verdict verdict) => new(
        Repository, Head, "feature", Connection.StatusContext, verdict, $"it is {verdict}", "https://gate.example.org/r/1");
}
