using GitOpsGate.Ports;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Storage.Tests;

/// <summary>The cursors of sinks: forward alone, in one gateway's hands, and the same after a restart; on both databases.</summary>
public class SinkStoreTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);
    private readonly ManualTimeProvider _clock = new(Samples.Noon);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_cursor_moves_by_what_was_promised_and_outlives_a_restart(string kind)
    {
        using var store = new TestStore(kind);
        using (var database = store.Open(_clock))
        {
            var sinks = new SinkStore(database);
            Assert.Equal(new SinkCursor(0, null, null), await sinks.TakeAsync("siem", "one", Samples.Noon, Lease, Cancel));
            Assert.True(await sinks.PromiseAsync("siem", "one", 5, Cancel));
            Assert.True(await sinks.MoveAsync("siem", "one", 5, Samples.Noon, Cancel));
            Assert.True(await sinks.PromiseAsync("siem", "one", 9, Cancel));
        }

        using (var database = store.Open(_clock))
        {
            var sinks = new SinkStore(database);
            Assert.Equal(new SinkCursor(5, 9, Samples.Noon), await sinks.TakeAsync("siem", "one", Samples.Noon, Lease, Cancel));
            // What was promised stays what it was, and only that can be acknowledged.
            Assert.False(await sinks.PromiseAsync("siem", "one", 12, Cancel));
            Assert.True(await sinks.PromiseAsync("siem", "one", 9, Cancel));
            Assert.False(await sinks.MoveAsync("siem", "one", 12, Samples.Noon, Cancel));
            Assert.True(await sinks.MoveAsync("siem", "one", 9, Samples.Noon.AddMinutes(1), Cancel));
            Assert.False(await sinks.MoveAsync("siem", "one", 9, Samples.Noon, Cancel));
            Assert.False(await sinks.PromiseAsync("siem", "one", 9, Cancel));
            Assert.Equal(new SinkCursor(9, null, Samples.Noon.AddMinutes(1)), await sinks.TakeAsync("siem", "one", Samples.Noon, Lease, Cancel));
            Assert.Equal(new SinkCursor(0, null, null), await sinks.TakeAsync("disk", "one", Samples.Noon, Lease, Cancel));
        }
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Another_gateway_has_it_only_once_the_lease_is_over_and_the_first_one_can_do_nothing_then(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var sinks = new SinkStore(database);
        await sinks.TakeAsync("siem", "one", Samples.Noon, Lease, Cancel);
        await sinks.PromiseAsync("siem", "one", 5, Cancel);
        Assert.Null(await sinks.TakeAsync("siem", "two", Samples.Noon + Lease - TimeSpan.FromSeconds(1), Lease, Cancel));
        Assert.False(await sinks.PromiseAsync("siem", "two", 5, Cancel));
        Assert.Equal(new SinkCursor(0, 5, null), await sinks.TakeAsync("siem", "two", Samples.Noon + Lease, Lease, Cancel));
        Assert.False(await sinks.MoveAsync("siem", "one", 5, Samples.Noon, Cancel));
        Assert.True(await sinks.MoveAsync("siem", "two", 5, Samples.Noon, Cancel));
    }
}
