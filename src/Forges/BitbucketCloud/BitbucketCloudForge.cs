using System.Collections.Immutable;
using System.Net.Http.Headers;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.BitbucketCloud;

/// <summary>Bitbucket Cloud (bitbucket.org). See the folder's README for what is peculiar to it.</summary>
public sealed class BitbucketCloudForge(ForgeHttp http) : IForge
{
    /// <summary>The word in <c>gate.yaml</c>.</summary>
    public const string ForgeName = "bitbucket-cloud";

    private readonly ReportsSeen _seen = new();

    public string Name => ForgeName;

    public DeliveryLabel? Label(IReadOnlyDictionary<string, string> headers) =>
        Header(headers, "x-request-uuid") is { } id && Header(headers, "x-event-key") is { } name
            ? new DeliveryLabel(id, name)
            : null;

    /// <summary>The header is named like GitHub's old SHA-1 one, but holds SHA-256.</summary>
    public SignatureCheck Verify(
        Connection connection, IReadOnlyDictionary<string, string> headers, ReadOnlySpan<byte> body, DateTimeOffset now) =>
        Signatures.HmacHex(Header(headers, "x-hub-signature"), "sha256=", body, connection.WebhookSecrets);

    public Reading Read(Delivery delivery) => BitbucketCloudReader.Read(delivery);

    public Task<ForgeFacts?> DescribeAsync(Connection connection, ChangeKey change, CancellationToken cancellation) =>
        Client(connection).DescribeAsync(change, cancellation);

    public Task<TeamFacts> MembersAsync(
        Connection connection, RepositoryKey repository, ImmutableArray<string> teams, ImmutableArray<Person> people,
        CancellationToken cancellation) => Task.FromResult(Client(connection).Members(teams, people));

    public Task<ImmutableArray<ChangeKey>> ChangesOfAsync(
        Connection connection, RepositoryKey repository, CommitId commit, CancellationToken cancellation) =>
        Client(connection).ChangesOfAsync(repository, commit, cancellation);

    public Task ReportAsync(Connection connection, StatusReport report, CancellationToken cancellation) =>
        Client(connection).ReportAsync(report, cancellation);

    public Task<string> ExplainAsync(
        Connection connection, ChangeKey change, string markdown, string? knownId, CancellationToken cancellation) =>
        Client(connection).ExplainAsync(change, markdown, knownId, cancellation);

    public Task<string> ReplyAsync(
        Connection connection, ChangeKey change, string commentId, string markdown, CancellationToken cancellation) =>
        Client(connection).ReplyAsync(change, commentId, markdown, cancellation);

    public Task<HookRegistration> RegisterHookAsync(
        Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation) =>
        Hooks(connection).RegisterAsync(repository, hookUrl, cancellation);

    public Task<HookHealth> HookHealthAsync(
        Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation) =>
        Hooks(connection).HealthAsync(repository, hookUrl, cancellation);

    public Task<int> RemoveHooksAsync(
        Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation) =>
        Hooks(connection).RemoveAsync(repository, hookUrl, cancellation);

    /// <summary>Bitbucket Cloud shows its deliveries to people only: there is no list in the API.</summary>
    public Task<ImmutableArray<MissedDelivery>> MissedAsync(
        Connection connection, RepositoryKey repository, string hookUrl, DateTimeOffset since, CancellationToken cancellation) =>
        Task.FromResult(ImmutableArray<MissedDelivery>.Empty);

    public Task RedeliverAsync(
        Connection connection, RepositoryKey repository, MissedDelivery missed, CancellationToken cancellation) =>
        throw new ForgeTroubleException(
            "Bitbucket Cloud sends a delivery again only when a person asks for it on the webhook's page", TroubleKind.Refused);

    public Task<Protection> ProtectionAsync(
        Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation) =>
        new BitbucketCloudProtection(Open(connection)).ReadAsync(repository, branch, cancellation);

    public Task<Protection> ProtectAsync(
        Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation) =>
        new BitbucketCloudProtection(Open(connection)).ProtectAsync(repository, branch, cancellation);

    public Task UnprotectAsync(
        Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation) =>
        new BitbucketCloudProtection(Open(connection)).UnprotectAsync(repository, branch, cancellation);

    public Task<string> ProposeFileAsync(
        Connection connection, RepositoryKey repository, FileProposal proposal, CancellationToken cancellation) =>
        new BitbucketCloudProposals(Open(connection)).ProposeAsync(repository, proposal, cancellation);

    public Task<ForgeStanding> StandingAsync(
        Connection connection, RepositoryKey repository, CancellationToken cancellation) =>
        new BitbucketCloudStanding(Open(connection)).ReadAsync(repository, cancellation);

    public Task<ImmutableArray<RepositoryKey>> RepositoriesAsync(
        Connection connection, string owner, CancellationToken cancellation) =>
        Survey(connection).RepositoriesAsync(owner, cancellation);

    public Task<ImmutableArray<OpenChange>> OpenChangesAsync(
        Connection connection, RepositoryKey repository, CancellationToken cancellation) =>
        Survey(connection).OpenChangesAsync(repository, cancellation);

    public Task<CommitId> TipAsync(
        Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation) =>
        Survey(connection).TipAsync(repository, branch, cancellation);

    private static string? Header(IReadOnlyDictionary<string, string> headers, string name) =>
        headers.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    private static void Dress(HttpRequestHeaders headers, Connection connection) =>
        headers.Authorization = new AuthenticationHeaderValue("Bearer", connection.Token.Reveal());

    private BitbucketCloudClient Client(Connection connection) => new(Open(connection), connection, _seen);

    private BitbucketCloudHooks Hooks(Connection connection) => new(Open(connection), connection);

    private BitbucketCloudSurvey Survey(Connection connection) => new(Open(connection), connection);

    private ForgeLink Open(Connection connection) => http.Open(connection, Dress);
}
