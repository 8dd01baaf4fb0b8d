using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Facts;
using GitOpsGate.Gate.Tests.Rulings;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.Gate.Tests.Deliveries;

/// <summary>A gate's records, a forge and a Git mirror in memory: facts are set, calls are counted, trouble is thrown on demand.</summary>
internal sealed class Memory : IGateStore, IGateReader, IForge, IGitMirror, IIdentities
{
    public List<Record> Records { get; } = [];

    public Evidence World { get; set; } = SomeEvidence.Ordinary("{version: 1, approvals: [{name: prod}]}");

    public Func<Delivery, Reading> Reads { get; set; } = _ => new Reading.Ignored("nothing");

    public Exception? Trouble { get; set; }

    public int Described { get; private set; }

    public int AskedForMembers { get; private set; }

    public ImmutableArray<PushedCommit> Pushed { get; set; } = [];

    /// <summary>Tree of merging a head onto a commit.</summary>
    public Dictionary<(CommitId Onto, CommitId Head), string> Merges { get; } = [];

    public string Name => "github";

    private ChangeSummary? Latest =>
        Records.LastOrDefault(record => record.Change is not null) is { Change: { } change }
            ? new ChangeSummary(change, Records.LastOrDefault(record => record.Ruling is not null)?.Ruling, 0, default, null)
            : null;

    public Task<Recorded> RecordAsync(Record record, CancellationToken cancellation)
    {
        Records.Add(record);
        return Task.FromResult(new Recorded(0, false));
    }

    public Reading Read(Delivery delivery) => Reads(delivery);

    public Task<ForgeFacts?> DescribeAsync(Connection connection, ChangeKey change, CancellationToken cancellation)
    {
        Described++;
        return Trouble is { } trouble
            ? Task.FromException<ForgeFacts?>(trouble)
            : Task.FromResult<ForgeFacts?>(new ForgeFacts(World.Change with { Key = change }, World.Reviews, World.Comments, World.Statuses));
    }

    public Task<TeamFacts> MembersAsync(
        Connection connection, RepositoryKey repository, ImmutableArray<string> teams, ImmutableArray<Person> people, CancellationToken cancellation)
    {
        AskedForMembers++;
        return Task.FromResult(new TeamFacts(
            [.. teams.SelectMany(team => people.Select(person => new Membership(team, person.Id, true)))], []));
    }

    public Task<Content> ReadAsync(Connection connection, ChangeRequest change, CancellationToken cancellation) => Task.FromResult(World.Content);

    public Task<ImmutableArray<ChangeKey>> ChangesOfAsync(
        Connection connection, RepositoryKey repository, CommitId commit, CancellationToken cancellation) =>
        Task.FromResult(ImmutableArray<ChangeKey>.Empty);

    public Task<ChangeSummary?> ChangeAsync(ChangeKey key, CancellationToken cancellation) =>
        Task.FromResult(Latest?.Change.Key == key ? Latest : null);

    public Task<ImmutableArray<ChangeSummary>> ChangesAtAsync(RepositoryKey repository, CommitId head, CancellationToken cancellation) =>
        Task.FromResult(Latest is { } known && known.Change.Head == head ? ImmutableArray.Create(known) : []);

    public Task<ImmutableArray<ChangeSummary>> AllowedIntoAsync(
        RepositoryKey repository, string branch, int limit, CancellationToken cancellation) =>
        Task.FromResult(Latest is { } known ? ImmutableArray.Create(known) : []);

    public Task<PageOf<ChangeSummary>> ChangesAsync(ChangeFilter filter, CancellationToken cancellation) =>
        Task.FromResult(new PageOf<ChangeSummary>(Latest is { Change.State: ChangeState.Open } known ? [known] : [], null));

    public Task<ImmutableArray<StoredRuling>> RulingsOfAsync(ChangeKey key, CancellationToken cancellation) =>
        Task.FromResult<ImmutableArray<StoredRuling>>([.. Records.Where(r => r.Ruling is not null).Select(r => new StoredRuling(r.Ruling!, 0))]);

    public Task<ImmutableArray<PushedCommit>> PushedAsync(
        Connection connection, RepositoryKey repository, string branch, CommitId before, CommitId after, CancellationToken cancellation) =>
        Task.FromResult(Pushed);

    public Task<string?> MergedTreeAsync(Connection connection, RepositoryKey repository, CommitId onto, CommitId head, CancellationToken cancellation) =>
        Task.FromResult(Merges.GetValueOrDefault((onto, head)));

    public Task<string?> TreeAsync(Connection connection, RepositoryKey repository, CommitId commit, string path, CancellationToken cancellation) =>
        Task.FromResult<string?>($"tree of {commit.Short}");

    public Task<ReadOnlyMemory<byte>?> RuleFileAsync(
        Connection connection, RepositoryKey repository, CommitId commit, CancellationToken cancellation) =>
        Task.FromResult<ReadOnlyMemory<byte>?>(null);

    public Task<string> ReferenceOfAsync(string forge, string personId, CancellationToken cancellation) => Task.FromResult($"a_{personId.Length}");

    public DeliveryLabel? Label(IReadOnlyDictionary<string, string> headers) => throw new NotSupportedException();

    public SignatureCheck Verify(
        Connection connection, IReadOnlyDictionary<string, string> headers, ReadOnlySpan<byte> body, DateTimeOffset now) =>
        throw new NotSupportedException();

    public Task ReportAsync(Connection connection, StatusReport report, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<string> ExplainAsync(
        Connection connection, ChangeKey change, string markdown, string? knownId, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task<HookRegistration> RegisterHookAsync(
        Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation) => throw new NotSupportedException();

    public Task ExportAsync(
        Connection connection, RepositoryKey repository, CommitId commit, string path, string folder, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task<StoredRuling?> RulingAsync(RulingId id, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<ReadOnlyMemory<byte>?> EvidenceAsync(RulingId id, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<PageOf<DeliverySummary>> DeliveriesAsync(DeliveryFilter filter, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<StoredDelivery?> DeliveryAsync(DeliveryId id, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<PageOf<StoredObligation>> ObligationsAsync(ObligationFilter filter, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task<GateCounts> CountsAsync(CancellationToken cancellation) => throw new NotSupportedException();
}
