using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.Gitea;

/// <summary>
/// Gitea and Forgejo, whose webhooks and REST APIs are alike, spoken to with an access token. See the folder's README for what is peculiar
/// to them.
/// </summary>
public sealed class GiteaForge(ForgeHttp http) : IForge
{
    /// <summary>The word in <c>gate.yaml</c>, for both.</summary>
    public const string ForgeName = "gitea";

    private readonly GiteaClient _client = new(http);

    public string Name => ForgeName;

    /// <summary>
    /// The event is the one of <c>X-Gitea-Event-Type</c> where it came (Gitea Documentation, "Webhooks", "Event versus Event-Type"):
    /// it is more precise, and <c>X-Gitea-Event</c> comes empty with events that Gitea has given no such name.
    /// </summary>
    public DeliveryLabel? Label(IReadOnlyDictionary<string, string> headers) =>
        GiteaHeaders.Find(headers, "delivery") is { } id
        && (GiteaHeaders.Find(headers, "event-type") ?? GiteaHeaders.Find(headers, "event")) is { } name
            ? new DeliveryLabel(id, name)
            : null;

    /// <summary>Bare hex digits without a prefix. The header comes empty from a hook that has no secret, which is no signature.</summary>
    public SignatureCheck Verify(
        Connection connection, IReadOnlyDictionary<string, string> headers, ReadOnlySpan<byte> body, DateTimeOffset now) =>
        Signatures.HmacHex(GiteaHeaders.Find(headers, "signature"), "", body, connection.WebhookSecrets);

    public Reading Read(Delivery delivery) => GiteaReader.Read(delivery);

    public Task<ForgeFacts?> DescribeAsync(Connection connection, ChangeKey change, CancellationToken cancellation) =>
        _client.DescribeAsync(connection, change, cancellation);

    public Task<TeamFacts> MembersAsync(
        Connection connection, RepositoryKey repository, ImmutableArray<string> teams, ImmutableArray<Person> people,
        CancellationToken cancellation) =>
        new GiteaTeams(_client.Open(connection), connection).MembersAsync(teams, people, cancellation);

    public Task<ImmutableArray<ChangeKey>> ChangesOfAsync(
        Connection connection, RepositoryKey repository, CommitId commit, CancellationToken cancellation) =>
        _client.ChangesOfAsync(connection, repository, commit, cancellation);

    public Task ReportAsync(Connection connection, StatusReport report, CancellationToken cancellation) =>
        GiteaStatuses.ReportAsync(_client.Open(connection), report, cancellation);

    public Task<string> ExplainAsync(
        Connection connection, ChangeKey change, string markdown, string? knownId, CancellationToken cancellation) =>
        new GiteaComments(_client.Open(connection), connection).ExplainAsync(change, markdown, knownId, cancellation);

    public Task<string> ReplyAsync(
        Connection connection, ChangeKey change, string commentId, string markdown, CancellationToken cancellation) =>
        new GiteaComments(_client.Open(connection), connection).ReplyAsync(change, commentId, markdown, cancellation);

    public Task<ImmutableArray<RepositoryKey>> RepositoriesAsync(Connection connection, string owner, CancellationToken cancellation) =>
        new GiteaSurvey(_client.Open(connection), connection).RepositoriesAsync(owner, cancellation);

    public Task<ImmutableArray<OpenChange>> OpenChangesAsync(
        Connection connection, RepositoryKey repository, CancellationToken cancellation) =>
        new GiteaSurvey(_client.Open(connection), connection).OpenChangesAsync(repository, cancellation);

    public Task<CommitId> TipAsync(Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation) =>
        new GiteaSurvey(_client.Open(connection), connection).TipAsync(repository, branch, cancellation);

    public Task<ForgeStanding> StandingAsync(Connection connection, RepositoryKey repository, CancellationToken cancellation) =>
        new GiteaSurvey(_client.Open(connection), connection).StandingAsync(repository, cancellation);

    public Task<HookRegistration> RegisterHookAsync(
        Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation) =>
        new GiteaHooks(_client.Open(connection), connection).RegisterAsync(repository, hookUrl, cancellation);

    public Task<HookHealth> HookHealthAsync(
        Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation) =>
        new GiteaHooks(_client.Open(connection), connection).HealthAsync(repository, hookUrl, cancellation);

    public Task<int> RemoveHooksAsync(
        Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation) =>
        new GiteaHooks(_client.Open(connection), connection).RemoveAsync(repository, hookUrl, cancellation);

    /// <remarks>Neither forge lists what it sent in its API: what was missed is found by looking round.</remarks>
    public Task<ImmutableArray<MissedDelivery>> MissedAsync(
        Connection connection, RepositoryKey repository, string hookUrl, DateTimeOffset since, CancellationToken cancellation) =>
        Task.FromResult(ImmutableArray<MissedDelivery>.Empty);

    public Task RedeliverAsync(Connection connection, RepositoryKey repository, MissedDelivery missed, CancellationToken cancellation) =>
        throw new ForgeTroubleException(
            $"delivery `{missed.ForgeId}` can only be sent again from the webhook's page: Gitea's API cannot be asked for it", TroubleKind.Refused);

    public Task<Protection> ProtectionAsync(
        Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation) =>
        new GiteaProtections(_client.Open(connection), connection).LookAsync(repository, branch, cancellation);

    public Task<Protection> ProtectAsync(
        Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation) =>
        new GiteaProtections(_client.Open(connection), connection).ProtectAsync(repository, branch, cancellation);

    public Task UnprotectAsync(Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation) =>
        new GiteaProtections(_client.Open(connection), connection).UnprotectAsync(repository, branch, cancellation);

    public Task<string> ProposeFileAsync(
        Connection connection, RepositoryKey repository, FileProposal proposal, CancellationToken cancellation) =>
        new GiteaProposals(_client.Open(connection), repository).ProposeAsync(proposal, cancellation);
}
