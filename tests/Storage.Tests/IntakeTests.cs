using GitOpsGate.Ports;
using GitOpsGate.Storage.Intake;
using GitOpsGate.Storage.Reading;
using GitOpsGate.Testing;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace GitOpsGate.Storage.Tests;

/// <summary>Deliveries that are in the journal before they are in the database: whatever fails in between, none is lost and none is there twice.</summary>
public sealed class IntakeTests : IDisposable
{
    private readonly ManualTimeProvider _clock = new(Samples.Noon);
    private readonly TestStore _store = new("sqlite");
    private Action<SafeFileHandle> _flush = Flushing.Flush;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Journal => _store.SqlitePath + "-intake-a";

    private string Other => _store.SqlitePath + "-intake-b";

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task A_quiet_gateway_has_no_journal_and_a_busy_one_makes_it()
    {
        using (var database = _store.Open(_clock))
        {
            await SendAsync(database, 0, 10);
            Assert.False(File.Exists(Journal));
            await UntilJournalAsync(database);
        }

        Assert.Equal(JournalSegment.Capacity, new FileInfo(Journal).Length);
        Assert.Equal(JournalSegment.Capacity, new FileInfo(Other).Length);
    }

    [Fact]
    public async Task What_was_acknowledged_is_read_at_once()
    {
        using var database = await OpenWithJournalAsync();
        foreach (var number in Enumerable.Range(1000, 50))
        {
            var delivery = Samples.Delivery(number);
            Assert.Equal(Acceptance.Accepted, await new DeliveryInbox(database).AcceptAsync(delivery, Cancel));
            Assert.NotNull(await new GateReader(database).DeliveryAsync(delivery.Id, Cancel));
        }
    }

    [Fact]
    public async Task What_the_journal_holds_is_in_the_database_after_the_next_start_byte_for_byte_and_once()
    {
        var given = Samples.Delivery(1001, body: new string('ü', 3000)) with { Event = "" };
        // The commits fail, as on a full disk: what was acknowledged is in the journal alone.
        var faulty = Stuck();
        var former = await OpenWithJournalAsync(faulty);
        faulty.Fail(Fault.Before, always: true);
        Assert.Equal(Acceptance.Accepted, await new DeliveryInbox(former).AcceptAsync(given, Cancel));
        former.Dispose();

        for (var start = 0; start < 3; start++)
        {
            using var database = _store.Open(_clock);
            var stored = (await new GateReader(database).DeliveryAsync(given.Id, Cancel))!.Delivery;
            Assert.Equal(given.Body.ToArray(), stored.Body.ToArray());
            Assert.Equal(given with { Body = default, Headers = given.Headers }, stored with { Body = default, Headers = given.Headers });
            Assert.Equal(given.Headers, stored.Headers);
            Assert.Equal([Acceptance.Duplicate], await SendAsync(database, 1001, 1));
        }
    }

    [Fact]
    public async Task A_database_that_fails_makes_the_door_refuse_and_what_was_acknowledged_comes_in_later()
    {
        var faulty = Stuck();
        using var database = await OpenWithJournalAsync(faulty);
        faulty.Fail(Fault.Before, always: true);
        Assert.Equal([Acceptance.Accepted], await SendAsync(database, 1001, 1));
        await database.SettleAsync();
        Assert.Equal([Acceptance.Full], await SendAsync(database, 1002, 1));

        faulty.Fail(Fault.None);
        Assert.Equal([Acceptance.Duplicate, Acceptance.Accepted], [.. await SendAsync(database, 1001, 1), .. await SendAsync(database, 1002, 1)]);
        var claimed = await new DeliveryInbox(database).ClaimAsync(9, TimeSpan.FromMinutes(1), Samples.Noon.AddMinutes(1), Cancel);
        Assert.Equal(["guid-1001", "guid-1002"], claimed.Select(one => one.Delivery.ForgeId).Where(id => id.Length == 9));
    }

    [Theory]
    [InlineData("failed")]
    [InlineData("failed, but it happened")]
    public async Task A_flush_that_fails_costs_no_delivery(string how)
    {
        var flushes = 0;
        using (var database = await OpenWithJournalAsync())
        {
            _flush = file =>
            {
                flushes++;
                if (how != "failed") Flushing.Flush(file);
                throw new IOException("input/output error");
            };
            Assert.All(await SendAsync(database, 1001, 5), answer => Assert.Equal(Acceptance.Accepted, answer));
            Assert.All(await SendAsync(database, 1001, 5), answer => Assert.Equal(Acceptance.Duplicate, answer));
        }

        // Once failed, it is left alone: what stands behind a broken flush could never be told from what does not.
        Assert.Equal(1, flushes);
        _flush = Flushing.Flush;
        using var again = _store.Open(_clock, new SqliteDialect(_store.SqlitePath) { Flush = file => _flush(file) });
        Assert.All(await SendAsync(again, 1001, 5), answer => Assert.Equal(Acceptance.Duplicate, answer));
        Assert.Equal([Acceptance.Accepted], await SendAsync(again, 1006, 1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(200)]
    public async Task A_journal_that_was_cut_within_a_delivery_gives_those_before_it(int cut)
    {
        var ends = new List<int>();
        var faulty = Stuck();
        var former = await OpenWithJournalAsync(faulty);
        faulty.Fail(Fault.Before, always: true);
        var inbox = new DeliveryInbox(former);
        var all = Enumerable.Range(2000, 20).Select(number => inbox.AcceptAsync(Samples.Delivery(number), Cancel)).ToArray();
        var accepted = (await Task.WhenAll(all)).Count(answer => answer == Acceptance.Accepted);
        former.Dispose();
        Assert.InRange(accepted, 1, 20);

        // In the journal are those of before, too; they are in the database already.
        var bytes = await File.ReadAllBytesAsync(Journal, Cancel);
        for (var at = 0; BitConverter.ToInt32(bytes, at + 24) is > 0 and var length && at < 100_000; at += JournalSegment.FrameHead + length) ends.Add(at);
        // The last one that counts loses some of its bytes, as when the power went while it was written.
        var whole = ends.Count(at => BitConverter.ToInt64(bytes, at + 16) == BitConverter.ToInt64(bytes, 16));
        var last = ends[whole - 1];
        bytes.AsSpan(last + cut, JournalSegment.FrameHead).Clear();
        await File.WriteAllBytesAsync(Journal, bytes, Cancel);

        using var database = _store.Open(_clock);
        var claimed = await new DeliveryInbox(database).ClaimAsync(5000, TimeSpan.FromMinutes(1), Samples.Noon.AddMinutes(1), Cancel);
        Assert.Equal(accepted - 1, claimed.Count(one => int.Parse(one.Delivery.ForgeId["guid-".Length..]) is >= 2000 and < 10_000));
    }

    [Fact]
    public async Task The_two_files_take_turns_and_every_delivery_is_in_the_database()
    {
        const int Count = 600;
        var noise = new Random(5);
        using var database = await OpenWithJournalAsync();
        var inbox = new DeliveryInbox(database);
        for (var number = 0; number < Count; number++)
        {
            // Fifty kilobytes that do not compress: some 30 MB, four times what one file holds.
            var bytes = new byte[50_000];
            noise.NextBytes(bytes);
            Assert.Equal(Acceptance.Accepted, await inbox.AcceptAsync(Samples.Delivery(5000 + number) with { Body = bytes }, Cancel));
        }

        await database.SettleAsync();
        using var session = new Session(database.Dialect.Connect());
        Assert.Equal((long)Count, session.Scalar("SELECT count(*) FROM delivery d JOIN delivery_body b ON b.delivery_seq = d.seq WHERE b.length = 50000"));
    }

    [Fact]
    public async Task A_delivery_too_large_for_the_journal_is_committed_at_once()
    {
        var bytes = new byte[IntakeJournal.DeliveryLimit + 1];
        new Random(5).NextBytes(bytes);
        using var database = await OpenWithJournalAsync();
        Assert.Equal(Acceptance.Accepted, await new DeliveryInbox(database).AcceptAsync(Samples.Delivery(1001) with { Body = bytes }, Cancel));
        using var session = new Session(database.Dialect.Connect());
        Assert.Equal(1L, session.Scalar("SELECT count(*) FROM delivery WHERE forge_id = 'guid-1001'"));
    }

    [Fact]
    public async Task A_journal_of_another_form_stops_the_start_and_says_which_file()
    {
        (await OpenWithJournalAsync()).Dispose();
        var frame = new byte[JournalSegment.FrameHead + 40];
        frame[JournalSegment.FrameHead] = 99;
        JournalSegment.Seal(frame, 1_000_000);
        await using (var file = File.OpenWrite(Journal)) await file.WriteAsync(frame, Cancel);

        Assert.Contains("its form is `99`", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_journal_whose_file_was_cut_stops_the_start_and_says_what_to_do()
    {
        (await OpenWithJournalAsync()).Dispose();
        await using (var file = File.OpenWrite(Other)) file.SetLength(1000);

        var refusal = Refusal();
        Assert.Contains($"`{Other}` has 1000 bytes where {JournalSegment.Capacity} would be right", refusal, StringComparison.Ordinal);
        Assert.Contains($"To start without them, move `{Journal}` and `{Other}` away", refusal, StringComparison.Ordinal);
        File.Move(Journal, Journal + ".old");
        File.Move(Other, Other + ".old");
        using var database = await OpenWithJournalAsync();
    }

    [Fact]
    public async Task A_journal_that_was_closed_in_good_order_holds_nothing()
    {
        (await OpenWithJournalAsync()).Dispose();
        (await OpenWithJournalAsync()).Dispose();
        using var journal = IntakeJournal.Open(_store.SqlitePath, Flushing.Flush, out var held);
        Assert.NotNull(journal);
        Assert.Empty(held);
    }

    [Fact]
    public async Task Of_the_same_delivery_sent_by_many_at_once_one_is_accepted()
    {
        using var database = await OpenWithJournalAsync();
        var inbox = new DeliveryInbox(database);
        for (var turn = 0; turn < 20; turn++)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(number => Task.Run(
                () => inbox.AcceptAsync(Samples.Delivery(1000 + turn) with { Id = Samples.Delivery(number).Id }, Cancel))));
            Assert.Single(answers, Acceptance.Accepted);
            Assert.Equal(39, answers.Count(answer => answer == Acceptance.Duplicate));
        }
    }

    private string Refusal() => Assert.Throws<IOException>(() => _store.Open(_clock)).Message;

    private static Task<Acceptance[]> SendAsync(Database database, int from, int count)
    {
        var inbox = new DeliveryInbox(database);
        return Task.WhenAll(Enumerable.Range(from, count).Select(number => inbox.AcceptAsync(
            Samples.Delivery(number) with { Id = new(Guid.CreateVersion7(Samples.Noon)) }, Cancel)));
    }

    private Faulty Stuck() => Faulty.Of(new SqliteDialect(_store.SqlitePath) { Flush = file => _flush(file) });

    /// <summary>Opens a database whose journal is in use.</summary>
    private async Task<Database> OpenWithJournalAsync(Dialect? dialect = null)
    {
        var database = _store.Open(_clock, dialect ?? new SqliteDialect(_store.SqlitePath) { Flush = file => _flush(file) });
        await UntilJournalAsync(database);
        return database;
    }

    /// <summary>Sends deliveries until the journal is there.</summary>
    private static async Task UntilJournalAsync(Database database)
    {
        for (var number = 10_000; !database.Intake!.HasJournal; number++)
        {
            Assert.True(number < 100_000, "the journal should be in use by now");
            await SendAsync(database, number, 1);
        }

        await database.SettleAsync();
    }
}
