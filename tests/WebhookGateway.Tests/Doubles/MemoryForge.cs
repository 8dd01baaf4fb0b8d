using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Dispatch;
using GitOpsGate.Forges;
using GitOpsGate.Ports;

namespace GitOpsGate.WebhookGateway.Tests.Doubles;

/// <summary>A forge that signs as GitHub does and notes what it is told.</summary>
internal class MemoryForge : IForge, IForgeDeployments
{
    public string Name => "github";

    public List<StatusReport> Reports { get; } = [];

    public List<(string Markdown, string? KnownId)> Comments { get; } = [];

    public List<(string Comment, string Markdown)> Replies { get; } = [];

    public List<DeploymentAnswer> Deployments { get; } = [];

    public List<string> HookUrls { get; } = [];

    public SortedSet<string> Protected { get; } = [];

    public List<FileProposal> Proposals { get; } = [];

    public ImmutableArray<MissedDelivery> Missed { get; set; } = [];

    public ImmutableArray<string> MissingRights { get; set; } = [];

    /// <summary>What questions about a branch's protection throw.</summary>
    public ForgeTroubleException? ProtectionTrouble { get; set; }

    /// <summary>What the next calls throw.</summary>
    public ForgeTroubleException? Trouble { get; set; }

    public DeliveryLabel? Label(IReadOnlyDictionary<string, string> headers) =>
        headers.TryGetValue("x-github-delivery", out var id) && headers.TryGetValue("x-github-event", out var what)
            ? new DeliveryLabel(id, what)
            : null;

    public SignatureCheck Verify(
        Connection connection, IReadOnlyDictionary<string, string> headers, ReadOnlySpan<byte> body, DateTimeOffset now) =>
        Signatures.HmacHex(headers.GetValueOrDefault("x-hub-signature-256"), "sha256=", body, connection.WebhookSecrets);

    public Reading Read(Delivery delivery) => new Reading.Ignored("a double reads nothing");

    public Task<ForgeFacts?> DescribeAsync(Connection connection, ChangeKey change, CancellationToken cancellation) =>
        Task.FromResult<ForgeFacts?>(null);

    public Task<TeamFacts> MembersAsync(
        Connection connection, RepositoryKey repository, ImmutableArray<string> teams, ImmutableArray<Person> people,
        CancellationToken cancellation) => Task.FromResult(new TeamFacts([], []));

    public Task<ImmutableArray<ChangeKey>> ChangesOfAsync(
        Connection connection, RepositoryKey repository, CommitId commit, CancellationToken cancellation) =>
        Task.FromResult(ImmutableArray<ChangeKey>.Empty);

    public Task AnswerDeploymentAsync(Connection connection, DeploymentAnswer answer, CancellationToken cancellation)
    {
        if (Trouble is { } trouble) return Task.FromException(trouble);
        Deployments.Add(answer);
        return Task.CompletedTask;
    }

    public Task ReportAsync(Connection connection, StatusReport report, CancellationToken cancellation)
    {
        if (Trouble is not null) return Task.FromException(Trouble);
        Reports.Add(report);
        return Task.CompletedTask;
    }

    public Task<string> ExplainAsync(
        Connection connection, ChangeKey change, string markdown, string? knownId, CancellationToken cancellation)
    {
        if (Trouble is not null) return Task.FromException<string>(Trouble);
        Comments.Add((markdown, knownId));
        return Task.FromResult(knownId ?? "comment-1");
    }

    public Task<string> ReplyAsync(
        Connection connection, ChangeKey change, string commentId, string markdown, CancellationToken cancellation)
    {
        if (Trouble is not null) return Task.FromException<string>(Trouble);
        Replies.Add((commentId, markdown));
        return Task.FromResult("reply-1");
    }

    public Task<HookRegistration> RegisterHookAsync(
        Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation)
    {
        if (Trouble is not null) return Task.FromException<HookRegistration>(Trouble);
        HookUrls.Add(hookUrl);
        return Task.FromResult(new HookRegistration("41", true, true, ["Require the status."]));
    }

    public Task<HookHealth> HookHealthAsync(Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation) =>
        Answer(HookUrls.Contains(hookUrl) ? new HookHealth("41", true, null, []) : HookHealth.None);

    public Task<int> RemoveHooksAsync(Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation) =>
        Answer(HookUrls.RemoveAll(url => url == hookUrl));

    public Task<ImmutableArray<MissedDelivery>> MissedAsync(
        Connection connection, RepositoryKey repository, string hookUrl, DateTimeOffset since, CancellationToken cancellation) =>
        Answer(Missed);

    public Task RedeliverAsync(Connection connection, RepositoryKey repository, MissedDelivery missed, CancellationToken cancellation) =>
        Answer(missed);

    public Task<Protection> ProtectionAsync(Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation)
    {
        if (ProtectionTrouble is not null) return Task.FromException<Protection>(ProtectionTrouble);
        return Answer(Protected.Contains(branch)
            ? new Protection(true, true, false, "ruleset `gitops-gate`", [])
            : new Protection(false, false, false, "", [$"Require the status for `{branch}`."]));
    }

    public Task<Protection> ProtectAsync(Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation)
    {
        Protected.Add(branch);
        return ProtectionAsync(connection, repository, branch, cancellation);
    }

    public Task UnprotectAsync(Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation) =>
        Answer(Protected.Remove(branch));

    public Task<string> ProposeFileAsync(
        Connection connection, RepositoryKey repository, FileProposal proposal, CancellationToken cancellation)
    {
        Proposals.Add(proposal);
        return Answer("https://forge.example/acme/shop/pulls/9");
    }

    public Task<ForgeStanding> StandingAsync(Connection connection, RepositoryKey repository, CancellationToken cancellation) =>
        Answer(new ForgeStanding("gate-bot", "Memory 1.0", "main", MissingRights));

    public Task<ImmutableArray<RepositoryKey>> RepositoriesAsync(Connection connection, string owner, CancellationToken cancellation) =>
        owner == "acme"
            ? Answer<ImmutableArray<RepositoryKey>>([new(connection.Name, "acme/docs"), new(connection.Name, "acme/shop")])
            : Task.FromException<ImmutableArray<RepositoryKey>>(new ForgeTroubleException($"there is no `{owner}`", TroubleKind.Missing));

    public Task<ImmutableArray<OpenChange>> OpenChangesAsync(
        Connection connection, RepositoryKey repository, CancellationToken cancellation) => Answer(ImmutableArray<OpenChange>.Empty);

    public Task<CommitId> TipAsync(Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation) =>
        Answer(branch == "main" ? CommitId.Parse(new string('a', 40)) : default);

    private Task<T> Answer<T>(T answer) => Trouble is null ? Task.FromResult(answer) : Task.FromException<T>(Trouble);
}

/// <summary>The same, and it gives up waiting after two minutes.</summary>
internal sealed class ImpatientForge : MemoryForge, IForgePatience
{
    public List<Revision> SaidPending { get; } = [];

    /// <summary>Whether there is anything there that gives up waiting.</summary>
    public bool IsWaitedFor { get; set; } = true;

    public TimeSpan PendingLasts => TimeSpan.FromMinutes(2);

    public Task<bool> StillPendingAsync(Connection connection, Revision revision, CancellationToken cancellation)
    {
        SaidPending.Add(revision);
        return Task.FromResult(IsWaitedFor);
    }
}

/// <summary>A target that answers as it is told, and remembers orders.</summary>
internal sealed class MemoryTarget : ITarget
{
    public string Name => "shop";

    public Queue<Receipt> Answers { get; } = new();

    public Receipt? Found { get; set; }

    public List<string> Sent { get; } = [];

    public int Asked { get; private set; }

    public Task<Receipt> SendAsync(DispatchOrder order, Warrant warrant, CancellationToken cancellation)
    {
        Sent.Add(order.Id);
        return Task.FromResult(Answers.Dequeue());
    }

    public Task<Receipt?> FindAsync(DispatchOrder order, CancellationToken cancellation)
    {
        Asked++;
        return Task.FromResult(Found);
    }
}

/// <summary>Signs with nothing; warrants are tested where they are made.</summary>
internal sealed class MemorySigner : IWarrantSigner
{
    public string PublicKey => "";

    public Warrant Sign(DispatchOrder order, DateTimeOffset now) => new("{}"u8.ToArray());

    public ReadOnlyMemory<byte> Sign(DesiredDocument document) => "{}"u8.ToArray();
}
