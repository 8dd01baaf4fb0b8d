using System.Collections.Immutable;
using System.Data.Common;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Witnesses;
using GitOpsGate.Ports;

namespace GitOpsGate.WebhookGateway.Audit.Witnesses;

/// <summary>
/// Has the log's head cosigned: every few seconds when it grew, at once when it grew much. A witness that does not answer is asked less and less
/// often, and nobody waits for it: what the log takes in goes on.
/// </summary>
internal sealed class WitnessWork(WitnessRounds rounds, WitnessBoard board, IAuditReader log, IGateStore store, WitnessClock pace)
    : BackgroundService
{
    private readonly Dictionary<string, (int Failures, DateTimeOffset DueAt)> _lanes = rounds.Names.ToDictionary(name => name, _ => (0, DateTimeOffset.MinValue), StringComparer.Ordinal);
    private DateTimeOffset _restsUntil;
    private bool _isToldLate;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(pace.Tick, pace.Clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await LookAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The gateway stops.
        }
    }

    /// <summary>Asks those whose turn it is, and says when a quorum has been missing for too long.</summary>
    public async Task LookAsync(CancellationToken cancellation)
    {
        if (pace.Clock.GetUtcNow() < _restsUntil) return;
        try
        {
            var size = (await log.HeadAsync(cancellation)).Size;
            board.Grew(size);
            var due = Due(size);
            if (due.Count > 0) Note(await rounds.AskAsync(due, pace.Patience, cancellation));
            await TellAsync(cancellation);
        }
        catch (Exception trouble) when (trouble is IOException or InvalidDataException or FormatException or DbException)
        {
            // The log itself could not be read or signed, or a line not be kept: the next round tries again.
            pace.Log.NoRound(trouble);
            _restsUntil = pace.Clock.GetUtcNow() + pace.Round;
        }
    }

    private HashSet<string> Due(long size)
    {
        var now = pace.Clock.GetUtcNow();
        return [.. _lanes.Where(lane => size > (Cosigned(lane.Key) ?? 0) && (now >= lane.Value.DueAt || IsMuch(lane.Key, lane.Value.Failures, size))).Select(lane => lane.Key)];
    }

    // Where there is trouble, the size is the witness' own word: it may have cosigned it, and we have no line.
    private long? Cosigned(string name) => board[name] is { Trouble: null } state ? state.Size : null;

    private bool IsMuch(string name, int failures, long size) => failures == 0 && board[name].Size is { } known && size - known >= WitnessClock.Much;

    private void Note(ImmutableSortedDictionary<string, WitnessReply> replies)
    {
        var now = pace.Clock.GetUtcNow();
        foreach (var (name, reply) in replies)
        {
            var isGiven = reply.Standing == WitnessStanding.Cosigned;
            var failures = isGiven ? 0 : _lanes[name].Failures + 1;
            _lanes[name] = (failures, now + pace.After(failures));
            if (!board.Asked(name, reply) || isGiven) continue;
            if (board[name].Contradicts) pace.Log.Contradicted(name, reply.Why);
            else pace.Log.NotCosigned(name, reply.Why);
        }
    }

    private async Task TellAsync(CancellationToken cancellation)
    {
        var isLate = board.IsLate;
        if (isLate == _isToldLate) return;
        if (!isLate)
        {
            pace.Log.QuorumBack(board.Quorum);
            _isToldLate = false;
            return;
        }

        var silent = board.All.Where(state => state.Trouble is not null).Select(state => state.Source.Name).ToImmutableArray();
        var entry = new AuditDraft
        {
            Type = AuditTypes.WitnessStale,
            Outcome = AuditOutcome.Failure,
            Actor = new AuditActor("system", "gate"),
            Attributes = AuditDraft.NoAttributes.Add("quorum", (long)board.Needed).Add("cosigned", board.Quorum).Add("witnesses", new AuditValue.Texts(silent)),
        };
        await store.RecordAsync(new Record { Entries = [entry], At = pace.Clock.GetUtcNow() }, cancellation);
        pace.Log.QuorumLate(board.Needed, WitnessBoard.Patience.TotalMinutes, board.Quorum);
        _isToldLate = true;
    }
}

/// <summary>When witnesses are asked, and where that is told.</summary>
internal sealed record WitnessClock(TimeProvider Clock, ILogger<WitnessWork> Log)
{
    /// <summary>How many entries are not left to wait for the next round.</summary>
    public const long Much = 4096;

    private const int MostDoublings = 5;

    /// <summary>From one look to the next.</summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>From one round to the next.</summary>
    public TimeSpan Round { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a witness has for an answer.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a witness has for an answer while the start waits for it.</summary>
    public TimeSpan StartPatience { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long it rests after so many failures in a row. Multiples of a round, so that all come together again.</summary>
    public TimeSpan After(int failures) => Round * Math.Pow(2, Math.Clamp(failures - 1, 0, MostDoublings));
}

/// <summary>Log lines.</summary>
internal static partial class WitnessLog
{
    [LoggerMessage(1321, LogLevel.Warning, "the witness `{Witness}` did not cosign the audit log: {Why} (it is asked again)")]
    public static partial void NotCosigned(this ILogger log, string witness, string why);

    [LoggerMessage(1322, LogLevel.Critical, "the witness `{Witness}` contradicts the audit log: {Why}")]
    public static partial void Contradicted(this ILogger log, string witness, string why);

    [LoggerMessage(1323, LogLevel.Error, "no quorum of {Needed} witnesses has cosigned the audit log for {Minutes} minutes; {Size} entries were cosigned last")]
    public static partial void QuorumLate(this ILogger log, int needed, double minutes, long size);

    [LoggerMessage(1324, LogLevel.Information, "a quorum of witnesses has cosigned the audit log again, {Size} entries of it")]
    public static partial void QuorumBack(this ILogger log, long size);

    [LoggerMessage(1325, LogLevel.Error, "the audit log's witnesses could not be asked")]
    public static partial void NoRound(this ILogger log, Exception trouble);

    [LoggerMessage(1326, LogLevel.Warning, "the witness `{Witness}` does not confirm the audit log at the start: {Why}")]
    public static partial void NotConfirmed(this ILogger log, string witness, string why);
}
