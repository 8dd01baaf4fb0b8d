using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Completeness;
using GitOpsGate.Ports;
using GitOpsGate.Storage.Reading;
using GitOpsGate.Testing;
using Xunit;
using Record = GitOpsGate.Ports.Record;

namespace GitOpsGate.Storage.Tests;

/// <summary>The log says that it goes on, and closes its days, on both databases.</summary>
public class LogPulseTests
{
    private readonly ManualTimeProvider _clock = new(Samples.Noon);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_heartbeat_says_what_waits_and_names_the_checkpoint(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var pulse = PulseOf(database);
        await pulse.BeatAsync(Cancel);
        var first = (await EntriesAsync(database, AuditTypes.HeartbeatRecorded)).Single().GetProperty("attrs");
        Assert.Equal(0, first.GetProperty("deliveriesWaiting").GetInt64());
        Assert.False(first.TryGetProperty("checkpoint", out _));

        await new CheckpointStore(database).AddAsync(new StoredCheckpoint(1, Samples.Noon, "a note"), Cancel);
        _clock.Advance(LogPulse.Pace);
        await pulse.BeatAsync(Cancel);
        var second = (await EntriesAsync(database, AuditTypes.HeartbeatRecorded)).Last().GetProperty("attrs");
        Assert.Equal("sha256:" + Convert.ToHexStringLower(SHA256.HashData("a note"u8)), second.GetProperty("checkpoint").GetString());
        Assert.Equal((1, 0), (second.GetProperty("checkpointSize").GetInt64(), second.GetProperty("clockParted").GetInt64()));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task A_day_is_closed_once_with_the_last_number_of_each_population(string kind)
    {
        using var store = new TestStore(kind);
        using var database = store.Open(_clock);
        var pulse = PulseOf(database);
        Assert.False(await pulse.CloseAsync(Cancel));
        await AppendAsync(database, AuditTypes.ChangeMerged, "change");
        await AppendAsync(database, AuditTypes.ChangeMerged, "change");
        await AppendAsync(database, AuditTypes.ReconciliationCompleted);
        Assert.False(await pulse.CloseAsync(Cancel));

        _clock.Advance(TimeSpan.FromDays(1));
        Assert.True(await pulse.CloseAsync(Cancel));
        Assert.False(await pulse.CloseAsync(Cancel));
        var close = (await EntriesAsync(database, AuditTypes.PopulationClosed)).Single();
        var said = close.GetProperty("attrs");
        var leaves = await new AuditReader(database).ReadAsync(0, 100, Cancel);
        var through = said.GetProperty("through").GetInt64();
        Assert.Equal(close.GetProperty("seq").GetInt64(), through);
        Assert.Equal((0, 2), (said.GetProperty("from").GetInt64(), said.GetProperty("last:change").GetInt64()));
        Assert.Equal(Samples.Noon.ToString("yyyy-MM-dd"), said.GetProperty("day").GetString());
        var reconciled = leaves.Where(leaf => Encoding.UTF8.GetString(leaf.Bytes.Span).Contains("reconciliation.completed", StringComparison.Ordinal));
        Assert.Equal(
            "sha256:" + Convert.ToHexStringLower(SHA256.HashData([.. reconciled.SelectMany(leaf => leaf.Hash.ToArray())])),
            said.GetProperty("reconciled").GetString());
        Assert.Equal(1, said.GetProperty("reconciliations").GetInt64());

        await AppendAsync(database, AuditTypes.ChangeMerged, "change");
        _clock.Advance(TimeSpan.FromDays(3));
        Assert.True(await PulseOf(database).CloseAsync(Cancel));
        var next = (await EntriesAsync(database, AuditTypes.PopulationClosed)).Last().GetProperty("attrs");
        Assert.Equal(close.GetProperty("seq").GetInt64(), next.GetProperty("previous").GetInt64());
        Assert.Equal((through, 3, 0), (next.GetProperty("from").GetInt64(), next.GetProperty("last:change").GetInt64(), next.GetProperty("reconciliations").GetInt64()));
    }

    private static async Task AppendAsync(Database database, string type, params string[] populations)
    {
        var entry = new AuditDraft { Type = type, Outcome = AuditOutcome.Success, Populations = [.. populations] };
        await new GateStore(database).RecordAsync(new Record { Entries = [entry], At = Samples.Noon }, Cancel);
    }

    private static async Task<List<JsonElement>> EntriesAsync(Database database, string type) =>
    [
        .. (await new AuditReader(database).ReadAsync(0, 100, Cancel)).Select(leaf => JsonElement.Parse(leaf.Bytes.Span))
            .Where(leaf => leaf.GetProperty("type").GetString() == type),
    ];

    private LogPulse PulseOf(Database database) => new(
        new LogCounterReader(database), new CheckpointStore(database), new GateReader(database), new GateStore(database), _clock);
}
