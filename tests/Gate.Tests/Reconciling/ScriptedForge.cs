using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;

namespace GitOpsGate.Gate.Tests.Reconciling;

/// <summary>How the next call of a name goes wrong.</summary>
internal enum Mishap
{
    /// <summary>It failed, and nothing happened.</summary>
    Failed,

    /// <summary>It happened, and no answer came.</summary>
    Happened,
}

/// <summary>A forge with a hook, a log of missed deliveries, open change requests and branches, which a test sets.</summary>
internal sealed class ScriptedForge : UnaskedForge, IForge
{
    private readonly Dictionary<string, (Mishap How, TroubleKind Kind)> _mishaps = new(StringComparer.Ordinal);

    public string Name => "github";

    public HookHealth Hook { get; set; } = HookHealth.None;

    public List<MissedDelivery> Missed { get; } = [];

    public List<OpenChange> Open { get; } = [];

    public Dictionary<string, CommitId> Tips { get; } = new(StringComparer.Ordinal);

    /// <summary>What was asked, in order.</summary>
    public List<string> Asked { get; } = [];

    public void Fail(string call, Mishap how = Mishap.Failed, TroubleKind kind = TroubleKind.Unavailable) => _mishaps[call] = (how, kind);

    public override Task<HookHealth> HookHealthAsync(Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation) =>
        AskAsync("health", () => Hook);

    public override Task<HookRegistration> RegisterHookAsync(
        Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation) => AskAsync($"register {hookUrl}", () =>
        {
            Hook = new HookHealth(Hook.Id ?? "1", true, null, []);
            return new HookRegistration("1", false, true, []);
        });

    public override Task<ImmutableArray<MissedDelivery>> MissedAsync(
        Connection connection, RepositoryKey repository, string hookUrl, DateTimeOffset since, CancellationToken cancellation) =>
        AskAsync($"missed since {since:HH:mm}", () => Missed.Where(one => one.At >= since).ToImmutableArray());

    public override Task RedeliverAsync(Connection connection, RepositoryKey repository, MissedDelivery missed, CancellationToken cancellation) =>
        AskAsync($"redeliver {missed.Handle}", () => true);

    public override Task<ImmutableArray<OpenChange>> OpenChangesAsync(Connection connection, RepositoryKey repository, CancellationToken cancellation) =>
        AskAsync("open", () => Open.ToImmutableArray());

    public override Task<CommitId> TipAsync(Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation) =>
        AskAsync($"tip {branch}", () => Tips.GetValueOrDefault(branch));

    public Reading Read(Delivery delivery) => throw new NotSupportedException();

    public DeliveryLabel? Label(IReadOnlyDictionary<string, string> headers) => throw new NotSupportedException();

    public SignatureCheck Verify(
        Connection connection, IReadOnlyDictionary<string, string> headers, ReadOnlySpan<byte> body, DateTimeOffset now) =>
        throw new NotSupportedException();

    public Task<ForgeFacts?> DescribeAsync(Connection connection, ChangeKey change, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task<TeamFacts> MembersAsync(
        Connection connection, RepositoryKey repository, ImmutableArray<string> teams, ImmutableArray<Person> people,
        CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task<ImmutableArray<ChangeKey>> ChangesOfAsync(
        Connection connection, RepositoryKey repository, CommitId commit, CancellationToken cancellation) => throw new NotSupportedException();

    public Task ReportAsync(Connection connection, StatusReport report, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<string> ExplainAsync(
        Connection connection, ChangeKey change, string markdown, string? knownId, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task<string> ReplyAsync(
        Connection connection, ChangeKey change, string commentId, string markdown, CancellationToken cancellation) =>
        throw new NotSupportedException();

    private Task<T> AskAsync<T>(string call, Func<T> act)
    {
        Asked.Add(call);
        if (!_mishaps.Remove(call.Split(' ')[0], out var mishap)) return Task.FromResult(act());
        if (mishap.How == Mishap.Happened) act();
        return Task.FromException<T>(new ForgeTroubleException($"`{call}` went wrong", mishap.Kind));
    }
}
