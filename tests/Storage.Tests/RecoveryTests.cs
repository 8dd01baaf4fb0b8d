using System.Collections.Immutable;
using System.Text;
using GitOpsGate.Audit;
using GitOpsGate.Storage.Reading;
using GitOpsGate.Testing;
using Xunit;
using Record = GitOpsGate.Ports.Record;

namespace GitOpsGate.Storage.Tests;

/// <summary>Entries that a log has lost come back byte for byte, and only as what comes next.</summary>
public class RecoveryTests
{
    private readonly ManualTimeProvider _clock = new(Samples.Noon);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Restored_entries_make_the_same_log_and_it_goes_on(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        await AppendAsync(database, 10);
        var tenant = LeafFields.Read((await new AuditReader(database).ReadAsync(0, 1, Cancel))[0].Bytes).Tenant;
        var lost = Enumerable.Range(10, 600).Select(index => Leaf(index, tenant, index + 1)).ToArray();
        foreach (var page in lost.Chunk(250)) await new LogRecoveryStore(database).RestoreAsync([.. page], null, Cancel);
        await AppendAsync(database, 5);
        var verification = await new AuditReader(database).VerifyAsync(Cancel);
        Assert.Empty(verification.Problems);
        Assert.Equal(615, verification.Size);
        var leaves = await new AuditReader(database).ReadAsync(10, 600, Cancel);
        Assert.Equal(lost.Select(leaf => Encoding.UTF8.GetString(leaf.Span)), leaves.Select(leaf => Encoding.UTF8.GetString(leaf.Bytes.Span)));
        var next = LeafFields.Read((await new AuditReader(database).ReadAsync(610, 1, Cancel))[0].Bytes);
        Assert.Equal(611, next.Numbers["deploy:prod"]);
    }

    public static TheoryData<string, string> Wrongs => new()
    {
        { "number", "entry 11 cannot be the next one: 10 would be right" },
        { "tenant", "entry 10 is of `t_other`" },
        { "time", "the time of entry 10 lies before" },
        { "counter", "entry 10 has the number 13 of `deploy:prod`, 11 would be right" },
        { "no entry", "these bytes are no entry" },
    };

    [Theory]
    [MemberData(nameof(Wrongs))]
    public async Task What_does_not_follow_is_refused_with_all_that_came_with_it(string wrong, string said)
    {
        using var store = new TestStore("sqlite");
        using var database = store.Open(_clock);
        await AppendAsync(database, 9);
        var tenant = LeafFields.Read((await new AuditReader(database).ReadAsync(0, 1, Cancel))[0].Bytes).Tenant;
        var bad = wrong switch
        {
            "number" => Leaf(11, tenant, 11),
            "tenant" => Leaf(10, "t_other", 11),
            "time" => Leaf(10, tenant, 11, -1),
            "counter" => Leaf(10, tenant, 13),
            _ => "{}"u8.ToArray(),
        };
        var trouble = await Assert.ThrowsAsync<InvalidDataException>(
            () => new LogRecoveryStore(database).RestoreAsync([Leaf(9, tenant, 10), bad], Samples.Entry(), Cancel));
        Assert.Contains(said, trouble.Message, StringComparison.Ordinal);
        await AppendAsync(database, 1);
        var verification = await new AuditReader(database).VerifyAsync(Cancel);
        Assert.Empty(verification.Problems);
        Assert.Equal(10, verification.Size);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_log_has_the_name_that_its_newest_opening_gives_it(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var reader = new AuditReader(database);
        Assert.Null(await reader.OriginAsync(Cancel));
        await AppendAsync(database, 3);
        var first = await reader.OriginAsync(Cancel);
        Assert.StartsWith("gitopsgate/audit/t_", first, StringComparison.Ordinal);
        foreach (var name in (string[])["/e2", "/e3"])
        {
            var opened = Samples.Entry(AuditTypes.LogOpened) with { Attributes = AuditDraft.NoAttributes.Add("origin", first + name) };
            await new GateStore(database).RecordAsync(new Record { Entries = [opened, Samples.Entry()], At = Samples.Noon }, Cancel);
            Assert.Equal(first + name, await reader.OriginAsync(Cancel));
        }

        Assert.Equal([3, 5], (await new LogMilestones(database).MilestonesAsync(Cancel)).Select(leaf => leaf.Index));
        Assert.Empty((await reader.VerifyAsync(Cancel)).Problems);
    }

    private static async Task AppendAsync(Database database, int count) => await new GateStore(database).RecordAsync(
        new Record { Entries = [.. Enumerable.Range(0, count).Select(_ => Samples.Entry(populations: "deploy:prod"))], At = Samples.Noon }, Cancel);

    private static ReadOnlyMemory<byte> Leaf(int index, string tenant, long number, int seconds = 1)
    {
        var at = Samples.Noon.AddSeconds(seconds < 0 ? seconds : index);
        var numbers = ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal).Add("deploy:prod", number);
        var chance = Enumerable.Repeat((byte)(index % 256), Ulid.ChanceLength).ToArray();
        return new PlacedEntry(index, Ulid.Create(at, chance), at, tenant, Samples.Entry(correlation: $"hub:acme/shop#{index}"), numbers).ToBytes();
    }
}
