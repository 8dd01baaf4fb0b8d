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

    public Task<HookRegistration> RegisterHookAsync(
        Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation) =>
        new BitbucketCloudHooks(Open(connection), connection).RegisterAsync(repository, hookUrl, cancellation);

    private static string? Header(IReadOnlyDictionary<string, string> headers, string name) =>
        headers.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    private static void Dress(HttpRequestHeaders headers, Connection connection) =>
        headers.Authorization = new AuthenticationHeaderValue("Bearer", connection.Token.Reveal());

    private BitbucketCloudClient Client(Connection connection) => new(Open(connection), connection);

    private ForgeLink Open(Connection connection) => http.Open(connection, Dress);
}
