using GitOpsGate.Audit;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using GitOpsGate.Storage.Reading;
using GitOpsGate.Testing;
using Xunit;
using Record = GitOpsGate.Ports.Record;

namespace GitOpsGate.Storage.Tests;

/// <summary>What the workers ask of the outbox, on both databases.</summary>
public class OutboxTests
{
    private readonly ManualTimeProvider _clock = new(Samples.Noon);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static TimeSpan Lease => TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_newer_status_takes_the_place_of_a_waiting_older_one(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var (outbox, reader) = (new ObligationOutbox(database), new GateReader(database));
        var change = Samples.Change(7);
        await Rule(database, change, 1);
        var second = await Rule(database, change, 2);

        var claimed = Assert.Single(await outbox.ClaimAsync(10, Lease, Samples.Noon.AddHours(1), Cancel));

        Assert.Equal(Samples.Status(second), claimed.Obligation);
        Assert.Equal((1L, false, 0), (claimed.AuditIndex, claimed.WasUnclear, claimed.Attempts));
        Assert.Equal(1, (await reader.CountsAsync(Cancel)).Obligations[ObligationState.Superseded]);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_comment_is_answered_once_and_an_answer_takes_no_others_place(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var (gate, outbox, reader) = (new GateStore(database), new ObligationOutbox(database), new GateReader(database));
        var change = Samples.Change(7);
        for (var hour = 1; hour <= 2; hour++)
        {
            var (ruling, at) = (Samples.Ruling(change, Verdict.Held, Samples.Noon.AddHours(hour)), Samples.Noon.AddHours(hour));
            Obligation[] owed = [new Obligation.Answer(ruling.Id, change.Key, "31", $"at {hour}"), new Obligation.Answer(ruling.Id, change.Key, $"4{hour}", "so")];
            await gate.RecordAsync(Samples.Record(change, ruling, at) with { Obligations = [.. owed] }, Cancel);
        }

        var claimed = await outbox.ClaimAsync(10, Lease, Samples.Noon.AddHours(3), Cancel);

        var answers = claimed.Select(one => Assert.IsType<Obligation.Answer>(one.Obligation)).ToArray();
        Assert.Equal([("31", "at 1"), ("41", "so"), ("42", "so")], answers.Select(answer => (answer.Comment, answer.Markdown)));
        Assert.Equal(3, (await reader.ObligationsAsync(new ObligationFilter(null, change.Key.ToString(), null, 10), Cancel)).Items.Length);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_lane_moves_one_after_the_other_and_a_backing_off_head_holds_it(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var (gate, outbox) = (new GateStore(database), new ObligationOutbox(database));
        await Promise(database, 7, "one", "two");
        var now = Samples.Noon.AddHours(1);

        var first = Assert.Single(await outbox.ClaimAsync(10, Lease, now, Cancel));
        Assert.Equal("dispatch:one", first.Obligation.Key);
        Assert.Empty(await outbox.ClaimAsync(10, Lease, now, Cancel));

        await Finish(gate, new ObligationOutcome(first.Id, ObligationState.Waiting, now.AddMinutes(5), "busy", null), now);
        Assert.Empty(await outbox.ClaimAsync(10, Lease, now.AddMinutes(4), Cancel));
        var again = Assert.Single(await outbox.ClaimAsync(10, Lease, now.AddMinutes(5), Cancel));
        Assert.Equal((first.Id, 1, false), (again.Id, again.Attempts, again.WasUnclear));

        await Finish(gate, new ObligationOutcome(first.Id, ObligationState.Discharged, null, "sent", "run-1"), now);
        Assert.Equal("dispatch:two", Assert.Single(await outbox.ClaimAsync(10, Lease, now, Cancel)).Obligation.Key);
        Assert.Equal("run-1", await outbox.ReferenceAsync(first.Obligation.Lane, Cancel));
        Assert.Null(await outbox.ReferenceAsync("nothing", Cancel));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task One_whose_lease_ran_out_may_have_been_sent(string kind)
    {
        using var store = new TestStore(kind);
        long id;
        using (var database = store.Open(_clock))
        {
            await Promise(database, 7, "one");
            var now = Samples.Noon.AddHours(1);
            id = Assert.Single(await new ObligationOutbox(database).ClaimAsync(10, Lease, now, Cancel)).Id;
            var expired = Assert.Single(await new ObligationOutbox(database).ClaimAsync(10, TimeSpan.FromDays(9), now + Lease, Cancel));
            Assert.Equal((id, true), (expired.Id, expired.WasUnclear));
        }

        using var next = store.Open(_clock);
        var taken = Assert.Single(await new ObligationOutbox(next).ClaimAsync(10, Lease, Samples.Noon.AddHours(1), Cancel));
        Assert.Equal((id, true, 2), (taken.Id, taken.WasUnclear, taken.Attempts));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_dead_one_frees_its_lane_and_can_be_tried_again(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var (gate, outbox) = (new GateStore(database), new ObligationOutbox(database));
        await Promise(database, 7, "one", "two");
        var now = Samples.Noon.AddHours(1);
        var first = Assert.Single(await outbox.ClaimAsync(10, Lease, now, Cancel));

        Assert.False(await outbox.RetryAsync(first.Id, now, Cancel));
        await Finish(gate, new ObligationOutcome(first.Id, ObligationState.Dead, null, "refused", null), now);
        Assert.Equal("dispatch:two", Assert.Single(await outbox.ClaimAsync(10, Lease, now, Cancel)).Obligation.Key);

        Assert.True(await outbox.RetryAsync(first.Id, now, Cancel));
        var page = await new GateReader(database).ObligationsAsync(
            new ObligationFilter(ObligationState.Unclear, Samples.Change(7).Key.ToString(), null, 5), Cancel);
        Assert.Equal(first.Id, Assert.Single(page.Items).Id);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_dead_status_is_not_tried_again_once_a_newer_one_followed(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var (gate, outbox) = (new GateStore(database), new ObligationOutbox(database));
        var now = Samples.Noon.AddHours(1);
        await Rule(database, Samples.Change(7), 1);
        var first = Assert.Single(await outbox.ClaimAsync(10, Lease, now, Cancel));
        await Finish(gate, new ObligationOutcome(first.Id, ObligationState.Dead, null, "refused", null), now);
        await Rule(database, Samples.Change(7), 2);

        Assert.False(await outbox.RetryAsync(first.Id, now, Cancel));
        Assert.NotEqual(first.Id, Assert.Single(await outbox.ClaimAsync(10, Lease, now, Cancel)).Id);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task What_was_discharged_stays_so(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var (gate, reader) = (new GateStore(database), new GateReader(database));
        await Promise(database, 7, "one");
        var claimed = Assert.Single(await new ObligationOutbox(database).ClaimAsync(1, Lease, Samples.Noon.AddHours(1), Cancel));
        await Finish(gate, new ObligationOutcome(claimed.Id, ObligationState.Discharged, null, "sent", null), Samples.Noon);

        await Finish(gate, new ObligationOutcome(claimed.Id, ObligationState.Unclear, null, "a slower worker", null), Samples.Noon);

        Assert.Equal(1, (await reader.CountsAsync(Cancel)).Obligations[ObligationState.Discharged]);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Nothing_is_handed_out_before_its_audit_entry_is_in_the_tree(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var outbox = new ObligationOutbox(database);
        await Promise(database, 7, "one");
        await database.Writer.WriteAsync(session => session.Sql.Execute("UPDATE obligation SET audit_index = 1"), Cancel);
        Assert.Empty(await outbox.ClaimAsync(10, Lease, Samples.Noon.AddHours(1), Cancel));

        await new GateStore(database).RecordAsync(new Record { Entries = [Samples.Entry()], At = Samples.Noon }, Cancel);

        Assert.Single(await outbox.ClaimAsync(10, Lease, Samples.Noon.AddHours(1), Cancel));
    }

    [Fact]
    public async Task An_obligation_without_an_entry_that_promises_it_is_refused()
    {
        using var store = new TestStore("sqlite");
        using var database = store.Open(_clock);
        var change = Samples.Change(7);
        var record = Samples.Record(change, Samples.Ruling(change, Verdict.Allowed, Samples.Noon), Samples.Noon) with { Entries = [] };
        await Assert.ThrowsAsync<ArgumentException>(() => new GateStore(database).RecordAsync(record, Cancel));
    }

    private static async Task<Ruling> Rule(Database database, Changes.ChangeRequest change, int minute)
    {
        var ruling = Samples.Ruling(change, Verdict.Held, Samples.Noon.AddMinutes(minute));
        await new GateStore(database).RecordAsync(Samples.Record(change, ruling, Samples.Noon.AddMinutes(minute)), Cancel);
        return ruling;
    }

    private static async Task Promise(Database database, int number, params string[] orders)
    {
        var change = Samples.Change(number);
        var ruling = Samples.Ruling(change, Verdict.Allowed, Samples.Noon);
        await new GateStore(database).RecordAsync(
            Samples.Record(change, ruling, Samples.Noon) with
            {
                Entries = [Samples.Entry(AuditTypes.DispatchRequested)],
                Obligations = [.. orders.Select(order => Samples.Send(change, ruling, order))],
            },
            Cancel);
    }

    private static Task<Recorded> Finish(GateStore gate, ObligationOutcome outcome, DateTimeOffset at) =>
        gate.RecordAsync(new Record { Discharged = outcome, At = at }, Cancel);
}
