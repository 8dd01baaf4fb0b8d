using System.Text;
using GitOpsGate.Audit;
using GitOpsGate.Ports;
using GitOpsGate.Storage.Privacy;
using GitOpsGate.Storage.Reading;
using GitOpsGate.Testing;
using Xunit;
using Record = GitOpsGate.Ports.Record;

namespace GitOpsGate.Storage.Tests.Privacy;

/// <summary>What is personal in an entry is committed to in the leaf, kept in a box beside it, and opened with one person's key.</summary>
public class SealedSectionTests
{
    private const string Why = "Alice is on holiday and the shop is down";
    private readonly ManualTimeProvider _clock = new(Samples.Noon);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_reason_stands_in_no_leaf_and_opens_as_it_was_said(string kind)
    {
        using var store = new TestStore(kind);
        using (var database = store.Open(_clock)) await RecordAsync(database, Why, "a_1", "a_1", "a_2");

        // The keys outlive the process.
        using var again = store.Open(_clock);
        var leaves = await new AuditReader(again).ReadAsync(0, 10, Cancel);
        Assert.Equal(3, leaves.Length);
        Assert.All(leaves, leaf => Assert.DoesNotContain("Alice", Encoding.UTF8.GetString(leaf.Bytes.Span), StringComparison.Ordinal));
        var opened = await new SealedSections(again).OpenAsync(leaves, Cancel);
        Assert.Equal(["actor", "reason", "actor", "reason", "actor", "reason"], opened.Select(one => one.Section.Name));
        Assert.Equal([0, 0, 1, 1, 2, 2], opened.Select(one => one.Index));
        Assert.All(opened.Where(one => one.Section.Name == "reason"), one => Assert.Equal(Why, TextOf(one)));
        var keys = opened.Select(one => one.Section.KeyId).ToArray();
        Assert.Equal(2, keys.Distinct().Count());
        Assert.Equal(keys[0], keys[2]);
        Assert.Equal(6, opened.Select(one => one.Section.Commitment).Distinct().Count());
        Assert.All(opened, one => Assert.Equal(Encoding.UTF8.GetByteCount(TextOf(one)!), one.Section.Length));
        Assert.Empty((await new AuditReader(again).VerifyAsync(Cancel)).Problems);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_destroyed_key_opens_nothing_and_never_comes_back(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        await RecordAsync(database, Why, "a_1", "a_2");
        var id = database.Keys.Destroy("a_1");
        Assert.Equal(id, database.Keys.Destroy("a_1"));
        Assert.Null(database.Keys.Destroy("a_9"));
        // What still comes in under the reference is locked with a key that nobody keeps.
        await RecordAsync(database, Why, "a_1");
        var opened = await new SealedSections(database).OpenAsync(await new AuditReader(database).ReadAsync(0, 10, Cancel), Cancel);
        Assert.Equal(["erased", "erased", "", "", "erased", "erased"], opened.Select(one => one.Withheld));
        Assert.All(opened.Where(one => one.Index != 1), one => Assert.Null(one.Disclosure));
        Assert.Equal(Why, TextOf(opened[3]));
    }

    [Fact]
    public async Task A_box_that_was_changed_or_moved_is_damaged()
    {
        using var store = new TestStore("sqlite");
        using var database = store.Open(_clock);
        await RecordAsync(database, Why, "a_1", "a_1");
        using (var session = new Session(database.Dialect.Connect()))
        {
            session.Execute("UPDATE audit_sealed SET box = (SELECT box FROM audit_sealed WHERE seq = 1 AND name = 'reason') WHERE seq = 0 AND name = 'reason'");
        }

        var opened = await new SealedSections(database).OpenAsync(await new AuditReader(database).ReadAsync(0, 10, Cancel), Cancel);
        Assert.Equal(["", OpenedSection.Damaged, "", ""], opened.Select(one => one.Withheld));
    }

    [Fact]
    public async Task Keys_lie_wrapped_in_a_file_of_their_own_that_only_its_owner_reads()
    {
        using var store = new TestStore("sqlite");
        using (var database = store.Open(_clock)) await RecordAsync(database, Why, "a_1");
        var file = Path.Combine(store.Folder, "keys.db");
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        using (var session = new Session(store.Dialect.ConnectKeys()))
            Assert.Equal(1L, session.Scalar("SELECT count(*) FROM subject_key WHERE subject = 'a_1' AND length(wrapped) = 60"));

        // Another gateway's key, or another id: nothing unwraps, and nothing is sealed with a key that could never be opened.
        using var stranger = store.Open(_clock, wrap: new TestWrap(8));
        var leaves = await new AuditReader(stranger).ReadAsync(0, 1, Cancel);
        Assert.All(await new SealedSections(stranger).OpenAsync(leaves, Cancel), one => Assert.Null(one.Disclosure));
        await Assert.ThrowsAsync<InvalidDataException>(() => RecordAsync(stranger, Why, "a_1"));
    }

    [Fact]
    public async Task Nothing_personal_is_recorded_where_nothing_can_be_sealed()
    {
        using var store = new TestStore("sqlite");
        using var database = Database.Open(store.Dialect, _clock, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);
        await Assert.ThrowsAsync<InvalidOperationException>(() => RecordAsync(database, Why, "a_1"));
        await new GateStore(database).RecordAsync(new Record { Entries = [Samples.Entry()], At = Samples.Noon }, Cancel);
        Assert.Equal(1, (await new AuditReader(database).HeadAsync(Cancel)).Size);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_commit_that_failed_leaves_no_box_and_one_that_happened_leaves_it(string kind)
    {
        using var store = new TestStore(kind);
        var faulty = Faulty.Of(store.Dialect);
        using var database = store.Open(_clock, faulty);
        faulty.Fail(Fault.Before);
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => RecordAsync(database, Why, "a_1"));
        using (var session = new Session(database.Dialect.Connect())) Assert.Null(session.Scalar("SELECT 1 FROM audit_sealed"));
        faulty.Fail(Fault.After);
        await RecordAsync(database, Why, "a_1");
        var opened = await new SealedSections(database).OpenAsync(await new AuditReader(database).ReadAsync(0, 10, Cancel), Cancel);
        Assert.Equal([Why], opened.Where(one => one.Section.Name == "reason").Select(TextOf));
    }

    private static string? TextOf(OpenedSection one) =>
        one.Disclosure is { } disclosure ? Encoding.UTF8.GetString(disclosure.Span[Commitment.SaltLength..]) : null;

    private static Task<Recorded> RecordAsync(Database database, string reason, params string[] people) => new GateStore(database).RecordAsync(
        new Record
        {
            Entries =
            [
                .. people.Select(person => Samples.Entry(AuditTypes.OverrideUsed) with
                {
                    Personal = [new PersonalText(PersonalText.Reason, person, reason), new PersonalText(PersonalText.Actor, person, $"login of {person}")],
                }),
            ],
            At = Samples.Noon,
        },
        Cancel);
}
