using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Facts;
using GitOpsGate.Gate.Tests.Rulings;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using Xunit;
using Record = GitOpsGate.Ports.Record;

namespace GitOpsGate.Gate.Tests.Deliveries;

/// <summary>A gate's records, a forge and a Git mirror in memory: facts are set, calls are counted, trouble is thrown on demand.</summary>
internal sealed partial class Memory : UnaskedForge, IGateStore, IGateReader, IForge, IGitMirror, IIdentities, IBranchStore
{
    public List<Record> Records { get; } = [];

    public Evidence World { get; set; } = SomeEvidence.Ordinary("{version: 1, approvals: [{name: prod}]}");

    public Func<Delivery, Reading> Reads { get; set; } = _ => new Reading.Ignored("nothing");

    public Exception? Trouble { get; set; }

    public int Described { get; private set; }

    public int AskedForMembers { get; private set; }

    /// <summary>The commits that Git knows, each with one parent.</summary>
    public Dictionary<CommitId, PushedCommit> Commits { get; } = [];

    public BranchStanding? Standing { get; private set; }

    /// <summary>Set to act as somebody else who moves the branch while a walk looks at it.</summary>
    public bool IsMovedMeanwhile { get; set; }

    /// <summary>What Git was read for; a head that is not the world's is gone.</summary>
    public List<(CommitId Head, string Target)> HeadsRead { get; } = [];

    /// <summary>Tree of merging a head onto a commit.</summary>
    public Dictionary<(CommitId Onto, CommitId Head), string> Merges { get; } = [];

    public string Name => "github";

    private IEnumerable<ChangeSummary> Known =>
        from record in Records
        where record.Change is not null
        group record by record.Change!.Key into seen
        let ruling = seen.LastOrDefault(record => record.Ruling is not null)?.Ruling
        select new ChangeSummary(seen.Last().Change!, ruling, 0, seen.Last().At, null);

    /// <summary>A branch that was covered up to a commit before the test began.</summary>
    public void Know(RepositoryKey repository, string branch, CommitId covered)
    {
        Standing = new BranchStanding { Repository = repository, Branch = branch, Covered = covered, Ordered = covered, Seen = covered };
        Covered.Add(covered);
    }

    public Task<Recorded> RecordAsync(Record record, CancellationToken cancellation)
    {
        if (record.LookedAt.Any(IsAwaited)) return Task.FromResult(new Recorded(-1, false, IsAwaited: true));
        if (record.Question is { } question && !Put(question)) return Task.FromResult(new Recorded(-1, true));
        if (record.Branch is { } move)
        {
            if (IsMovedMeanwhile) return Task.FromException<Recorded>(new BranchMovedException(move.Now.Branch));
            Assert.Equal(Standing, move.Was);
            Standing = move.Now;
            Covered.Add(move.Now.Covered);
        }

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

    public Task<Content> ReadAsync(Connection connection, ChangeRequest change, CancellationToken cancellation)
    {
        HeadsRead.Add((change.Head, change.TargetBranch));
        return change.Head == World.Change.Head
            ? Task.FromResult(World.Content)
            : Task.FromException<Content>(new GitTroubleException($"commit `{change.Head}` is gone", isPermanent: true));
    }

    public Task<ImmutableArray<ChangeKey>> ChangesOfAsync(
        Connection connection, RepositoryKey repository, CommitId commit, CancellationToken cancellation) =>
        ChangesTrouble is { } trouble
            ? Task.FromException<ImmutableArray<ChangeKey>>(trouble)
            : Task.FromResult<ImmutableArray<ChangeKey>>([.. Tied.GetValueOrDefault(commit, [])]);

    public Task<ChangeSummary?> ChangeAsync(ChangeKey key, CancellationToken cancellation) =>
        Task.FromResult(Known.FirstOrDefault(known => known.Change.Key == key));

    public Task<ImmutableArray<ChangeSummary>> ChangesAtAsync(RepositoryKey repository, CommitId head, CancellationToken cancellation) =>
        Task.FromResult<ImmutableArray<ChangeSummary>>([.. Known.Where(known => known.Change.Head == head)]);

    public Task<ImmutableArray<ChangeSummary>> AllowedIntoAsync(
        RepositoryKey repository, string branch, int limit, CancellationToken cancellation) =>
        Task.FromResult<ImmutableArray<ChangeSummary>>([.. Known.Where(known => known.Latest?.Verdict == Verdict.Allowed).Reverse()]);

    public Task<PageOf<ChangeSummary>> ChangesAsync(ChangeFilter filter, CancellationToken cancellation) =>
        Task.FromResult(new PageOf<ChangeSummary>([.. Known.Where(known => known.Change.State == ChangeState.Open)], null));

    public Task<ImmutableArray<StoredRuling>> RulingsOfAsync(ChangeKey key, CancellationToken cancellation) =>
        Task.FromResult<ImmutableArray<StoredRuling>>([.. Records.Where(r => r.Ruling?.Revision.Change == key).Select(r => new StoredRuling(r.Ruling!, 0)).Reverse()]);

    public Task<ImmutableArray<PushedCommit>> PushedAsync(
        Connection connection, RepositoryKey repository, string branch, CommitId before, CommitId after, CancellationToken cancellation)
    {
        if (!Commits.ContainsKey(after)) return Task.FromException<ImmutableArray<PushedCommit>>(new GitTroubleException("gone", isPermanent: true));
        var held = Line(before).Select(commit => commit.Id).ToHashSet();
        var line = Line(after).TakeWhile(commit => !held.Contains(commit.Id)).Reverse();
        return Task.FromResult<ImmutableArray<PushedCommit>>([.. before.IsNone ? line.TakeLast(1) : line]);
    }

    public Task<bool> HoldsAsync(
        Connection connection, RepositoryKey repository, CommitId holder, CommitId commit, CancellationToken cancellation) =>
        Task.FromResult(Line(holder).Any(known => known.Id == commit));

    public Task<BranchStanding?> OfAsync(RepositoryKey repository, string branch, CancellationToken cancellation) =>
        Task.FromResult(Standing?.Branch == branch ? Standing : null);

    public Task<ImmutableArray<BranchStanding>> HeldAsync(int limit, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<bool> AdoptAsync(RepositoryKey repository, string branch, CommitId tip, DateTimeOffset now, CancellationToken cancellation)
    {
        if (Standing is not { HeldSince: not null } held || held.Seen != tip) return Task.FromResult(false);
        Standing = held with { Covered = tip, HeldSince = null };
        Covered.Add(tip);
        return Task.FromResult(true);
    }

    public Task<string?> MergedTreeAsync(Connection connection, RepositoryKey repository, CommitId onto, CommitId head, CancellationToken cancellation) =>
        Task.FromResult(Merges.GetValueOrDefault((onto, head)));

    public Task<string?> TreeAsync(Connection connection, RepositoryKey repository, CommitId commit, string path, CancellationToken cancellation) =>
        Task.FromResult(Commits.GetValueOrDefault(commit)?.Tree);

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

    public Task<string> ReplyAsync(
        Connection connection, ChangeKey change, string commentId, string markdown, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task ExportAsync(
        Connection connection, RepositoryKey repository, CommitId commit, string path, string folder, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task<StoredRuling?> RulingAsync(RulingId id, CancellationToken cancellation) => Task.FromResult(
        Records.Where(record => record.Ruling?.Id == id).Select(record => new StoredRuling(record.Ruling!, 0)).FirstOrDefault());

    public Task<ReadOnlyMemory<byte>?> EvidenceAsync(RulingId id, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<PageOf<DeliverySummary>> DeliveriesAsync(DeliveryFilter filter, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<StoredDelivery?> DeliveryAsync(DeliveryId id, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<PageOf<StoredObligation>> ObligationsAsync(ObligationFilter filter, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task<GateCounts> CountsAsync(CancellationToken cancellation) => throw new NotSupportedException();

    private IEnumerable<PushedCommit> Line(CommitId from)
    {
        for (var at = from; Commits.TryGetValue(at, out var commit); at = commit.FirstParent) yield return commit;
    }
}
