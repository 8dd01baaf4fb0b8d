using System.Text;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using GitOpsGate.Storage.Reading;
using GitOpsGate.Testing;
using Xunit;
using Record = GitOpsGate.Ports.Record;

namespace GitOpsGate.Storage.Tests;

/// <summary>What the walk through the house asks of the store, on both databases.</summary>
public class GateStoreTests
{
    private readonly ManualTimeProvider _clock = new(Samples.Noon);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task What_was_recorded_is_read_back_whole(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var (inbox, reader, audit) = (new DeliveryInbox(database), new GateReader(database), new AuditReader(database));
        var delivery = Samples.Delivery(1);
        await inbox.AcceptAsync(delivery, Cancel);
        var change = Samples.Change(7);
        var ruling = Samples.Ruling(change, Verdict.Held, Samples.Noon, Samples.Noon.AddHours(-1));
        var record = Samples.Record(change, ruling, Samples.Noon) with
        {
            Deliveries = [new DeliveryOutcome(delivery.Id, DeliveryState.Done, "change 7 was ruled")],
        };

        var recorded = await new GateStore(database).RecordAsync(record, Cancel);

        Assert.Equal(new Recorded(0, false), recorded with { Head = null });
        var summary = await reader.ChangeAsync(change.Key, Cancel);
        Assert.Equal(StoredJson.Write(change), StoredJson.Write(summary!.Change));
        Assert.Equal(StoredJson.Write(ruling), StoredJson.Write(summary.Latest));
        Assert.Equal((0L, Samples.Noon.AddHours(-1)), (summary.AuditIndex, summary.WaitingSince!.Value));
        Assert.Equal(StoredJson.Write(ruling), StoredJson.Write((await reader.RulingAsync(ruling.Id, Cancel))!.Ruling));
        Assert.Equal(record.Evidence.ToArray(), (await reader.EvidenceAsync(ruling.Id, Cancel))!.Value.ToArray());
        Assert.Equal((DeliveryState.Done, "change 7 was ruled"), await StateOf(reader, delivery.Id));
        Assert.Equal("acme/shop", Assert.Single(await reader.ChangesAtAsync(Samples.Shop, change.Head, Cancel)).Change.Key.Repository.Path);
        var leaf = Assert.Single(await audit.OfAsync(change.Key.ToString(), 10, Cancel));
        Assert.Equal(AuditTypes.DecisionEvaluated, LeafFields.Read(leaf.Bytes).Type);
        Assert.Empty((await audit.VerifyAsync(Cancel)).Problems);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task An_older_ruling_is_dropped_and_only_its_delivery_is_finished(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var (gate, reader) = (new GateStore(database), new GateReader(database));
        var delivery = Samples.Delivery(1);
        await new DeliveryInbox(database).AcceptAsync(delivery, Cancel);
        var change = Samples.Change(7);
        var newer = Samples.Ruling(change, Verdict.Allowed, Samples.Noon.AddSeconds(2));
        await gate.RecordAsync(Samples.Record(change, newer, Samples.Noon.AddSeconds(2)), Cancel);

        var older = Samples.Ruling(change, Verdict.Denied, Samples.Noon);
        var recorded = await gate.RecordAsync(
            Samples.Record(change, older, Samples.Noon.AddSeconds(3)) with { Deliveries = [new(delivery.Id, DeliveryState.Done, "late")] }, Cancel);

        Assert.Equal(new Recorded(-1, true), recorded);
        Assert.Equal(newer.Id, (await reader.ChangeAsync(change.Key, Cancel))!.Latest!.Id);
        Assert.Equal(1, (await reader.CountsAsync(Cancel)).AuditSize);
        Assert.Single(await reader.RulingsOfAsync(change.Key, Cancel));
        Assert.Equal((DeliveryState.Done, "late"), await StateOf(reader, delivery.Id));
        Assert.Equal(newer.Id, Assert.Single(await reader.AllowedIntoAsync(Samples.Shop, "main", 9, Cancel)).Latest!.Id);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task The_same_ruling_twice_is_recorded_once(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var gate = new GateStore(database);
        var change = Samples.Change(7);
        var record = Samples.Record(change, Samples.Ruling(change, Verdict.Denied, Samples.Noon), Samples.Noon);

        var (first, again) = (await gate.RecordAsync(record, Cancel), await gate.RecordAsync(record, Cancel));
        Assert.Equal(first with { Head = null }, again);
        Assert.Equal(1, first.Head?.Size);
        var counts = await new GateReader(database).CountsAsync(Cancel);
        Assert.Equal((1L, 1L), (counts.AuditSize, counts.Obligations[ObligationState.Waiting]));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_record_that_fails_takes_no_other_with_it_and_leaves_nothing(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var (gate, reader) = (new GateStore(database), new GateReader(database));
        var good = Enumerable.Range(1, 20).Select(number => gate.RecordAsync(Plain(number, "deploy:prod"), Cancel)).ToArray();
        var tooLong = Samples.Entry(correlation: new string('x', 20_000));
        var bad = gate.RecordAsync(Plain(99, "deploy:prod") with { Entries = [Samples.Entry(populations: "deploy:prod"), tooLong] }, Cancel);
        var after = Enumerable.Range(30, 20).Select(number => gate.RecordAsync(Plain(number, "deploy:prod"), Cancel)).ToArray();

        await Assert.ThrowsAsync<FormatException>(() => bad);
        await Task.WhenAll([.. good, .. after]);
        Assert.Null(await reader.ChangeAsync(Samples.Change(99).Key, Cancel));
        Assert.Equal(40, (await reader.CountsAsync(Cancel)).AuditSize);
        Assert.Empty((await new AuditReader(database).VerifyAsync(Cancel)).Problems);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Verifying_sees_one_moment_and_keeps_nobody_from_recording(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var gate = new GateStore(database);
        await gate.RecordAsync(Plain(1, "deploy:prod"), Cancel);
        using var session = new Session(database.Dialect.Connect());
        using var snapshot = LogVerification.Snapshot(session.Connection);
        session.Transaction = snapshot;
        Assert.Equal(1L, session.Scalar("SELECT count(*) FROM audit_leaf"));

        Assert.Equal(1, (await gate.RecordAsync(Plain(2, "deploy:prod"), Cancel)).FirstIndex);

        Assert.Equal(1L, session.Scalar("SELECT count(*) FROM audit_leaf"));
        session.Transaction = null;
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Lists_come_page_by_page_with_the_longest_waiting_first(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var (gate, reader) = (new GateStore(database), new GateReader(database));
        await Rule(gate, Samples.Change(1), Verdict.Allowed, 1);
        await Rule(gate, Samples.Change(2), Verdict.Held, 2);
        await Rule(gate, Samples.Change(3), Verdict.Held, 3, waitingMinutes: 90);
        await Rule(gate, Samples.Change(4, ChangeState.Merged), Verdict.Allowed, 4);
        await Rule(gate, Samples.Change(5), Verdict.Denied, 5);

        var numbers = new List<long>();
        for (string? after = null; ;)
        {
            var page = await reader.ChangesAsync(new ChangeFilter(null, null, null, after, 2), Cancel);
            numbers.AddRange(page.Items.Select(one => one.Change.Key.Number));
            if ((after = page.Next) is null) break;
        }

        Assert.Equal([3, 2, 5, 1, 4], numbers);
        var held = await reader.ChangesAsync(new ChangeFilter(ChangeState.Open, Verdict.Held, "hub:acme/shop", null, 10), Cancel);
        Assert.Equal([3, 2], held.Items.Select(one => one.Change.Key.Number));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Unmanaged_changes_are_listed_newest_first_and_nothing_else(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        foreach (var (type, branch) in ((string, string)[])
            [(AuditTypes.ChangeUnmanaged, "first"), (AuditTypes.ChangeMerged, "other"), (AuditTypes.ChangeUnmanaged, "second")])
        {
            var entry = new AuditDraft
            {
                Type = type,
                Outcome = AuditOutcome.Deny,
                Attributes = AuditDraft.NoAttributes.Add("branch", branch),
            };
            await new GateStore(database).RecordAsync(new Record { Entries = [entry], At = Samples.Noon }, Cancel);
        }

        var found = await new AuditReader(database).UnmanagedAsync(10, Cancel);
        Assert.Equal([2L, 0L], found.Select(leaf => leaf.Index));
        Assert.Single(await new AuditReader(database).UnmanagedAsync(1, Cancel));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_token_and_an_identity_are_found_again(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var (tokens, identities) = (new TokenStore(database), new Identities(database));
        var token = new Access.AccessToken("a_1", "ci", Access.Role.Operator, Samples.Noon);
        var hash = Encoding.UTF8.GetBytes(new string('h', 32));

        Assert.False(await tokens.AnyAsync(Cancel));
        await tokens.AddAsync(token, hash, Cancel);
        Assert.Equal(token, await tokens.FindAsync(hash, Cancel));
        Assert.Null(await tokens.FindAsync(new byte[32], Cancel));
        var agent = new Access.AccessToken("a_2", "edge", Access.Role.Agent, Samples.Noon, "site");
        await tokens.AddAsync(agent, new byte[32], Cancel);
        Assert.Equal(agent, await tokens.FindAsync(new byte[32], Cancel));

        var references = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => new Identities(database).ReferenceOfAsync("github", "7", Cancel)));
        Assert.Single(references.Distinct());
        Assert.Matches("^a_[0-9A-Z]{26}$", references[0]);
        Assert.Equal(references[0], await identities.ReferenceOfAsync("github", "7", Cancel));
        Assert.NotEqual(references[0], await identities.ReferenceOfAsync("gitlab", "7", Cancel));
    }

    private static async Task<(DeliveryState State, string Note)> StateOf(GateReader reader, Deliveries.DeliveryId id)
    {
        var summary = (await reader.DeliveryAsync(id, Cancel))!.Summary;
        return (summary.State, summary.Note);
    }

    private static Task<Recorded> Rule(GateStore gate, ChangeRequest change, Verdict verdict, int minute, int waitingMinutes = 0)
    {
        var at = Samples.Noon.AddMinutes(minute);
        DateTimeOffset? since = waitingMinutes == 0 ? null : at.AddMinutes(-waitingMinutes);
        return gate.RecordAsync(Samples.Record(change, Samples.Ruling(change, verdict, at, since), at), Cancel);
    }

    private static Record Plain(int number, string population) => new()
    {
        Change = Samples.Change(number),
        Entries = [Samples.Entry(populations: population)],
        At = Samples.Noon,
    };
}
