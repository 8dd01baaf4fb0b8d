using System.Data.Common;
using System.Text;
using GitOpsGate.Audit;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;
using GitOpsGate.Storage.Privacy;
using GitOpsGate.Storage.Reading;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Storage.Tests.Privacy;

/// <summary>Webhooks are sealed by day and end: readable until then, nowhere afterwards.</summary>
public class RetentionTests
{
    private const string Needle = "the words of a webhook that nobody may read after its days";
    private static readonly TimeSpan Keep = TimeSpan.FromDays(90);
    private static readonly DateTimeOffset Ends = new(2026, 6, 3, 0, 0, 0, TimeSpan.Zero);
    private readonly ManualTimeProvider _clock = new(Samples.Noon);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task What_was_walked_is_sealed_and_reads_and_replays_as_before(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var (walked, waiting) = (Samples.Delivery(1, body: Body(1)), Samples.Delivery(2));
        await TakeInAsync(database, [walked, waiting], DeliveryState.Done, walked);
        Assert.Equal(1, await SealAsync(database));
        Assert.Equal(0, await SealAsync(database));
        using (var session = new Session(database.Dialect.Connect()))
        {
            Assert.Equal(1L, session.Scalar("SELECT COUNT(*) FROM delivery_seal"));
            Assert.DoesNotContain(Stored(session), bytes => Inflates(bytes, walked.Body.Length));
        }

        var (inbox, reader) = (new DeliveryInbox(database), new GateReader(database));
        Same(walked, (await reader.DeliveryAsync(walked.Id, Cancel))!.Delivery);
        Assert.True(await inbox.ReplayAsync(walked.Id, Samples.Noon, Cancel));
        var claimed = await inbox.ClaimAsync(9, TimeSpan.FromMinutes(1), Samples.Noon.AddMinutes(1), Cancel);
        Same(walked, claimed.Single(one => one.Delivery.Id == walked.Id).Delivery);
        Assert.Equal(2, claimed.Length);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_day_ends_once_and_says_so(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        Delivery[] old = [Samples.Delivery(1, body: Body(1)), Samples.Delivery(2, body: Body(2))];
        var young = Samples.Delivery(3, Samples.Noon.AddDays(1), Body(3));
        await TakeInAsync(database, [.. old, young], DeliveryState.Ignored, [.. old, young]);
        await SealAsync(database);
        var retention = new WebhookRetention(database);
        Assert.Empty((await retention.EndAsync(Ends.AddMilliseconds(-1), Keep, Cancel)).Done);
        Assert.Equal([new EndedDay(new DateOnly(2026, 3, 4), 2)], (await retention.EndAsync(Ends, Keep, Cancel)).Done);
        Assert.Empty((await retention.EndAsync(Ends, Keep, Cancel)).Done);

        var (inbox, reader) = (new DeliveryInbox(database), new GateReader(database));
        var gone = (await reader.DeliveryAsync(old[0].Id, Cancel))!;
        Assert.Equal("its body ended on 2026-06-03 by retention, as that of every webhook of 2026-03-04; its digest stays in the audit log", gone.Gone);
        Assert.Equal((0, 0), (gone.Delivery.Body.Length, gone.Delivery.Headers.Count));
        Assert.False(await inbox.ReplayAsync(old[0].Id, Ends, Cancel));
        Assert.Equal(Acceptance.Duplicate, await inbox.AcceptAsync(old[0], Cancel));
        Same(young, (await reader.DeliveryAsync(young.Id, Cancel))!.Delivery);

        var entry = Assert.Single(await EntriesAsync(database));
        Assert.Contains("\"class\":\"webhooks\",\"count\":2,\"day\":\"2026-03-04\",\"keptDays\":90", entry, StringComparison.Ordinal);
        Assert.Empty((await new AuditReader(database).VerifyAsync(Cancel)).Problems);
        using var session = new Session(database.Dialect.Connect());
        Assert.Equal(1L, session.Scalar("SELECT COUNT(*) FROM delivery_seal"));
        using var keys = new Session(database.Dialect.ConnectKeys());
        Assert.Equal(1L, keys.Scalar("SELECT COUNT(*) FROM subject_key WHERE subject = 'webhooks:2026-03-04' AND wrapped IS NULL AND destroyed_ms IS NOT NULL"));
    }

    [Fact]
    public async Task No_file_holds_a_body_once_its_day_has_ended()
    {
        using var store = new TestStore("sqlite");
        using (var database = store.Open(_clock, new SqliteDialect(store.SqlitePath) { JournalAfter = 1 }))
        {
            // Small ones that share pages, and one that fills some; not compressible, so that each stands as it is somewhere.
            for (var number = 0; number < 200 && database.Intake is { HasJournal: false }; number++)
            {
                await new DeliveryInbox(database).AcceptAsync(Samples.Delivery(10_000 + number, Samples.Noon.AddDays(40)), Cancel);
                await Task.Delay(10, Cancel);
            }

            Delivery[] old = [.. Enumerable.Range(0, 150).Select(number => Samples.Delivery(number, body: Noise(number, number == 70 ? 30_000 : 300)))];
            await TakeInAsync(database, old, DeliveryState.Done, old);
            var traces = await TracesAsync(database);
            Assert.NotEmpty(traces);
            Assert.Equal(traces.Count, ErasureTests.Found(store.Folder, traces).Count);
            await SealAsync(database);
            var ended = await new WebhookRetention(database).EndAsync(Ends, Keep, Cancel);
            Assert.Equal(150, Assert.Single(ended.Done).Bodies);
            Assert.Empty(ErasureTests.Found(store.Folder, traces));
        }

        using var again = store.Open(_clock);
        Assert.Empty(await EntriesAsync(again, AuditTypes.LogRecovered));
    }

    [Fact]
    public async Task No_table_of_the_server_holds_a_body_once_its_day_has_ended()
    {
        using var store = new TestStore("postgres");
        using var database = store.Open(_clock);
        Delivery[] old = [.. Enumerable.Range(0, 50).Select(number => Samples.Delivery(number, body: Noise(number, number == 7 ? 30_000 : 300)))];
        await TakeInAsync(database, old, DeliveryState.Done, old);
        var traces = await TracesAsync(database);
        using var session = new Session(database.Dialect.Connect());
        var folder = PostgresServer.Instance!.TablesOf(
            (long)session.Scalar("SELECT oid::bigint FROM pg_database WHERE datname = current_database()")!);
        session.Execute("CHECKPOINT");
        Assert.SkipUnless(ErasureTests.MayRead(folder), "the server's files belong to somebody else");
        Assert.NotEmpty(ErasureTests.Found(folder, traces));
        await SealAsync(database);
        await new WebhookRetention(database).EndAsync(Ends, Keep, Cancel);
        session.Execute("CHECKPOINT");
        Assert.Empty(ErasureTests.Found(folder, traces));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_day_waits_for_a_webhook_that_waits_and_what_is_late_ends_at_once(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var (walked, replayed) = (Samples.Delivery(1), Samples.Delivery(2));
        await TakeInAsync(database, [walked, replayed], DeliveryState.Dead, walked, replayed);
        await SealAsync(database);
        var (inbox, retention) = (new DeliveryInbox(database), new WebhookRetention(database));
        Assert.True(await inbox.ReplayAsync(replayed.Id, Ends, Cancel));
        Assert.Equal("one of its webhooks waits to be walked", Assert.Single((await retention.EndAsync(Ends, Keep, Cancel)).Waiting).Why);
        Assert.Null((await new GateReader(database).DeliveryAsync(walked.Id, Cancel))!.Gone);
        await WalkAsync(database, DeliveryState.Done, replayed);
        Assert.Single((await retention.EndAsync(Ends, Keep, Cancel)).Done);

        var late = Samples.Delivery(3);
        await TakeInAsync(database, [late], DeliveryState.Done, late);
        Assert.Equal(1, await SealAsync(database));
        Assert.NotNull((await new GateReader(database).DeliveryAsync(late.Id, Cancel))!.Gone);
        Assert.False(await inbox.ReplayAsync(late.Id, Ends, Cancel));
        using var session = new Session(database.Dialect.Connect());
        Assert.Equal(0L, session.Scalar("SELECT COUNT(*) FROM delivery_body"));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_day_that_names_somebody_under_a_legal_hold_stays_and_an_erasure_finds_what_is_sealed(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var story = await ErasureStory.PlayAsync(database);
        var other = Samples.Delivery(2000, body: Body(1));
        await TakeInAsync(database, [other], DeliveryState.Done, other);
        Assert.True(await SealAsync(database) >= 2);
        var (privacy, retention, reader) = (new PrivacyStore(database), new WebhookRetention(database), new GateReader(database));
        await privacy.HoldAsync(story.AuthorRef, isHeld: true, "a_admin1", Samples.Noon, Cancel);
        var waiting = Assert.Single((await retention.EndAsync(Ends, Keep, Cancel)).Waiting);
        Assert.Equal($"one of its webhooks names `{story.AuthorRef}`, who is under a legal hold", waiting.Why);
        await privacy.HoldAsync(story.AuthorRef, isHeld: false, "a_admin1", Samples.Noon, Cancel);

        await privacy.RequestAsync(story.AuthorRef, "gdpr-17-1", "a_admin1", Samples.Noon, Cancel);
        Assert.Equal(1, (await privacy.EraseAsync(story.AuthorRef, "a_admin2", Samples.Noon, Cancel)).Deliveries);
        var erased = (await reader.DeliveryAsync(story.Delivery, Cancel))!;
        Assert.Equal((0, null, "its body is gone: it named somebody who was erased"), (erased.Delivery.Body.Length, erased.Gone, erased.Summary.Note));
        Same(other, (await reader.DeliveryAsync(other.Id, Cancel))!.Delivery);
    }

    [Theory]
    [InlineData("sqlite", false)]
    [InlineData("sqlite", true)]
    [InlineData("postgres", false)]
    [InlineData("postgres", true)]
    public async Task A_step_whose_commit_failed_or_happened_unheard_is_done_by_doing_it_again(string kind, bool happened)
    {
        using var store = new TestStore(kind);
        var faulty = Faulty.Of(store.Dialect);
        using var database = store.Open(_clock, faulty);
        var delivery = Samples.Delivery(1, body: Body(1));
        await TakeInAsync(database, [delivery], DeliveryState.Done, delivery);
        var retention = new WebhookRetention(database);
        faulty.Fail(happened ? Fault.After : Fault.Before);
        if (happened) Assert.Equal(1, await retention.SealAsync(Cancel));
        else await Assert.ThrowsAnyAsync<DbException>(() => retention.SealAsync(Cancel));
        Same(delivery, (await new GateReader(database).DeliveryAsync(delivery.Id, Cancel))!.Delivery);
        if (!happened) Assert.Equal(1, await retention.SealAsync(Cancel));
        Assert.Equal(0, await retention.SealAsync(Cancel));

        faulty.Fail(happened ? Fault.After : Fault.Before);
        if (happened) Assert.Single((await retention.EndAsync(Ends, Keep, Cancel)).Done);
        else await Assert.ThrowsAnyAsync<DbException>(() => retention.EndAsync(Ends, Keep, Cancel));
        Assert.Equal(happened, (await new GateReader(database).DeliveryAsync(delivery.Id, Cancel))!.Gone is not null);
        if (!happened) Assert.Single((await retention.EndAsync(Ends, Keep, Cancel)).Done);
        Assert.Single(await EntriesAsync(database));
    }

    [Fact]
    public async Task A_key_that_is_lost_is_told_and_never_taken_for_an_end()
    {
        using var store = new TestStore("sqlite");
        var delivery = Samples.Delivery(1);
        using (var database = store.Open(_clock))
        {
            await TakeInAsync(database, [delivery], DeliveryState.Done, delivery);
            await SealAsync(database);
        }

        using var other = store.Open(_clock, wrap: new TestWrap(8));
        var (inbox, reader) = (new DeliveryInbox(other), new GateReader(other));
        Assert.Equal("its body cannot be opened: the key of 2026-03-04 is not in `keys.db`, or is another one", (await reader.DeliveryAsync(delivery.Id, Cancel))!.Gone);
        Assert.True(await inbox.ReplayAsync(delivery.Id, Samples.Noon, Cancel));
        Assert.Empty(await inbox.ClaimAsync(9, TimeSpan.FromMinutes(1), Samples.Noon, Cancel));
        var dead = (await reader.DeliveryAsync(delivery.Id, Cancel))!.Summary;
        Assert.Equal(DeliveryState.Dead, dead.State);
        Assert.Contains("cannot be opened", dead.Note, StringComparison.Ordinal);
        var late = Samples.Delivery(2);
        await TakeInAsync(other, [late], DeliveryState.Done, late);
        await Assert.ThrowsAsync<InvalidDataException>(() => SealAsync(other));
        Same(late, (await reader.DeliveryAsync(late.Id, Cancel))!.Delivery);
    }

    [Fact]
    public async Task A_sealed_body_that_was_moved_or_touched_does_not_open()
    {
        using var store = new TestStore("sqlite");
        using var database = store.Open(_clock);
        Delivery[] two = [Samples.Delivery(1, body: Noise(1, 64)), Samples.Delivery(2, body: Noise(2, 64))];
        await TakeInAsync(database, two, DeliveryState.Done, two);
        await SealAsync(database);
        using (var session = new Session(database.Dialect.Connect()))
        {
            session.Execute("UPDATE delivery_seal SET seal = (SELECT seal FROM delivery_seal WHERE delivery_seq = 1) WHERE delivery_seq = 2");
            session.Execute(
                "UPDATE delivery_body SET body = (SELECT body FROM delivery_body WHERE delivery_seq = 1), "
                + "length = (SELECT length FROM delivery_body WHERE delivery_seq = 1) WHERE delivery_seq = 2");
        }

        var reader = new GateReader(database);
        Same(two[0], (await reader.DeliveryAsync(two[0].Id, Cancel))!.Delivery);
        Assert.Contains("cannot be opened", (await reader.DeliveryAsync(two[1].Id, Cancel))!.Gone, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_inbox_is_sealed_in_small_batches_and_nothing_that_waits_is_passed_over()
    {
        using var store = new TestStore("sqlite");
        using var database = store.Open(_clock);
        Delivery[] all = [.. Enumerable.Range(0, 300).Select(number => Samples.Delivery(number))];
        var late = all.Where((_, at) => at % 7 == 3).ToArray();
        await TakeInAsync(database, all, DeliveryState.Done, [.. all.Except(late)]);
        var retention = new WebhookRetention(database);
        var batches = new List<int>();
        while (await retention.SealAsync(Cancel) is > 0 and var count) batches.Add(count);
        Assert.Equal(all.Length - late.Length, batches.Sum());
        Assert.All(batches, count => Assert.InRange(count, 1, 64));
        await WalkAsync(database, DeliveryState.Done, late);
        var more = 0;
        while (await retention.SealAsync(Cancel) is > 0 and var count) more += count;
        Assert.Equal(late.Length, more);
        foreach (var delivery in all) Same(delivery, (await new GateReader(database).DeliveryAsync(delivery.Id, Cancel))!.Delivery);
    }

    internal static async Task TakeInAsync(Database database, Delivery[] deliveries, DeliveryState state, params Delivery[] walked)
    {
        var inbox = new DeliveryInbox(database);
        foreach (var delivery in deliveries) Assert.Equal(Acceptance.Accepted, await inbox.AcceptAsync(delivery, CancellationToken.None));
        await database.SettleAsync();
        await WalkAsync(database, state, walked);
    }

    private static Task<Ports.Recorded> WalkAsync(Database database, DeliveryState state, params Delivery[] walked) => new GateStore(database).RecordAsync(
        new Ports.Record { Deliveries = [.. walked.Select(one => new DeliveryOutcome(one.Id, state, "walked"))], At = Samples.Noon }, CancellationToken.None);

    private static async Task<int> SealAsync(Database database)
    {
        var (retention, all) = (new WebhookRetention(database), 0);
        while (await retention.SealAsync(Cancel) is > 0 and var count) all += count;
        return all;
    }

    private static async Task<List<string>> EntriesAsync(Database database, string type = AuditTypes.RetentionApplied) =>
    [
        .. (await new AuditReader(database).ReadAsync(0, 1000, Cancel)).Select(leaf => Encoding.UTF8.GetString(leaf.Bytes.Span))
            .Where(leaf => leaf.Contains($"\"type\":\"{type}\"", StringComparison.Ordinal)),
    ];

    private static void Same(Delivery expected, Delivery found)
    {
        Assert.Equal(expected.Body.ToArray(), found.Body.ToArray());
        Assert.Equal(expected.Headers.OrderBy(one => one.Key, StringComparer.Ordinal), found.Headers.OrderBy(one => one.Key, StringComparer.Ordinal));
        Assert.Equal((expected.ForgeId, expected.ReceivedAt), (found.ForgeId, found.ReceivedAt));
    }

    private static List<byte[]> Stored(Session session) =>
        session.Query("SELECT body FROM delivery_body UNION ALL SELECT body FROM delivery_seal WHERE body IS NOT NULL", row => row.GetFieldValue<byte[]>(0));

    private static bool Inflates(byte[] bytes, int length)
    {
        try
        {
            return Zlib.Decompress(bytes, length).Length == length;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    /// <summary>What a body looks like in a file: a part of its compressed bytes, as long as none is cut by a page's end.</summary>
    private static async Task<List<byte[]>> TracesAsync(Database database)
    {
        await database.SettleAsync();
        using var session = new Session(database.Dialect.Connect());
        return
        [
            .. session.Query(
                "SELECT b.body FROM delivery d JOIN delivery_body b ON b.delivery_seq = d.seq WHERE d.received_ms < 1772700000000 ORDER BY d.seq",
                row => row.GetFieldValue<byte[]>(0)[40..72]),
        ];
    }

    private static string Body(int number) => $$"""{"number":{{number}},"words":"{{Needle}}"}""";

    private static string Noise(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return $$"""{"noise":"{{Convert.ToBase64String(bytes)}}"}""";
    }
}
