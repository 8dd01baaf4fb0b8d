using System.Collections.Immutable;
using System.Text;
using System.Text.Unicode;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.AzureDevOps;

/// <summary>
/// Azure DevOps Repos, on dev.azure.com and on a server of one's own, spoken to with a personal access token. See the folder's README for
/// what is peculiar to it.
/// </summary>
public sealed class AzureDevOpsForge : IForge
{
    /// <summary>The word in <c>gate.yaml</c>.</summary>
    public const string ForgeName = "azuredevops";

    private const string Scheme = "Basic ";

    private readonly AzureDevOpsClient _client;
    private readonly AzureDevOpsAccounts _accounts;
    private readonly AzureDevOpsStatuses _statuses;
    private readonly AzureDevOpsComments _comments;
    private readonly AzureDevOpsPolicies _policies;
    private readonly AzureDevOpsHooks _hooks;
    private readonly AzureDevOpsSurvey _survey;
    private readonly AzureDevOpsProposals _proposals;

    public AzureDevOpsForge(ForgeHttp http)
    {
        _client = new AzureDevOpsClient(http);
        _accounts = new AzureDevOpsAccounts(_client);
        _statuses = new AzureDevOpsStatuses(_client, _accounts);
        _comments = new AzureDevOpsComments(_client, _accounts);
        _policies = new AzureDevOpsPolicies(_client, _accounts);
        _hooks = new AzureDevOpsHooks(_client, _policies);
        _survey = new AzureDevOpsSurvey(_client);
        _proposals = new AzureDevOpsProposals(_client);
    }

    public string Name => ForgeName;

    public bool LabelsInBody => true;

    /// <summary>
    /// Always null. Azure DevOps writes what names a delivery (<c>subscriptionId</c> and <c>id</c>) into the body alone
    /// (Azure DevOps docs, "Service hooks events"). The headers of a subscription are the same for all its deliveries, and what else
    /// comes is documented nowhere: a delivery that wrongly looked like one before it would be lost, so nothing is guessed.
    /// </summary>
    public DeliveryLabel? Label(IReadOnlyDictionary<string, string> headers) => null;

    /// <summary>
    /// <c>subscriptionId/id</c> and <c>eventType</c>: one event reaches every subscription under the same <c>id</c>. Older servers leave
    /// the subscription out; the event's own id is then enough, since what it names is the same.
    /// </summary>
    public DeliveryLabel? LabelWithin(ReadOnlySpan<byte> verified)
    {
        if (!StrictJson.TryParse(verified, out var body, out _)) return null;
        var (subscription, id, happened) = (body.Id("subscriptionId"), body.Id("id"), body.Text("eventType"));
        if (!IsWord(id) || !IsWord(happened) || subscription.Length > 0 && !IsWord(subscription)) return null;
        return new DeliveryLabel(subscription.Length > 0 ? $"{subscription}/{id}" : id, happened);
    }

    /// <summary>
    /// Nothing is signed: who calls is known by the password of HTTP Basic (RFC 7617), which is one of the connection's webhook secrets.
    /// The user name is no secret and is not looked at. A secret in another header is not taken, since everybody who has access to the
    /// subscription sees its headers (Azure DevOps docs, "Service hook consumers").
    /// </summary>
    public SignatureCheck Verify(
        Connection connection, IReadOnlyDictionary<string, string> headers, ReadOnlySpan<byte> body, DateTimeOffset now)
    {
        if (!headers.TryGetValue("authorization", out var header) || header.Length == 0) return SignatureCheck.Missing;
        return PasswordOf(header) is { Length: > 0 } password
            ? Signatures.Token(password, connection.WebhookSecrets)
            : SignatureCheck.Mismatch;
    }

    public Reading Read(Delivery delivery) => AzureDevOpsReader.Read(delivery);

    public Task<ForgeFacts?> DescribeAsync(Connection connection, ChangeKey change, CancellationToken cancellation) =>
        _client.DescribeAsync(connection, change, cancellation);

    public Task<TeamFacts> MembersAsync(
        Connection connection, RepositoryKey repository, ImmutableArray<string> teams, ImmutableArray<Person> people,
        CancellationToken cancellation) =>
        new AzureDevOpsTeams(_client.Open(connection), connection).MembersAsync(teams, people, cancellation);

    public Task<ImmutableArray<ChangeKey>> ChangesOfAsync(
        Connection connection, RepositoryKey repository, CommitId commit, CancellationToken cancellation) =>
        _client.ChangesOfAsync(connection, repository, commit, cancellation);

    public Task ReportAsync(Connection connection, StatusReport report, CancellationToken cancellation) =>
        _statuses.ReportAsync(connection, report, cancellation);

    public Task<string> ExplainAsync(
        Connection connection, ChangeKey change, string markdown, string? knownId, CancellationToken cancellation) =>
        _comments.ExplainAsync(connection, change, markdown, knownId, cancellation);

    public Task<string> ReplyAsync(
        Connection connection, ChangeKey change, string commentId, string markdown, CancellationToken cancellation) =>
        _comments.ReplyAsync(connection, change, commentId, markdown, cancellation);

    public Task<ImmutableArray<RepositoryKey>> RepositoriesAsync(Connection connection, string owner, CancellationToken cancellation) =>
        _survey.RepositoriesAsync(connection, owner, cancellation);

    public Task<ImmutableArray<OpenChange>> OpenChangesAsync(
        Connection connection, RepositoryKey repository, CancellationToken cancellation) =>
        _survey.OpenChangesAsync(connection, repository, cancellation);

    public Task<CommitId> TipAsync(Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation) =>
        _survey.TipAsync(connection, repository, branch, cancellation);

    public Task<HookRegistration> RegisterHookAsync(
        Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation) =>
        _hooks.RegisterAsync(connection, repository, hookUrl, cancellation);

    public Task<HookHealth> HookHealthAsync(
        Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation) =>
        _hooks.HealthAsync(connection, repository, hookUrl, cancellation);

    public Task<int> RemoveHooksAsync(
        Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation) =>
        _hooks.RemoveAsync(connection, repository, hookUrl, cancellation);

    /// <summary>
    /// None: what Azure DevOps keeps of a notification can be looked at, but nothing sends it again, so naming one would help nobody.
    /// </summary>
    public Task<ImmutableArray<MissedDelivery>> MissedAsync(
        Connection connection, RepositoryKey repository, string hookUrl, DateTimeOffset since, CancellationToken cancellation) =>
        Task.FromResult(ImmutableArray<MissedDelivery>.Empty);

    public Task RedeliverAsync(
        Connection connection, RepositoryKey repository, MissedDelivery missed, CancellationToken cancellation) =>
        throw new ForgeTroubleException(
            "Azure DevOps sends no notification again; looking at the change request would be right", TroubleKind.Refused);

    public Task<Protection> ProtectionAsync(
        Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation) =>
        _policies.ProtectionAsync(connection, repository, branch, cancellation);

    public Task<Protection> ProtectAsync(
        Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation) =>
        _policies.ProtectAsync(connection, repository, branch, cancellation);

    public Task UnprotectAsync(Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation) =>
        _policies.UnprotectAsync(connection, repository, branch, cancellation);

    public Task<string> ProposeFileAsync(
        Connection connection, RepositoryKey repository, FileProposal proposal, CancellationToken cancellation) =>
        _proposals.ProposeAsync(connection, repository, proposal, cancellation);

    public Task<ForgeStanding> StandingAsync(Connection connection, RepositoryKey repository, CancellationToken cancellation) =>
        _accounts.StandingAsync(connection, repository, cancellation);

    /// <summary>Something that may stand where a header's value would: it is kept, compared and shown.</summary>
    private static bool IsWord(string text)
    {
        const int LongestWord = 128;
        return text.Length is > 0 and <= LongestWord && text.All(letter => letter is > ' ' and <= '~');
    }

    /// <summary>What stands after the first colon, or null when this is no Basic header.</summary>
    private static string? PasswordOf(string header)
    {
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return null;
        var encoded = header.AsSpan(Scheme.Length).Trim(' ');
        var bytes = new byte[encoded.Length];
        if (!Convert.TryFromBase64Chars(encoded, bytes, out var length)) return null;
        var pair = bytes.AsSpan(0, length);
        var colon = pair.IndexOf((byte)':');
        // Broken bytes would be read as a replacement character, which several passwords could share.
        return colon >= 0 && Utf8.IsValid(pair[(colon + 1)..]) ? Encoding.UTF8.GetString(pair[(colon + 1)..]) : null;
    }
}
