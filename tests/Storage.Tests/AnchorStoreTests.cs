using GitOpsGate.Ports;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Storage.Tests;

/// <summary>Anchors: only ever added to, and found by what they cover; on both databases.</summary>
public class AnchorStoreTests
{
    private readonly ManualTimeProvider _clock = new(Samples.Noon);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task What_was_anchored_is_there_after_a_restart(string kind)
    {
        using var store = new TestStore(kind);
        var (commit, stamp) = (Of(7, AnchorKind.Git, 1), Of(9, AnchorKind.Timestamp, 2));
        using (var database = store.Open(_clock))
        {
            var anchors = new AnchorStore(database);
            Assert.Empty(await anchors.NewestAsync(10, Cancel));
            Assert.Null(await anchors.LastAsync(AnchorKind.Git, Cancel));
            Assert.Null(await anchors.CoveringAsync(AnchorKind.Git, 0, 100, Cancel));
            await anchors.AddAsync(commit, Cancel);
            await anchors.AddAsync(stamp, Cancel);
            await anchors.AddAsync(commit, Cancel);
        }

        using (var database = store.Open(_clock))
        {
            var anchors = new AnchorStore(database);
            var newest = await anchors.NewestAsync(10, Cancel);
            Assert.Equal([AnchorKind.Timestamp, AnchorKind.Git], newest.Select(one => one.Kind));
            Assert.Equal(stamp.Proof!.Value.ToArray(), newest[0].Proof!.Value.ToArray());
            Assert.Equal(commit, newest[1]);
            Assert.Single(await anchors.NewestAsync(1, Cancel));
            Assert.Equal(commit, await anchors.LastAsync(AnchorKind.Git, Cancel));
        }
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task The_first_one_that_covers_an_entry_is_found_or_else_the_one_that_covers_most(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var anchors = new AnchorStore(database);
        foreach (var size in (long[])[10, 20, 30]) await anchors.AddAsync(Of(size, AnchorKind.Timestamp, (int)size), Cancel);
        await anchors.AddAsync(Of(20, AnchorKind.Timestamp, 40), Cancel);
        Assert.Equal(Of(20, AnchorKind.Timestamp, 20).At, (await CoveringAsync(11, 100))!.At);
        Assert.Equal(10, (await CoveringAsync(10, 100))!.Size);
        Assert.Equal(30, (await CoveringAsync(31, 100))!.Size);
        Assert.Equal(20, (await CoveringAsync(25, 29))!.Size);
        Assert.Null(await CoveringAsync(5, 9));
        Assert.Null(await anchors.CoveringAsync(AnchorKind.Git, 1, 100, Cancel));

        Task<Anchor?> CoveringAsync(long end, long size) => anchors.CoveringAsync(AnchorKind.Timestamp, end, size, Cancel);
    }

    [Theory]
    [InlineData("sqlite", "UPDATE audit_anchor SET ref = 'x'")]
    [InlineData("sqlite", "DELETE FROM audit_anchor")]
    [InlineData("postgres", "UPDATE audit_anchor SET ref = 'x'")]
    [InlineData("postgres", "DELETE FROM audit_anchor")]
    [InlineData("postgres", "TRUNCATE audit_anchor")]
    public async Task Nothing_is_changed_or_taken_away(string kind, string sql)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        await new AnchorStore(database).AddAsync(Of(7, AnchorKind.Git, 1), Cancel);
        using var session = new Session(database.Dialect.Connect());
        var refusal = Assert.ThrowsAny<System.Data.Common.DbException>(() => session.Execute(sql));
        Assert.Contains("append-only", refusal.Message, StringComparison.Ordinal);
    }

    private static Anchor Of(long size, AnchorKind kind, int minutes) => new(
        size, kind, Samples.Noon.AddMinutes(minutes), $"ref-{size}", $"note of {size}\n", kind == AnchorKind.Git ? default(ReadOnlyMemory<byte>?) : new byte[] { 1, 2, (byte)size });
}
