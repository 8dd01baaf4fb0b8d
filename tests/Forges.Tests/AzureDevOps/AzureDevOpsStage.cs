using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Fakes;
using GitOpsGate.Fakes.AzureDevOps;
using GitOpsGate.Forges.AzureDevOps;

namespace GitOpsGate.Forges.Tests.AzureDevOps;

/// <summary>
/// A fake Azure DevOps with repository <c>acme/shop</c>, pull request 1 by alice, team <c>acme/release</c> with alice in it, and a second
/// repository that is disabled.
/// </summary>
public sealed class AzureDevOpsStage : ForgeStage
{
    private AzureDevOpsStage(FakeAzureDevOps azure, AzureRepository shop, AzurePull pull, CommitId mainTip)
        : base(AzureDevOpsForge.ForgeName)
    {
        (Azure, Shop, Pull, MainTip) = (azure, shop, pull, mainTip);
        Connection = new Connection
        {
            Name = new ConnectionName("c"),
            Forge = AzureDevOpsForge.ForgeName,
            ApiUrl = azure.ApiUrl,
            GitUrl = azure.GitUrl,
            Token = new Secret(FakeAzureDevOps.Token),
            WebhookSecrets = [new Secret("first secret"), new Secret("second secret")],
        };
    }

    public FakeAzureDevOps Azure { get; }

    public AzureRepository Shop { get; }

    public AzurePull Pull { get; }

    public override FakeServer Server => Azure;

    public override Connection Connection { get; }

    public override ChangeKey Change => new(new RepositoryKey(Connection.Name, Shop.Path), Pull.Number);

    public override CommitId Head => CommitId.Parse(Pull.Head);

    public override CommitId MainTip { get; }

    public override string Team => "acme/release";

    public override bool SignsBody => false;

    public override byte[] ExampleBody => Azure.BodyOf(Pull, "git.pullrequest.updated");

    public override (string Method, string Path) StatusWrite => ("POST", "/pullRequests/1/statuses");

    public override (string Method, string Path) CommentWrite => ("POST", "/threads");

    public override (string Method, string Path) HookWrite => ("POST", "/hooks/subscriptions");

    public override (string Method, string Path) ProtectWrite => ("POST", "/policy/configurations");

    public override string ChangeRead => "/pullrequests/1";

    public static async Task<AzureDevOpsStage> SetAsync()
    {
        var azure = await FakeAzureDevOps.StartAsync();
        var shop = await azure.AddRepositoryAsync("acme/shop");
        (await azure.AddRepositoryAsync("acme/attic")).IsDisabled = true;
        azure.AddTeam("acme/release", azure.User("alice"));
        var tip = CommitId.Parse(await shop.Git.ResolveAsync("main"));
        await azure.PushAsync(shop, "alice", "feature", "Add a file", ("new.txt", "new\n"));
        var pull = await azure.OpenPullAsync(shop, "alice", "feature", "Add a file");
        return new AzureDevOpsStage(azure, shop, pull, tip);
    }

    public override IReadOnlyDictionary<string, string> Headers(byte[] body, string secret, DateTimeOffset at) => Lower(body, secret);

    public override IReadOnlyDictionary<string, string> UnsignedHeaders(byte[] body) => Lower(body, null);

    public override CheckState? StatusShown() => Pull.Shown(Connection.StatusContext)?.State switch
    {
        null => null,
        "succeeded" => CheckState.Succeeded,
        "pending" => CheckState.Pending,
        _ => CheckState.Failed,
    };

    public override IReadOnlyList<string> GateComments() =>
    [
        .. Pull.Threads.SelectMany(thread => thread.Comments)
            .Where(comment => comment is { IsDeleted: false, Author.Name: FakeAzureDevOps.GateName })
            .Select(comment => comment.Content),
    ];

    public override void DeleteGateComments()
    {
        foreach (var thread in GateThreads()) thread.Comments[0] = thread.Comments[0] with { IsDeleted = true };
    }

    /// <summary>A hook is the set of subscriptions with one address; its secret is what they all have.</summary>
    public override IReadOnlyList<string> HookSecrets(string url)
    {
        var byEvent = Azure.Subscriptions.Where(one => one.Url == url).GroupBy(one => one.Event).Select(same => same.ToList()).ToList();
        var count = byEvent.Select(same => same.Count).DefaultIfEmpty().Max();
        return [.. Enumerable.Range(0, count).Select(at =>
            string.Join(" and ", byEvent.Where(same => same.Count > at).Select(same => same[at].Password).Distinct()))];
    }

    public override Task CloseChangeAsync() => Azure.AbandonAsync(Pull, "alice");

    public override void WeakenHook(string url) => Azure.RemoveSubscriptions(one => one.Url == url && one.Event == "git.pullrequest.updated");

    public override void DisableHook(string url)
    {
        foreach (var one in Azure.Subscriptions.Where(one => one.Url == url)) one.Status = "disabledBySystem";
    }

    public override void AddHook(string url) => Azure.AddSubscription(Shop, "git.push", url, "somebody's secret");

    public override bool IsStatusRequired() => Azure.IsRequired(Shop, "main", Connection.StatusContext);

    public override async Task<string?> FileAtAsync(string branch, string path) => await Shop.Git.ReadAsync($"refs/heads/{branch}", path);

    /// <summary>The threads that the gate's account began and nobody deleted.</summary>
    public IReadOnlyList<AzureThread> GateThreads() =>
        [.. Pull.Threads.Where(thread => thread.Comments[0] is { IsDeleted: false, Author.Name: FakeAzureDevOps.GateName })];

    private static Dictionary<string, string> Lower(byte[] body, string? secret) =>
        FakeAzureDevOps.Call("", "git.push", body, secret).Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value);
}
