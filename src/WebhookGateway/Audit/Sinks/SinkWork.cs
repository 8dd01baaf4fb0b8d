using System.Collections.Immutable;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Audit.Tiles;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Workers;

namespace GitOpsGate.WebhookGateway.Audit.Sinks;

/// <summary>Where batches are made from and what they are remembered in.</summary>
internal sealed record SinkRooms(IAuditReader Log, AuditProofs Proofs, CheckpointDesk Desk, ISinkStore Store, SinkBoard Board);

/// <summary>A sink's turn: what the log had when it began.</summary>
internal sealed record SinkTurn(SinkLane Lane, SignedNote Head);

/// <summary>A sink and when it is tried next. The loop's one thread gives turns out; the turn itself ends them.</summary>
internal sealed class SinkLane(ISink sink)
{
    private volatile bool _isInHand;

    public ISink Sink => sink;

    public int Failures { get; private set; }

    public DateTimeOffset DueAt { get; private set; }

    public bool IsInHand => _isInHand;

    public void Begin() => _isInHand = true;

    /// <param name="dueAt">When the next turn may be.</param>
    public void End(int failures, DateTimeOffset dueAt)
    {
        (Failures, DueAt) = (failures, dueAt);
        _isInHand = false;
    }
}

/// <summary>
/// Carries entries of the log to the sinks, each at its own pace: none waits for another, and the log waits for none. What a batch holds is written
/// down before it is sent and the cursor moves after it was acknowledged, so that a crash or a lost answer has the same batch sent again. Only entries
/// that a signed checkpoint covers leave.
/// </summary>
internal sealed class SinkWork(SinkRooms rooms, IEnumerable<ISink> sinks, GateConfiguration configuration, TimeProvider clock, ILogger<SinkWork> log)
    : IWork<SinkTurn>
{
    private const int MostEntries = 500;
    private const int MostBytes = 1 << 20;

    // Then the others have their turn too, and the stop its chance.
    private const int MostBatches = 20;
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Elsewhere = TimeSpan.FromSeconds(30);
    private readonly ImmutableArray<SinkLane> _lanes = [.. sinks.Select(sink => new SinkLane(sink))];

    // The same after a restart, so that it goes on at once; another gateway on this database has another machine or folder.
    private readonly string _holder = $"{Environment.MachineName} {configuration.DataFolder}";

    public string Name => "sinks";

    public int Width => Math.Max(1, _lanes.Length);

    public async Task<ImmutableArray<SinkTurn>> ClaimAsync(int limit, CancellationToken cancellation)
    {
        if (await rooms.Desk.CurrentAsync(cancellation) is not { } head) return [];
        var (size, now) = (Checkpoint.Parse(head.Text).Size, clock.GetUtcNow());
        var turns = ImmutableArray.CreateBuilder<SinkTurn>();
        foreach (var lane in _lanes.Where(lane => !lane.IsInHand))
        {
            rooms.Board.Grew(lane.Sink.Name, size);
            if (turns.Count >= limit || now < lane.DueAt || rooms.Board[lane.Sink.Name].Next >= size) continue;
            lane.Begin();
            turns.Add(new SinkTurn(lane, head));
        }

        return turns.ToImmutable();
    }

    public async Task<string> DoAsync(SinkTurn piece, CancellationToken cancellation)
    {
        // What is thrown ends the turn in TroubleAsync; when the gateway stops, no other turn follows.
        var (lane, size) = (piece.Lane, Checkpoint.Parse(piece.Head.Text).Size);
        for (var batches = 0; batches < MostBatches; batches++)
        {
            if (await TakeAsync(lane, size, cancellation) is not { } cursor)
            {
                lane.End(0, clock.GetUtcNow() + Elsewhere);
                return "elsewhere";
            }

            if (cursor.Next >= size) break;
            if (await SendAsync(lane, cursor, piece.Head, cancellation) is not { } failed) continue;
            Failed(lane, failed);
            return "failed";
        }

        lane.End(0, DateTimeOffset.MinValue);
        return "done";
    }

    public Task TroubleAsync(SinkTurn piece, Exception trouble, CancellationToken cancellation)
    {
        Failed(piece.Lane, new SinkAnswer.NotKept(trouble.Message));
        return Task.CompletedTask;
    }

    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellation) => Task.Delay(atMost, clock, cancellation);

    private async Task<SinkCursor?> TakeAsync(SinkLane lane, long size, CancellationToken cancellation)
    {
        var cursor = await rooms.Store.TakeAsync(lane.Sink.Name, _holder, clock.GetUtcNow(), Lease, cancellation);
        if (cursor is not null) rooms.Board.Stands(lane.Sink.Name, cursor, size);
        return cursor;
    }

    /// <summary>Sends the next batch, and moves the cursor when it was acknowledged.</summary>
    /// <returns>What went wrong, or null.</returns>
    private async Task<SinkAnswer.NotKept?> SendAsync(SinkLane lane, SinkCursor cursor, SignedNote head, CancellationToken cancellation)
    {
        var name = lane.Sink.Name;
        var batch = await BatchAsync(cursor, head, cancellation);
        if (!await rooms.Store.PromiseAsync(name, _holder, batch.Last + 1, cancellation)) return new SinkAnswer.NotKept("another gateway took it over");
        if (await lane.Sink.SendAsync(batch, cancellation) is SinkAnswer.NotKept failed) return failed;
        // It has it: that is written down even when the gateway stops at this moment.
        var now = clock.GetUtcNow();
        if (!await rooms.Store.MoveAsync(name, _holder, batch.Last + 1, now, CancellationToken.None)) return new SinkAnswer.NotKept("another gateway took it over");
        rooms.Board.Kept(name, batch, now);
        return null;
    }

    private async Task<SinkBatch> BatchAsync(SinkCursor cursor, SignedNote head, CancellationToken cancellation)
    {
        var size = Checkpoint.Parse(head.Text).Size;
        var leaves = await ReadAsync(cursor, size, cancellation);
        var proof = await rooms.Proofs.MultiAsync(Selection.Range(leaves[0].Index, leaves[^1].Index + 1), size, cancellation);
        var place = await EventsEndpoint.PlaceAsync(rooms.Log, configuration, cancellation);
        return new SinkBatch(leaves, place, head.ToString(), string.Concat(proof.Select(hash => Convert.ToBase64String(hash) + "\n")));
    }

    private async Task<ImmutableArray<AuditLeaf>> ReadAsync(SinkCursor cursor, long size, CancellationToken cancellation)
    {
        // A batch that was promised comes again as it was, however far the log has grown meanwhile.
        var wanted = (int)Math.Min(MostEntries, (cursor.Promised ?? size) - cursor.Next);
        var leaves = await rooms.Log.ReadAsync(cursor.Next, wanted, cancellation);
        if (leaves.Length < wanted) throw new InvalidDataException($"the audit log has no entry {cursor.Next + leaves.Length}, though its checkpoint signs it");
        if (cursor.Promised is not null) return leaves;
        var (count, bytes) = (1, (long)leaves[0].Bytes.Length);
        while (count < leaves.Length && (bytes += leaves[count].Bytes.Length) <= MostBytes) count++;
        return leaves[..count];
    }

    // Nothing is ever given up: an audit log that skips what could not be sent is none.
    private void Failed(SinkLane lane, SinkAnswer.NotKept failed)
    {
        var failures = lane.Failures + 1;
        log.SinkFailed(lane.Sink.Name, failed.Why, failures);
        rooms.Board.Failed(lane.Sink.Name, failed.Why);
        var now = clock.GetUtcNow();
        lane.End(failures, Backoff.Next(Math.Min(failures - 1, Backoff.Tries - 2), failed.RetryAfter, now) ?? now);
    }
}

/// <summary>Log lines.</summary>
internal static partial class SinkLog
{
    [LoggerMessage(1302, LogLevel.Warning, "the sink `{Sink}` did not take a batch of the audit log: {Why} (try {Count}; it comes again)")]
    public static partial void SinkFailed(this ILogger log, string sink, string why, int count);
}
