using System.Collections.Immutable;
using System.Net.Http.Headers;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.BitbucketDataCenter;

/// <summary>Bitbucket Data Center, and Bitbucket Server before it. See the folder's README for what is peculiar to it.</summary>
public sealed class BitbucketDataCenterForge(ForgeHttp http) : IForge
{
    /// <summary>The word in <c>gate.yaml</c>.</summary>
    public const string ForgeName = "bitbucket-datacenter";

    public string Name => ForgeName;

    /// <summary>
    /// The request's id is the only one that a delivery has (Atlassian, "Event payload", HTTP headers). Bitbucket Cloud calls it
    /// otherwise, so its deliveries are malformed here.
    /// </summary>
    public DeliveryLabel? Label(IReadOnlyDictionary<string, string> headers) =>
        Header(headers, "x-request-id") is { } id && Header(headers, "x-event-key") is { } name
            ? new DeliveryLabel(id, name)
            : null;

    /// <summary>The header is named like GitHub's old SHA-1 one, but holds SHA-256 (Atlassian, "Manage webhooks").</summary>
    public SignatureCheck Verify(
        Connection connection, IReadOnlyDictionary<string, string> headers, ReadOnlySpan<byte> body, DateTimeOffset now) =>
        Signatures.HmacHex(Header(headers, "x-hub-signature"), "sha256=", body, connection.WebhookSecrets);

    public Reading Read(Delivery delivery) => BitbucketDataCenterReader.Read(delivery);

    public Task<ForgeFacts?> DescribeAsync(Connection connection, ChangeKey change, CancellationToken cancellation) =>
        new BitbucketDataCenterClient(Open(connection)).DescribeAsync(change, cancellation);

    public Task<TeamFacts> MembersAsync(
        Connection connection, RepositoryKey repository, ImmutableArray<string> teams, ImmutableArray<Person> people,
        CancellationToken cancellation) =>
        new BitbucketDataCenterGroups(Open(connection), connection).MembersAsync(teams, people, cancellation);

    public Task<ImmutableArray<ChangeKey>> ChangesOfAsync(
        Connection connection, RepositoryKey repository, CommitId commit, CancellationToken cancellation) =>
        new BitbucketDataCenterClient(Open(connection)).ChangesOfAsync(repository, commit, cancellation);

    /// <summary>The build status, which blocks, is written before the report, which explains.</summary>
    public async Task ReportAsync(Connection connection, StatusReport report, CancellationToken cancellation)
    {
        var link = Open(connection);
        await new BitbucketDataCenterBuilds(link).ReportAsync(report, cancellation);
        await new BitbucketDataCenterInsights(link).ReportAsync(report, cancellation);
    }

    public Task<string> ExplainAsync(
        Connection connection, ChangeKey change, string markdown, string? knownId, CancellationToken cancellation) =>
        new BitbucketDataCenterComments(Open(connection), connection).ExplainAsync(change, markdown, knownId, cancellation);

    public Task<string> ReplyAsync(
        Connection connection, ChangeKey change, string commentId, string markdown, CancellationToken cancellation) =>
        new BitbucketDataCenterComments(Open(connection), connection).ReplyAsync(change, commentId, markdown, cancellation);

    public Task<ImmutableArray<RepositoryKey>> RepositoriesAsync(
        Connection connection, string owner, CancellationToken cancellation) =>
        new BitbucketDataCenterSurvey(Open(connection), connection).RepositoriesAsync(owner, cancellation);

    public Task<ImmutableArray<OpenChange>> OpenChangesAsync(
        Connection connection, RepositoryKey repository, CancellationToken cancellation) =>
        new BitbucketDataCenterSurvey(Open(connection), connection).OpenChangesAsync(repository, cancellation);

    public Task<CommitId> TipAsync(
        Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation) =>
        new BitbucketDataCenterSurvey(Open(connection), connection).TipAsync(repository, branch, cancellation);

    public Task<ForgeStanding> StandingAsync(
        Connection connection, RepositoryKey repository, CancellationToken cancellation) =>
        new BitbucketDataCenterSurvey(Open(connection), connection).StandingAsync(repository, cancellation);

    public Task<HookRegistration> RegisterHookAsync(
        Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation) =>
        new BitbucketDataCenterHooks(Open(connection), connection).RegisterAsync(repository, hookUrl, cancellation);

    public Task<HookHealth> HookHealthAsync(
        Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation) =>
        new BitbucketDataCenterHooks(Open(connection), connection).HealthAsync(repository, hookUrl, cancellation);

    public Task<int> RemoveHooksAsync(
        Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation) =>
        new BitbucketDataCenterHooks(Open(connection), connection).RemoveAsync(repository, hookUrl, cancellation);

    /// <summary>Bitbucket shows the last delivery of a hook and counts the others, and keeps no list of them.</summary>
    public Task<ImmutableArray<MissedDelivery>> MissedAsync(
        Connection connection, RepositoryKey repository, string hookUrl, DateTimeOffset since, CancellationToken cancellation) =>
        Task.FromResult<ImmutableArray<MissedDelivery>>([]);

    public Task RedeliverAsync(
        Connection connection, RepositoryKey repository, MissedDelivery missed, CancellationToken cancellation) =>
        throw new ForgeTroubleException(
            "Bitbucket Data Center sends no delivery again; a look at the open pull requests finds what was missed",
            TroubleKind.Refused);

    public Task<Protection> ProtectionAsync(
        Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation) =>
        new BitbucketDataCenterProtection(Open(connection), connection).LookAsync(repository, branch, cancellation);

    public Task<Protection> ProtectAsync(
        Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation) =>
        new BitbucketDataCenterProtection(Open(connection), connection).ProtectAsync(repository, branch, cancellation);

    public Task UnprotectAsync(
        Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation) =>
        new BitbucketDataCenterProtection(Open(connection), connection).UnprotectAsync(repository, branch, cancellation);

    public Task<string> ProposeFileAsync(
        Connection connection, RepositoryKey repository, FileProposal proposal, CancellationToken cancellation) =>
        new BitbucketDataCenterProposals(Open(connection), connection).ProposeAsync(repository, proposal, cancellation);

    private static string? Header(IReadOnlyDictionary<string, string> headers, string name) =>
        headers.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    private static void Dress(HttpRequestHeaders headers, Connection connection)
    {
        headers.Authorization = new AuthenticationHeaderValue("Bearer", connection.Token.Reveal());
        // Bitbucket takes a form for one that a browser was tricked into sending, unless this is said.
        headers.TryAddWithoutValidation("X-Atlassian-Token", "no-check");
    }

    private ForgeLink Open(Connection connection) => http.Open(connection, Dress);
}
