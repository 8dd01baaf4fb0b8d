using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.GitHub;

/// <summary>GitHub (github.com, Enterprise Cloud and Enterprise Server 3.x), spoken to with a personal access token or as an app.</summary>
public sealed class GitHubForge : IForge, IForgeDeployments
{
    /// <summary>The word in <c>gate.yaml</c>.</summary>
    public const string ForgeName = "github";

    private readonly GitHubClient _client;
    private readonly GitHubStatuses _statuses;
    private readonly GitHubComments _comments;
    private readonly GitHubHooks _hooks;
    private readonly GitHubChecks _checks;
    private readonly GitHubSurvey _survey;
    private readonly GitHubDeliveries _deliveries;
    private readonly GitHubProtection _protection;
    private readonly GitHubProposals _proposals;
    private readonly GitHubStanding _standing;
    private readonly GitHubDeployments _deployments;

    public GitHubForge(ForgeHttp http)
    {
        _client = new GitHubClient(http);
        _statuses = new GitHubStatuses(_client);
        _comments = new GitHubComments(_client);
        _hooks = new GitHubHooks(_client);
        _checks = new GitHubChecks(_client);
        _survey = new GitHubSurvey(_client);
        _deliveries = new GitHubDeliveries(_client);
        _proposals = new GitHubProposals(_client);
        _deployments = new GitHubDeployments(_client);
        var apps = new GitHubApps(_client);
        _protection = new GitHubProtection(_client, apps);
        _standing = new GitHubStanding(_client, apps);
    }

    public string Name => ForgeName;

    public DeliveryLabel? Label(IReadOnlyDictionary<string, string> headers)
    {
        const int LongestWord = 128;
        var (id, happened) = (headers.GetValueOrDefault("x-github-delivery"), headers.GetValueOrDefault("x-github-event"));
        return id is { Length: > 0 and <= LongestWord } && happened is { Length: > 0 and <= LongestWord }
            ? new DeliveryLabel(id, happened)
            : null;
    }

    /// <remarks>
    /// <c>X-Hub-Signature-256</c> only; the SHA-1 header that comes beside it is never looked at. Source: docs.github.com,
    /// "Validating webhook deliveries". GitHub signs no timestamp, so nothing is ever stale: replays are told by their delivery
    /// id.
    /// </remarks>
    public SignatureCheck Verify(
        Connection connection, IReadOnlyDictionary<string, string> headers, ReadOnlySpan<byte> body, DateTimeOffset now) =>
        Signatures.HmacHex(headers.GetValueOrDefault("x-hub-signature-256"), "sha256=", body, connection.WebhookSecrets);

    public Reading Read(Delivery delivery) => GitHubReader.Read(delivery);

    public Task<ForgeFacts?> DescribeAsync(Connection connection, ChangeKey change, CancellationToken cancellation) =>
        _client.DescribeAsync(connection, change, default, cancellation);

    public Task<ForgeFacts?> DescribeAsync(
        Connection connection, ChangeKey change, CommitId likelyHead, CancellationToken cancellation) =>
        _client.DescribeAsync(connection, change, likelyHead, cancellation);

    public Task<TeamFacts> MembersAsync(
        Connection connection, RepositoryKey repository, ImmutableArray<string> teams, ImmutableArray<Person> people,
        CancellationToken cancellation) =>
        GitHubTeams.MembersAsync(_client.Open(connection), teams, people, cancellation);

    public Task<ImmutableArray<ChangeKey>> ChangesOfAsync(
        Connection connection, RepositoryKey repository, CommitId commit, CancellationToken cancellation) =>
        _client.ChangesOfAsync(connection, repository, commit, cancellation);

    public Task ReportAsync(Connection connection, StatusReport report, CancellationToken cancellation) => connection.App is { } app
        ? _checks.ReportAsync(connection, app, report, cancellation)
        : _statuses.ReportAsync(connection, report, cancellation);

    public Task<string> ExplainAsync(
        Connection connection, ChangeKey change, string markdown, string? knownId, CancellationToken cancellation) =>
        _comments.ExplainAsync(connection, change, markdown, knownId, cancellation);

    public Task<string> ReplyAsync(
        Connection connection, ChangeKey change, string commentId, string markdown, CancellationToken cancellation) =>
        _comments.ReplyAsync(connection, change, commentId, markdown, cancellation);

    public Task<HookRegistration> RegisterHookAsync(
        Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation) =>
        _hooks.RegisterAsync(connection, repository, hookUrl, cancellation);

    public Task<HookHealth> HookHealthAsync(
        Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation) =>
        _hooks.HealthAsync(connection, repository, hookUrl, cancellation);

    public Task<int> RemoveHooksAsync(
        Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation) =>
        _hooks.RemoveAsync(connection, repository, hookUrl, cancellation);

    public async Task<ImmutableArray<MissedDelivery>> MissedAsync(
        Connection connection, RepositoryKey repository, string hookUrl, DateTimeOffset since, CancellationToken cancellation)
    {
        var hooks = await _hooks.OursAsync(connection, repository, hookUrl, cancellation);
        return await _deliveries.MissedAsync(connection, repository, hooks.Select(hook => hook.Id("id")), since, cancellation);
    }

    public Task RedeliverAsync(
        Connection connection, RepositoryKey repository, MissedDelivery missed, CancellationToken cancellation) =>
        _deliveries.RedeliverAsync(connection, repository, missed, cancellation);

    public Task<Protection> ProtectionAsync(
        Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation) =>
        _protection.LookAsync(connection, repository, branch, cancellation);

    public Task<Protection> ProtectAsync(
        Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation) =>
        _protection.ProtectAsync(connection, repository, branch, cancellation);

    public Task UnprotectAsync(Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation) =>
        _protection.UnprotectAsync(connection, repository, branch, cancellation);

    public Task<string> ProposeFileAsync(
        Connection connection, RepositoryKey repository, FileProposal proposal, CancellationToken cancellation) =>
        _proposals.ProposeAsync(connection, repository, proposal, cancellation);

    public Task<ForgeStanding> StandingAsync(Connection connection, RepositoryKey repository, CancellationToken cancellation) =>
        _standing.OfAsync(connection, repository, cancellation);

    public Task<ImmutableArray<RepositoryKey>> RepositoriesAsync(Connection connection, string owner, CancellationToken cancellation) =>
        _survey.RepositoriesAsync(connection, owner, cancellation);

    public Task<ImmutableArray<OpenChange>> OpenChangesAsync(
        Connection connection, RepositoryKey repository, CancellationToken cancellation) =>
        _survey.OpenChangesAsync(connection, repository, cancellation);

    public Task<CommitId> TipAsync(Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation) =>
        GitHubSurvey.TipAsync(_client.Open(connection), repository, branch, cancellation);

    public Task AnswerDeploymentAsync(Connection connection, DeploymentAnswer answer, CancellationToken cancellation) =>
        _deployments.AnswerAsync(connection, answer, cancellation);
}
