using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using GitOpsGate.Testing;
using Xunit;
using Record = GitOpsGate.Ports.Record;

namespace GitOpsGate.Storage.Tests;

/// <summary>How far branches are covered: moved only by who has seen how they stand, on both databases.</summary>
public class BranchStoreTests
{
    private static readonly CommitId One = CommitId.Parse(new string('1', 40));
    private static readonly CommitId Two = CommitId.Parse(new string('2', 40));

    private static readonly BranchStanding First = new()
    {
        Repository = Samples.Shop,
        Branch = "main",
        Covered = One,
        Ordered = One,
        Seen = One,
    };

    private readonly ManualTimeProvider _clock = new(Samples.Noon);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_branch_is_read_back_as_it_was_moved(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var (gate, branches) = (new GateStore(database), new BranchStore(database));
        Assert.Null(await branches.OfAsync(Samples.Shop, "main", Cancel));
        await gate.RecordAsync(Moved(null, First), Cancel);
        Assert.Equal(First, await branches.OfAsync(Samples.Shop, "main", Cancel));
        var held = First with { Covered = default, Seen = Two, HeldSince = Samples.Noon };
        await gate.RecordAsync(Moved(First, held), Cancel);
        Assert.Equal(held, await branches.OfAsync(Samples.Shop, "main", Cancel));
        Assert.Null(await branches.OfAsync(Samples.Shop, "Main", Cancel));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_move_from_a_standing_that_is_no_more_records_nothing_at_all(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var (gate, branches, audit) = (new GateStore(database), new BranchStore(database), new Reading.AuditReader(database));
        await gate.RecordAsync(Moved(null, First), Cancel);
        var size = (await audit.HeadAsync(Cancel)).Size;
        var stale = First with { Covered = Two };
        await Assert.ThrowsAsync<BranchMovedException>(() => gate.RecordAsync(Moved(null, stale), Cancel));
        await Assert.ThrowsAsync<BranchMovedException>(() => gate.RecordAsync(Moved(First with { Seen = Two }, stale), Cancel));
        Assert.Equal(First, await branches.OfAsync(Samples.Shop, "main", Cancel));
        Assert.Equal(size, (await audit.HeadAsync(Cancel)).Size);
        Assert.Empty((await audit.VerifyAsync(Cancel)).Problems);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_held_branch_is_adopted_at_the_tip_that_was_seen_and_once(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var (gate, branches) = (new GateStore(database), new BranchStore(database));
        var held = First with { Seen = Two, HeldSince = Samples.Noon };
        await gate.RecordAsync(Moved(null, held), Cancel);
        var longer = First with { Branch = "prod", Seen = Two, HeldSince = Samples.Noon.AddHours(-1) };
        await gate.RecordAsync(Moved(null, longer), Cancel);
        Assert.Equal([longer, held], await branches.HeldAsync(10, Cancel));
        Assert.Equal([longer], await branches.HeldAsync(1, Cancel));

        Assert.False(await branches.AdoptAsync(Samples.Shop, "main", One, Samples.Noon, Cancel));
        Assert.True(await branches.AdoptAsync(Samples.Shop, "main", Two, Samples.Noon, Cancel));
        Assert.False(await branches.AdoptAsync(Samples.Shop, "main", Two, Samples.Noon, Cancel));
        Assert.Equal(First with { Covered = Two, Seen = Two }, await branches.OfAsync(Samples.Shop, "main", Cancel));
        Assert.Equal([longer], await branches.HeldAsync(10, Cancel));
        await Assert.ThrowsAsync<BranchMovedException>(() => gate.RecordAsync(Moved(held, First), Cancel));
    }

    private static Record Moved(BranchStanding? was, BranchStanding now) => new()
    {
        Branch = new BranchMove(was, now),
        Entries =
        [
            new AuditDraft { Type = AuditTypes.ChangeUnmanaged, Outcome = AuditOutcome.Deny, Subject = new AuditSubject("repo", now.Repository.ToString()) },
        ],
        At = Samples.Noon,
    };
}
