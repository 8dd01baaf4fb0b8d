using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;

namespace GitOpsGate.Audit.Completeness;

/// <summary>
/// Has the log say of itself that it is kept: at a steady pace that it goes on, and once a day how far its populations have come. A stretch
/// without the one, or a number that does not follow the other, is what an auditor looks for. Belongs to one worker.
/// </summary>
public sealed class LogPulse(ILogCounters log, ICheckpointStore checkpoints, IGateReader reader, IGateStore store, TimeProvider clock)
{
    /// <summary>How often the log says that it goes on.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromMinutes(5);

    private const string DayFormat = "yyyy-MM-dd";

    private (long Stamp, DateTimeOffset At)? _last;

    /// <summary>
    /// Writes <c>heartbeat.recorded</c>: what waits, the digest of the newest checkpoint that is kept, and by how many milliseconds the clock of
    /// the day and the steady one have parted since the last: a clock that was set is seen.
    /// </summary>
    public async Task BeatAsync(CancellationToken cancellation)
    {
        var counts = await reader.CountsAsync(cancellation);
        var (stamp, at) = (clock.GetTimestamp(), clock.GetUtcNow());
        var attributes = AuditDraft.NoAttributes
            .Add("deliveriesWaiting", counts.Deliveries.GetValueOrDefault(DeliveryState.Waiting))
            .Add("deliveriesDead", counts.Deliveries.GetValueOrDefault(DeliveryState.Dead))
            .Add("obligationsWaiting", counts.Obligations.GetValueOrDefault(ObligationState.Waiting))
            .Add("obligationsDead", counts.Obligations.GetValueOrDefault(ObligationState.Dead));
        if (_last is { } last)
            attributes = attributes.Add("clockParted", (long)((at - last.At) - clock.GetElapsedTime(last.Stamp, stamp)).TotalMilliseconds);
        if (await checkpoints.NewestAsync(cancellation) is { } newest)
            attributes = attributes.Add("checkpoint", $"sha256:{Hex(Encoding.UTF8.GetBytes(newest.Note))}").Add("checkpointSize", newest.Size);
        await WriteAsync(AuditTypes.HeartbeatRecorded, attributes, at, cancellation);
        _last = (stamp, at);
    }

    /// <summary>
    /// Writes <c>population.closed</c> when a day (UTC) has ended since the last: the last number of each population before the entry that it
    /// names, the entry of the close before, and the digest of what was reconciled in between.
    /// </summary>
    /// <returns>Whether it wrote one.</returns>
    public async Task<bool> CloseAsync(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var day = now.UtcDateTime.Date.AddDays(-1).ToString(DayFormat, CultureInfo.InvariantCulture);
        var before = await log.NewestCloseAsync(cancellation) is { } leaf ? Close.Read(leaf) : null;
        if (before is not null && string.CompareOrdinal(before.Day, day) >= 0) return false;
        var counters = await log.CountersAsync(cancellation);
        // A log that began today has no day behind it.
        if (counters.BeganAt is not { } began || began.UtcDateTime.Date == now.UtcDateTime.Date) return false;
        var from = before?.Through ?? 0;
        var reconciled = await log.ReconciliationsAsync(from, counters.Size, cancellation);
        var attributes = AuditDraft.NoAttributes
            .Add("day", day)
            .Add("from", from)
            .Add("through", counters.Size)
            .Add("reconciliations", (long)reconciled.Length)
            .Add("reconciled", $"sha256:{Hex([.. reconciled.SelectMany(hash => hash.ToArray())])}");
        if (before is not null) attributes = attributes.Add("previous", before.Index);
        // A population's word begins with a letter; the colon keeps it apart from the other attributes.
        foreach (var (population, number) in counters.Populations) attributes = attributes.Add($"last:{population}", number);
        await WriteAsync(AuditTypes.PopulationClosed, attributes, now, cancellation);
        return true;
    }

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private Task<Recorded> WriteAsync(
        string type, ImmutableSortedDictionary<string, AuditValue> attributes, DateTimeOffset at, CancellationToken cancellation)
    {
        var entry = new AuditDraft { Type = type, Outcome = AuditOutcome.Success, Actor = new AuditActor("system", "gate"), Attributes = attributes };
        return store.RecordAsync(new Record { Entries = [entry], At = at }, cancellation);
    }
}
