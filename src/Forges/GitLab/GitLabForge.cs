using System.Collections.Immutable;
using System.Net.Http.Headers;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.GitLab;

/// <summary>GitLab, on gitlab.com and self-managed. See the folder's README for what is peculiar to it.</summary>
public sealed class GitLabForge(ForgeHttp http) : IForge, IForgeDeployments, IForgePatience
{
    /// <summary>The word in <c>gate.yaml</c>.</summary>
    public const string ForgeName = "gitlab";

    /// <summary>What a delivery of an external status check is called; GitLab gives it neither an event nor an id.</summary>
    private const string CheckEvent = "External Status Check";

    private readonly Lazy<GitLabMemory> _memory = new(() => new GitLabMemory(http.Clock));

    public string Name => ForgeName;

    /// <summary>
    /// <c>webhook-id</c> and <c>Idempotency-Key</c> are the same, and stay the same when a delivery is sent again; versions before
    /// 17.4 have only <c>X-Gitlab-Event-UUID</c>.
    /// </summary>
    public DeliveryLabel? Label(IReadOnlyDictionary<string, string> headers)
    {
        var id = Header(headers, "webhook-id") ?? Header(headers, "idempotency-key") ?? Header(headers, "x-gitlab-event-uuid");
        if (id is not null && Header(headers, "x-gitlab-event") is { } name) return new DeliveryLabel(id, name);
        // The same body has the same signature, so it is the same delivery.
        return Header(headers, "x-gitlab-signature") is { } signature ? new DeliveryLabel(signature, CheckEvent) : null;
    }

    /// <summary>
    /// A connection with signing tokens takes only signed deliveries, or a stolen plain token could step around the signature. An external
    /// status check signs the body with the secret that it was made with (<see cref="GitLabProtection"/>).
    /// </summary>
    public SignatureCheck Verify(
        Connection connection, IReadOnlyDictionary<string, string> headers, ReadOnlySpan<byte> body, DateTimeOffset now)
    {
        var check = connection.SigningTokens.IsEmpty
            ? Signatures.Token(Header(headers, "x-gitlab-token"), connection.WebhookSecrets)
            : Signatures.StandardWebhook(
                new StandardHeaders(
                    Header(headers, "webhook-id"), Header(headers, "webhook-timestamp"), Header(headers, "webhook-signature")),
                body, connection.SigningTokens, now);
        if (check != SignatureCheck.Missing) return check;
        var secrets = connection.SigningTokens.IsEmpty ? connection.WebhookSecrets : connection.SigningTokens;
        return Signatures.HmacHex(Header(headers, "x-gitlab-signature"), "", body, secrets);
    }

    public Reading Read(Delivery delivery) => GitLabReader.Read(delivery);

    public Task<ForgeFacts?> DescribeAsync(Connection connection, ChangeKey change, CancellationToken cancellation) =>
        Client(connection).DescribeAsync(change, cancellation);

    public Task<TeamFacts> MembersAsync(
        Connection connection, RepositoryKey repository, ImmutableArray<string> teams, ImmutableArray<Person> people,
        CancellationToken cancellation) => Client(connection).MembersAsync(teams, people, cancellation);

    public Task<ImmutableArray<ChangeKey>> ChangesOfAsync(
        Connection connection, RepositoryKey repository, CommitId commit, CancellationToken cancellation) =>
        Client(connection).ChangesOfAsync(repository, commit, cancellation);

    public Task ReportAsync(Connection connection, StatusReport report, CancellationToken cancellation) =>
        new GitLabStatuses(Open(connection), connection, _memory.Value).ReportAsync(report, cancellation);

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
        Hooks(connection).HealthAsync(repository, hookUrl, http.Clock.GetUtcNow(), cancellation);

    public Task<int> RemoveHooksAsync(
        Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation) =>
        Hooks(connection).RemoveAsync(repository, hookUrl, cancellation);

    public Task<ImmutableArray<MissedDelivery>> MissedAsync(
        Connection connection, RepositoryKey repository, string hookUrl, DateTimeOffset since, CancellationToken cancellation) =>
        Events(connection).MissedAsync(repository, hookUrl, since, cancellation);

    public Task RedeliverAsync(
        Connection connection, RepositoryKey repository, MissedDelivery missed, CancellationToken cancellation) =>
        Events(connection).RedeliverAsync(repository, missed, cancellation);

    public Task<Protection> ProtectionAsync(
        Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation) =>
        Guard(connection).ReadAsync(repository, branch, cancellation);

    public Task<Protection> ProtectAsync(
        Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation) =>
        Guard(connection).ProtectAsync(repository, branch, cancellation);

    public Task UnprotectAsync(
        Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation) =>
        Guard(connection).UnprotectAsync(repository, cancellation);

    public Task<string> ProposeFileAsync(
        Connection connection, RepositoryKey repository, FileProposal proposal, CancellationToken cancellation) =>
        new GitLabProposals(Open(connection)).ProposeAsync(repository, proposal, cancellation);

    public Task<ForgeStanding> StandingAsync(
        Connection connection, RepositoryKey repository, CancellationToken cancellation) =>
        new GitLabStanding(Open(connection)).ReadAsync(repository, cancellation);

    public Task<ImmutableArray<RepositoryKey>> RepositoriesAsync(
        Connection connection, string owner, CancellationToken cancellation) =>
        Survey(connection).RepositoriesAsync(owner, cancellation);

    public Task<ImmutableArray<OpenChange>> OpenChangesAsync(
        Connection connection, RepositoryKey repository, CancellationToken cancellation) =>
        Survey(connection).OpenChangesAsync(repository, cancellation);

    public Task<CommitId> TipAsync(
        Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation) =>
        Survey(connection).TipAsync(repository, branch, cancellation);

    /// <remarks>GitLab docs, "External status checks": a pending one that gets no answer for two minutes has failed.</remarks>
    public TimeSpan PendingLasts => TimeSpan.FromMinutes(2);

    public Task<bool> StillPendingAsync(Connection connection, Revision revision, CancellationToken cancellation) =>
        new GitLabStatusChecks(Open(connection), _memory.Value).StillPendingAsync(revision, connection.StatusContext, cancellation);

    public Task AnswerDeploymentAsync(Connection connection, DeploymentAnswer answer, CancellationToken cancellation) =>
        new GitLabDeployments(Open(connection)).AnswerAsync(answer, cancellation);

    private static string? Header(IReadOnlyDictionary<string, string> headers, string name) =>
        headers.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    private static void Dress(HttpRequestHeaders headers, Connection connection) =>
        headers.TryAddWithoutValidation("PRIVATE-TOKEN", connection.Token.Reveal());

    private GitLabClient Client(Connection connection) => new(Open(connection), connection, _memory.Value);

    private GitLabHooks Hooks(Connection connection) => new(Open(connection), connection);

    private GitLabHookEvents Events(Connection connection) => new(Open(connection), Hooks(connection));

    private GitLabProtection Guard(Connection connection) => new(Open(connection), connection, _memory.Value);

    private GitLabSurvey Survey(Connection connection) => new(Open(connection), connection);

    private ForgeLink Open(Connection connection) => http.Open(connection, Dress);
}
