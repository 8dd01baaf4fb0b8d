using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.GitHub;

/// <summary>GitHub (github.com, Enterprise Cloud and Enterprise Server 3.x), spoken to with a personal access token.</summary>
public sealed class GitHubForge : IForge
{
    /// <summary>The word in <c>gate.yaml</c>.</summary>
    public const string ForgeName = "github";

    private readonly GitHubClient _client;
    private readonly GitHubStatuses _statuses;
    private readonly GitHubComments _comments;
    private readonly GitHubHooks _hooks;

    public GitHubForge(ForgeHttp http)
    {
        _client = new GitHubClient(http);
        _statuses = new GitHubStatuses(_client);
        _comments = new GitHubComments(_client);
        _hooks = new GitHubHooks(_client);
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

    public Task ReportAsync(Connection connection, StatusReport report, CancellationToken cancellation) =>
        _statuses.ReportAsync(connection, report, cancellation);

    public Task<string> ExplainAsync(
        Connection connection, ChangeKey change, string markdown, string? knownId, CancellationToken cancellation) =>
        _comments.ExplainAsync(connection, change, markdown, knownId, cancellation);

    public Task<HookRegistration> RegisterHookAsync(
        Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation) =>
        _hooks.RegisterAsync(connection, repository, hookUrl, cancellation);
}
