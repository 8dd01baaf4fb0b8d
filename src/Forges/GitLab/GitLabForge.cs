using System.Collections.Immutable;
using System.Net.Http.Headers;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.GitLab;

/// <summary>GitLab, on gitlab.com and self-managed. See the folder's README for what is peculiar to it.</summary>
public sealed class GitLabForge(ForgeHttp http) : IForge
{
    /// <summary>The word in <c>gate.yaml</c>.</summary>
    public const string ForgeName = "gitlab";

    public string Name => ForgeName;

    /// <summary>
    /// <c>webhook-id</c> and <c>Idempotency-Key</c> are the same, and stay the same when a delivery is sent again; versions before
    /// 17.4 have only <c>X-Gitlab-Event-UUID</c>.
    /// </summary>
    public DeliveryLabel? Label(IReadOnlyDictionary<string, string> headers)
    {
        var id = Header(headers, "webhook-id") ?? Header(headers, "idempotency-key") ?? Header(headers, "x-gitlab-event-uuid");
        return id is not null && Header(headers, "x-gitlab-event") is { } name ? new DeliveryLabel(id, name) : null;
    }

    /// <summary>
    /// A connection with signing tokens takes only signed deliveries, or a stolen plain token could step around the signature.
    /// </summary>
    public SignatureCheck Verify(
        Connection connection, IReadOnlyDictionary<string, string> headers, ReadOnlySpan<byte> body, DateTimeOffset now) =>
        connection.SigningTokens.IsEmpty
            ? Signatures.Token(Header(headers, "x-gitlab-token"), connection.WebhookSecrets)
            : Signatures.StandardWebhook(
                new StandardHeaders(
                    Header(headers, "webhook-id"), Header(headers, "webhook-timestamp"), Header(headers, "webhook-signature")),
                body, connection.SigningTokens, now);

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
        Client(connection).ReportAsync(report, cancellation);

    public Task<string> ExplainAsync(
        Connection connection, ChangeKey change, string markdown, string? knownId, CancellationToken cancellation) =>
        Client(connection).ExplainAsync(change, markdown, knownId, cancellation);

    public Task<HookRegistration> RegisterHookAsync(
        Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation) =>
        new GitLabHooks(Open(connection), connection).RegisterAsync(repository, hookUrl, cancellation);

    private static string? Header(IReadOnlyDictionary<string, string> headers, string name) =>
        headers.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    private static void Dress(HttpRequestHeaders headers, Connection connection) =>
        headers.TryAddWithoutValidation("PRIVATE-TOKEN", connection.Token.Reveal());

    private GitLabClient Client(Connection connection) => new(Open(connection), connection);

    private ForgeLink Open(Connection connection) => http.Open(connection, Dress);
}
