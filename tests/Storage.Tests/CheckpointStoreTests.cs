using GitOpsGate.Ports;
using GitOpsGate.Testing;
using Xunit;

namespace GitOpsGate.Storage.Tests;

/// <summary>The lines that witnesses gave: kept, never changed, and found by the newest sizes; on both databases.</summary>
public class CheckpointStoreTests
{
    private readonly ManualTimeProvider _clock = new(Samples.Noon);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Lines_outlive_a_restart_and_the_newest_sizes_come_first(string kind)
    {
        using var store = new TestStore(kind);
        using (var database = store.Open(_clock))
        {
            var checkpoints = new CheckpointStore(database);
            foreach (var size in (long[])[10, 30, 20])
            {
                await checkpoints.AddLineAsync(size, "a", Samples.Noon, $"a{size}", Cancel);
                await checkpoints.AddLineAsync(size, "b", Samples.Noon.AddSeconds(size), $"b{size}", Cancel);
            }

            // What is there stays what it was.
            await checkpoints.AddLineAsync(30, "a", Samples.Noon, "other", Cancel);
            await checkpoints.AddLineAsync(30, "a", Samples.Noon.AddSeconds(1), "again", Cancel);
        }

        using (var database = store.Open(_clock))
        {
            var checkpoints = new CheckpointStore(database);
            var lines = await checkpoints.NewestLinesAsync(4, Cancel);
            Assert.Equal(["again", "a30", "b30", "a20"], lines.Select(line => line.Line));
            Assert.Equal(new WitnessLine(30, "b", Samples.Noon.AddSeconds(30), "b30"), lines[2]);
            Assert.Equal(7, (await checkpoints.NewestLinesAsync(100, Cancel)).Length);
            Assert.Equal(["again", "b30"], await checkpoints.LinesAsync(30, Cancel));
        }
    }
}
