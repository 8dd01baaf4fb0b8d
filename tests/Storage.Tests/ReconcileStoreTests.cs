using GitOpsGate.Changes;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using GitOpsGate.Testing;
using Xunit;
using Record = GitOpsGate.Ports.Record;

namespace GitOpsGate.Storage.Tests;

/// <summary>What the reconciler remembers and looks up, on both databases.</summary>
public class ReconcileStoreTests
{
    private readonly ManualTimeProvider _clock = new(Samples.Noon);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_round_is_read_back_and_says_nothing_of_the_hook(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var rounds = new ReconcileStore(database);
        Assert.Equal(Reconciled.Never(Samples.Shop), await rounds.LastAsync(Samples.Shop, Cancel));
        var round = new Reconciled
        {
            Repository = Samples.Shop,
            TriedAt = Samples.Noon,
            Redelivered = 2,
            Backfilled = 3,
            IsHookRepaired = true,
            Trouble = "the forge answered 502",
        };
        await rounds.KeepAsync(round, Cancel);
        Assert.Equal(round, await rounds.LastAsync(Samples.Shop, Cancel));
        await rounds.KnowHookAsync(Samples.Shop, isOurs: true, Cancel);
        Assert.Equal(round with { HasHook = true }, await rounds.LastAsync(Samples.Shop, Cancel));
        var next = Reconciled.Never(Samples.Shop) with { ComparedAt = Samples.Noon, TriedAt = Samples.Noon };
        await rounds.KeepAsync(next, Cancel);
        Assert.Equal(next with { HasHook = true }, await rounds.LastAsync(Samples.Shop, Cancel));
        await rounds.KnowHookAsync(Samples.Shop, isOurs: false, Cancel);
        Assert.Equal(next, await rounds.LastAsync(Samples.Shop, Cancel));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Repositories_are_those_of_changes_branches_hooks_and_rounds_and_rounds_are_of_one_connection(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var (gate, rounds) = (new GateStore(database), new ReconcileStore(database));
        var (branched, hooked, other) = (Samples.Shop with { Path = "acme/branched" }, Samples.Shop with { Path = "acme/hooked" },
            new RepositoryKey(new ConnectionName("lab"), "group/sub/hooked"));
        await gate.RecordAsync(new Record { Change = Samples.Change(7), At = Samples.Noon }, Cancel);
        await gate.RecordAsync(new Record { Branch = new BranchMove(null, Standing(branched, "main", 1)), At = Samples.Noon }, Cancel);
        await rounds.KnowHookAsync(hooked, isOurs: true, Cancel);
        await rounds.KeepAsync(Reconciled.Never(Samples.Shop), Cancel);
        await rounds.KeepAsync(Reconciled.Never(other), Cancel);
        Assert.Equal([branched, Samples.Shop, hooked, other], await rounds.RepositoriesAsync(Cancel));
        var shown = await rounds.OfConnectionAsync(Samples.Shop.Connection, Cancel);
        Assert.Equal([hooked, Samples.Shop], shown.Select(round => round.Repository));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task The_tip_that_a_walk_left_stands_above_the_one_that_was_seen(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var (gate, rounds) = (new GateStore(database), new ReconcileStore(database));
        await rounds.SeeTipAsync(Samples.Shop, "main", Samples.Commit(1), Samples.Noon, Cancel);
        await rounds.SeeTipAsync(Samples.Shop, "prod", Samples.Commit(1), Samples.Noon, Cancel);
        await rounds.SeeTipAsync(Samples.Shop, "prod", default, Samples.Noon.AddMinutes(1), Cancel);
        await rounds.SeeTipAsync(Samples.Shop with { Path = "acme/other" }, "main", Samples.Commit(9), Samples.Noon, Cancel);
        var prod = new KnownTip("prod", default, IsGuarded: false, Samples.Noon.AddMinutes(1));
        Assert.Equal([new KnownTip("main", Samples.Commit(1), IsGuarded: false, Samples.Noon), prod], await rounds.TipsAsync(Samples.Shop, Cancel));
        var later = Samples.Noon.AddMinutes(5);
        await gate.RecordAsync(new Record { Branch = new BranchMove(null, Standing(Samples.Shop, "main", 2)), At = later }, Cancel);
        await rounds.SeeTipAsync(Samples.Shop, "main", Samples.Commit(3), later, Cancel);
        Assert.Equal([new KnownTip("main", Samples.Commit(2), IsGuarded: true, later), prod], await rounds.TipsAsync(Samples.Shop, Cancel));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Ids_are_unknown_that_the_inbox_never_took_on_this_connection_also_after_it_was_opened_again(string kind)
    {
        using var store = new TestStore(kind);
        using (var database = store.Open(_clock))
        {
            var inbox = new DeliveryInbox(database);
            for (var number = 0; number < 100; number++) await inbox.AcceptAsync(Samples.Delivery(number), Cancel);
            await LookAsync(database);
        }

        using (var database = store.Open(_clock)) await LookAsync(database);

        static async Task LookAsync(Database database)
        {
            var rounds = new ReconcileStore(database);
            var unknown = await rounds.UnknownAsync(Samples.Shop.Connection, ["guid-0", "guid-200", "guid-99", "guid-100"], Cancel);
            Assert.Equal(["guid-200", "guid-100"], unknown);
            Assert.Equal(["guid-0"], await rounds.UnknownAsync(new ConnectionName("lab"), ["guid-0"], Cancel));
            Assert.Empty(await rounds.UnknownAsync(Samples.Shop.Connection, [], Cancel));
        }
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_delivery_is_dead_once_it_was_given_up_and_until_it_is_replayed(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var (inbox, rounds) = (new DeliveryInbox(database), new ReconcileStore(database));
        var delivery = Samples.Delivery(1);
        await inbox.AcceptAsync(delivery, Cancel);
        Assert.Null(await rounds.DeadAsync(Samples.Shop.Connection, "guid-1", Cancel));
        await inbox.ClaimAsync(1, TimeSpan.FromMinutes(1), Samples.Noon.AddHours(1), Cancel);
        await inbox.PostponeAsync(delivery.Id, "no answer", null, Cancel);
        Assert.Equal(delivery.Id, await rounds.DeadAsync(Samples.Shop.Connection, "guid-1", Cancel));
        Assert.Null(await rounds.DeadAsync(new ConnectionName("lab"), "guid-1", Cancel));
        await inbox.ReplayAsync(delivery.Id, Samples.Noon, Cancel);
        Assert.Null(await rounds.DeadAsync(Samples.Shop.Connection, "guid-1", Cancel));
    }

    private static BranchStanding Standing(RepositoryKey repository, string branch, int tip) => new()
    {
        Repository = repository,
        Branch = branch,
        Covered = Samples.Commit(tip),
        Ordered = Samples.Commit(tip),
        Seen = Samples.Commit(tip),
    };
}
