using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Fakes.GitLab;
using GitOpsGate.Forges.GitLab;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using Microsoft.Extensions.DependencyInjection;

namespace GitOpsGate.Forges.Tests.GitLab;

/// <summary>A fake GitLab with one project and the forge that reaches it.</summary>
internal sealed class GitLabRoom : IAsyncDisposable
{
    public const string Path = "shop/platform/infra";
    public const string Context = "gitops-gate";

    private readonly ServiceProvider _services = Rooms.Fresh();

    private GitLabRoom(FakeGitLab fake)
    {
        Fake = fake;
        Forge = _services.GetRequiredService<ForgeRoster>().Find(GitLabForge.ForgeName)!;
        Connection = new Connection
        {
            Name = ReadingText.Connection,
            Forge = GitLabForge.ForgeName,
            ApiUrl = fake.ApiUrl,
            GitUrl = fake.GitUrl,
            Token = new Secret(fake.Token),
            WebhookSecrets = [new Secret("hook secret")],
        };
    }

    public FakeGitLab Fake { get; }

    public IForge Forge { get; }

    public Connection Connection { get; }

    public RepositoryKey Repository { get; } = new(ReadingText.Connection, Path);

    public static CancellationToken Cancellation => Xunit.TestContext.Current.CancellationToken;

    public static async Task<GitLabRoom> OpenAsync()
    {
        var room = new GitLabRoom(await FakeGitLab.StartAsync());
        await room.Fake.AddRepositoryAsync(Path, ("app.yaml", "replicas: 1\n"));
        return room;
    }

    /// <summary>Alice opens a merge request of one commit; gives its key and its head.</summary>
    public async Task<(ChangeKey Change, CommitId Head)> ProposeAsync()
    {
        var head = await Fake.PushAsync(Path, "alice", "raise", "Raise replicas", ("app.yaml", "replicas: 3\n"));
        var number = await Fake.OpenChangeAsync(Path, "alice", "raise", "Raise replicas");
        return (new ChangeKey(Repository, number), CommitId.Parse(head));
    }

    public async Task<ForgeFacts> DescribeAsync(ChangeKey change) =>
        await Forge.DescribeAsync(Connection, change, Cancellation) ?? throw new InvalidOperationException(
            $"`{change}` is not there");

    public StatusReport Report(CommitId commit, Verdict verdict, string summary = "2 approvals are missing") =>
        new(Repository, commit, "raise", Context, verdict, summary, "https://gate.example.org/rulings/1");

    public Task<string> ExplainAsync(ChangeKey change, string text, string? knownId = null) =>
        Forge.ExplainAsync(Connection, change, text, knownId, Cancellation);

    public async ValueTask DisposeAsync()
    {
        await Fake.DisposeAsync();
        await _services.DisposeAsync();
    }
}
