using GitOpsGate.Ports;
using GitOpsGate.Storage.Reading;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Storage.Tests;

/// <summary>What the door and the workers ask of the inbox, on both databases.</summary>
public class InboxTests
{
    private readonly ManualTimeProvider _clock = new(Samples.Noon);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static TimeSpan Lease => TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task An_accepted_delivery_comes_back_as_it_arrived(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var inbox = new DeliveryInbox(database);
        var given = Samples.Delivery(1, body: new string('x', 100_000)) with { Event = "" };

        Assert.Equal(Acceptance.Accepted, await inbox.AcceptAsync(given, Cancel));

        var claimed = Assert.Single(await inbox.ClaimAsync(10, Lease, Samples.Noon.AddSeconds(1), Cancel));
        Assert.Equal(0, claimed.Attempts);
        Assert.Equal(given.Body.ToArray(), claimed.Delivery.Body.ToArray());
        Assert.Equal(given.Headers, claimed.Delivery.Headers);
        Assert.Equal(given with { Body = default, Headers = given.Headers }, claimed.Delivery with { Body = default, Headers = given.Headers });
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task The_same_delivery_is_accepted_once_for_each_connection(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var inbox = new DeliveryInbox(database);
        var again = Samples.Delivery(1) with { Id = Samples.Delivery(2).Id };
        var elsewhere = again with { Id = Samples.Delivery(3).Id, Connection = new("lab") };

        Assert.Equal(
            [Acceptance.Accepted, Acceptance.Duplicate, Acceptance.Accepted],
            [await inbox.AcceptAsync(Samples.Delivery(1), Cancel), await inbox.AcceptAsync(again, Cancel), await inbox.AcceptAsync(elsewhere, Cancel)]);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Deliveries_are_claimed_oldest_first_and_are_free_again_when_the_lease_ends(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var inbox = new DeliveryInbox(database);
        foreach (var number in new[] { 3, 1, 2 }) await inbox.AcceptAsync(Samples.Delivery(number), Cancel);
        var now = Samples.Noon.AddSeconds(1);

        Assert.Equal(["guid-1", "guid-2"], (await inbox.ClaimAsync(2, Lease, now, Cancel)).Select(one => one.Delivery.ForgeId));
        Assert.Equal(["guid-3"], (await inbox.ClaimAsync(2, Lease, now, Cancel)).Select(one => one.Delivery.ForgeId));
        Assert.Empty(await inbox.ClaimAsync(2, Lease, now + Lease / 2, Cancel));

        var later = await inbox.ClaimAsync(9, Lease, now + Lease, Cancel);
        Assert.Equal(["guid-1", "guid-2", "guid-3"], later.Select(one => one.Delivery.ForgeId).Order());
        Assert.All(later, one => Assert.Equal(1, one.Attempts));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_postponed_delivery_waits_and_a_given_up_one_can_be_replayed(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var (inbox, reader) = (new DeliveryInbox(database), new GateReader(database));
        var given = Samples.Delivery(1);
        await inbox.AcceptAsync(given, Cancel);
        var now = Samples.Noon.AddSeconds(1);
        await inbox.ClaimAsync(1, Lease, now, Cancel);

        await inbox.PostponeAsync(given.Id, "the forge is down", now.AddHours(1), Cancel);
        Assert.Empty(await inbox.ClaimAsync(1, Lease, now.AddMinutes(59), Cancel));
        Assert.Equal(1, Assert.Single(await inbox.ClaimAsync(1, Lease, now.AddHours(1), Cancel)).Attempts);

        await inbox.PostponeAsync(given.Id, "still down", null, Cancel);
        Assert.Empty(await inbox.ClaimAsync(1, Lease, now.AddYears(1), Cancel));
        var dead = (await reader.DeliveryAsync(given.Id, Cancel))!.Summary;
        Assert.Equal((DeliveryState.Dead, "still down"), (dead.State, dead.Note));

        Assert.True(await inbox.ReplayAsync(given.Id, now, Cancel));
        Assert.False(await inbox.ReplayAsync(Samples.Delivery(9).Id, now, Cancel));
        Assert.Single(await inbox.ClaimAsync(1, Lease, now, Cancel));
    }

    [Fact]
    public async Task A_delivery_that_is_in_hand_again_and_again_without_end_is_given_up()
    {
        using var store = new TestStore("sqlite");
        using var database = store.Open(_clock);
        var (inbox, reader) = (new DeliveryInbox(database), new GateReader(database));
        await inbox.AcceptAsync(Samples.Delivery(1), Cancel);
        var now = Samples.Noon.AddSeconds(1);
        for (var attempt = 0; attempt < DeliveryInbox.MaxAttempts; attempt++, now += Lease)
            Assert.Single(await inbox.ClaimAsync(1, Lease, now, Cancel));

        Assert.Empty(await inbox.ClaimAsync(1, Lease, now, Cancel));
        Assert.Equal(1, (await reader.CountsAsync(Cancel)).Deliveries[DeliveryState.Dead]);
    }

    [Fact]
    public async Task What_a_former_process_had_in_hand_is_due_at_once()
    {
        using var store = new TestStore("sqlite");
        using (var former = store.Open(_clock))
        {
            await new DeliveryInbox(former).AcceptAsync(Samples.Delivery(1), Cancel);
            await new DeliveryInbox(former).ClaimAsync(1, TimeSpan.FromDays(1), Samples.Noon.AddSeconds(1), Cancel);
        }

        using var database = store.Open(_clock);
        Assert.Single(await new DeliveryInbox(database).ClaimAsync(1, Lease, Samples.Noon.AddSeconds(1), Cancel));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task What_many_callers_were_told_is_accepted_is_there_after_reopening(string kind)
    {
        using var store = new TestStore(kind);
        using (var database = store.Open(_clock))
        {
            var inbox = new DeliveryInbox(database);
            await Task.WhenAll(Enumerable.Range(0, 64).Select(producer => Task.Run(
                async () =>
                {
                    for (var number = 0; number < 50; number++)
                        Assert.Equal(Acceptance.Accepted, await inbox.AcceptAsync(Samples.Delivery((producer * 1000) + number), Cancel));
                },
                Cancel)));
        }

        using var again = store.Open(_clock);
        var counts = await new GateReader(again).CountsAsync(Cancel);
        Assert.Equal(64 * 50, counts.Deliveries[DeliveryState.Waiting]);
    }

    [Fact]
    public async Task Waiting_ends_with_the_next_delivery_or_with_the_time()
    {
        using var store = new TestStore("sqlite");
        using var database = store.Open(_clock);
        var inbox = new DeliveryInbox(database);

        var waiting = inbox.WaitAsync(TimeSpan.FromHours(1), Cancel);
        Assert.False(waiting.IsCompleted);
        await inbox.AcceptAsync(Samples.Delivery(1), Cancel);
        await waiting;

        var again = inbox.WaitAsync(TimeSpan.FromHours(1), Cancel);
        Assert.False(again.IsCompleted);
        _clock.Advance(TimeSpan.FromHours(1));
        await again;
    }
}
