using System.Data.Common;
using GitOpsGate.Ports;
using GitOpsGate.Storage.Intake;
using GitOpsGate.Storage.Privacy;
using GitOpsGate.Storage.Reading;
using GitOpsGate.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Xunit;
using Record = GitOpsGate.Ports.Record;

namespace GitOpsGate.Storage.Tests;

/// <summary>The disk or the server fails: before the commit, and after it, when nobody says that it happened.</summary>
public class FaultTests
{
    private readonly ManualTimeProvider _clock = new(Samples.Noon);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_commit_that_failed_leaves_nothing_and_the_next_one_works(string kind)
    {
        using var store = new TestStore(kind);
        var faulty = Faulty.Of(store.Dialect);
        using var database = store.Open(_clock, faulty);
        var (inbox, gate) = (new DeliveryInbox(database), new GateStore(database));
        await gate.RecordAsync(Plain(1), Cancel);

        faulty.Fail(Fault.Before);
        Assert.Equal(Acceptance.Full, await inbox.AcceptAsync(Samples.Delivery(1), Cancel));
        faulty.Fail(Fault.Before);
        await Assert.ThrowsAnyAsync<DbException>(() => gate.RecordAsync(Plain(2), Cancel));

        Assert.Equal(Acceptance.Accepted, await inbox.AcceptAsync(Samples.Delivery(1), Cancel));
        Assert.Equal(1, (await gate.RecordAsync(Plain(2), Cancel)).FirstIndex);
        await VerifyAsync(database, 2);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_commit_that_happened_though_it_was_reported_as_failed_is_told_as_what_it_is(string kind)
    {
        using var store = new TestStore(kind);
        var faulty = Faulty.Of(store.Dialect);
        using var database = store.Open(_clock, faulty);
        var (inbox, gate) = (new DeliveryInbox(database), new GateStore(database));

        faulty.Fail(Fault.After);
        Assert.Equal(Acceptance.Accepted, await inbox.AcceptAsync(Samples.Delivery(1), Cancel));
        faulty.Fail(Fault.After);
        Assert.Equal(0, (await gate.RecordAsync(Plain(1), Cancel)).FirstIndex);

        Assert.Equal(1, (await gate.RecordAsync(Plain(2), Cancel)).FirstIndex);
        Assert.Equal(Acceptance.Duplicate, await inbox.AcceptAsync(Samples.Delivery(1), Cancel));
        await VerifyAsync(database, 2);
    }

    [Fact]
    public async Task A_full_disk_is_told_as_full_and_the_inbox_works_again_when_there_is_room()
    {
        using var store = new TestStore("sqlite");
        using var database = store.Open(_clock);
        var inbox = new DeliveryInbox(database);
        await database.Writer.WriteAsync(session => session.Sql.Scalar("PRAGMA max_page_count = 200"), Cancel);

        var accepted = 0;
        var last = Acceptance.Accepted;
        for (var number = 0; number < 200 && last == Acceptance.Accepted; number++)
        {
            last = await inbox.AcceptAsync(Samples.Delivery(number, body: Noise(number)), Cancel);
            if (last == Acceptance.Accepted) accepted++;
        }

        Assert.Equal(Acceptance.Full, last);
        Assert.Equal(accepted, (await new GateReader(database).CountsAsync(Cancel)).Deliveries[DeliveryState.Waiting]);
        Assert.Equal(Acceptance.Accepted, await inbox.AcceptAsync(Samples.Delivery(1000), Cancel));
    }

    [Fact]
    public async Task A_writer_that_finds_another_ones_entries_goes_on_after_them()
    {
        using var store = new TestStore("sqlite");
        using var one = store.Open(_clock);
        using var other = store.Open(_clock);

        for (var number = 0; number < 300; number++)
            Assert.Equal(number, (await new GateStore(number % 3 == 0 ? one : other).RecordAsync(Plain(number), Cancel)).FirstIndex);

        await VerifyAsync(one, 300);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Two_writers_at_once_make_one_log_and_never_two(string kind)
    {
        const int Each = 60;
        using var store = new TestStore(kind);
        using var one = store.Open(_clock);
        using var other = store.Open(_clock);

        var placed = await Task.WhenAll(Enumerable.Range(0, 4).Select(at => Task.Run(() => WriteAsync(at % 2 == 0 ? one : other, at * Each, Each))));

        // Whoever was told a place has it alone; who was refused has none, and no place is empty.
        var indices = placed.SelectMany(some => some).Order().ToArray();
        Assert.Equal(Enumerable.Range(0, indices.Length).Select(index => (long)index), indices);
        Assert.InRange(indices.Length, 2 * Each, 4 * Each);
        await VerifyAsync(one, indices.Length);
        await VerifyAsync(other, indices.Length);
    }

    private static async Task<List<long>> WriteAsync(Database database, int first, int count)
    {
        var placed = new List<long>();
        for (var number = first; number < first + count; number++)
        {
            try
            {
                placed.Add((await new GateStore(database).RecordAsync(Plain(number), Cancel)).FirstIndex);
            }
            catch (DbException)
            {
                // Refused: the other one held the database for too long. Nothing of it may be in the log.
            }
        }

        return placed;
    }

    private static async Task VerifyAsync(Database database, long size)
    {
        var verification = await new AuditReader(database).VerifyAsync(Cancel);
        Assert.Empty(verification.Problems);
        Assert.Equal(size, verification.Size);
    }

    private static Record Plain(int number) => new()
    {
        Change = Samples.Change(number),
        Entries = [Samples.Entry(populations: "deploy:prod")],
        At = Samples.Noon,
    };

    // Hex of chance: it does not compress to nothing, and pages fill.
    private static string Noise(int seed)
    {
        var bytes = new byte[20_000];
        new Random(seed).NextBytes(bytes);
        return Convert.ToHexString(bytes);
    }
}

internal enum Fault
{
    None,
    Before,
    After,
}

/// <summary>A dialect whose next commit fails, or every one, before or after it happened.</summary>
internal sealed class Faulty(Dialect inner) : Dialect
{
    private Fault _next;
    private bool _always;

    public override string Name => inner.Name;

    public static Faulty Of(Dialect dialect) => new(dialect);

    /// <param name="always">Every commit from now on, and not only the next.</param>
    public void Fail(Fault fault, bool always = false) => (_next, _always) = (fault, always);

    public override DbConnection Connect() => inner.Connect();

    public override DbConnection ConnectKeys() => inner.ConnectKeys();

    public override void Wipe() => inner.Wipe();

    public override void Seal(Session session, long delivery, StoredBody locked) => inner.Seal(session, delivery, locked);

    public override void WipeBodies() => inner.WipeBodies();

    public override DbTransaction Begin(DbConnection connection) => inner.Begin(connection);

    public override void Commit(DbTransaction transaction)
    {
        var fault = _next;
        if (!_always) _next = Fault.None;
        if (fault != Fault.Before) base.Commit(transaction);
        if (fault != Fault.None) throw new SqliteException("disk I/O error", 10);
    }

    public override void Insert(Session session, IReadOnlyList<InboxInsert> inserts) => inner.Insert(session, inserts);

    public override bool IsKnown(Session session, UInt128 key) => inner.IsKnown(session, key);

    public override void Committed(Session session) => inner.Committed(session);

    public override void Rest(Session session) => inner.Rest(session);

    public override IntakeFiles? OpenIntake(Session session, ILogger log) => inner.OpenIntake(session, log);

    public override void Use(Microsoft.EntityFrameworkCore.DbContextOptionsBuilder options) => inner.Use(options);
}
