using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Fakes.BitbucketCloud;
using GitOpsGate.Forges.BitbucketCloud;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using Microsoft.Extensions.DependencyInjection;

namespace GitOpsGate.Forges.Tests.BitbucketCloud;

/// <summary>A fake Bitbucket Cloud with one repository and the forge that reaches it.</summary>
internal sealed class BitbucketCloudRoom : IAsyncDisposable
{
    public const string Path = "shop/infra";

    private readonly ServiceProvider _services = Rooms.Fresh();

    private BitbucketCloudRoom(FakeBitbucketCloud fake)
    {
        Fake = fake;
        Forge = _services.GetRequiredService<ForgeRoster>().Find(BitbucketCloudForge.ForgeName)!;
        Connection = new Connection
        {
            Name = ReadingText.Connection,
            Forge = BitbucketCloudForge.ForgeName,
            ApiUrl = fake.ApiUrl,
            GitUrl = fake.GitUrl,
            Token = new Secret(fake.Token),
            WebhookSecrets = [new Secret("hook secret")],
        };
    }

    public FakeBitbucketCloud Fake { get; }

    public IForge Forge { get; }

    public Connection Connection { get; }

    public RepositoryKey Repository { get; } = new(ReadingText.Connection, Path);

    public static CancellationToken Cancellation => Xunit.TestContext.Current.CancellationToken;

    public static async Task<BitbucketCloudRoom> OpenAsync()
    {
        var room = new BitbucketCloudRoom(await FakeBitbucketCloud.StartAsync());
        await room.Fake.AddRepositoryAsync(Path, ("app.yaml", "replicas: 1\n"));
        return room;
    }

    /// <summary>Alice opens a pull request of one commit; gives its key and its head.</summary>
    public async Task<(ChangeKey Change, CommitId Head)> ProposeAsync()
    {
        var head = await PushAsync("replicas: 3\n");
        var number = await Fake.OpenChangeAsync(Path, "alice", "raise", "Raise replicas");
        return (new ChangeKey(Repository, number), CommitId.Parse(head));
    }

    public Task<string> PushAsync(string text) => Fake.PushAsync(Path, "alice", "raise", "Raise replicas", ("app.yaml", text));

    public async Task<ForgeFacts> DescribeAsync(ChangeKey change) =>
        await Forge.DescribeAsync(Connection, change, Cancellation) ?? throw new InvalidOperationException(
            $"`{change}` is not there");

    public Task ReportAsync(CommitId commit, Verdict verdict, string context = "gitops-gate") => Forge.ReportAsync(
        Connection,
        new StatusReport(
            Repository, commit, "raise", context, verdict, "2 approvals are missing", "https://gate.example.org/r/1"),
        Cancellation);

    public async ValueTask DisposeAsync()
    {
        await Fake.DisposeAsync();
        await _services.DisposeAsync();
    }
}
