using System.Collections.Immutable;
using GitOpsGate.Audit;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.Storage;

/// <summary>Records what the gate found and promised, in one transaction.</summary>
internal sealed class GateStore(Database database) : IGateStore
{
    public async Task<Recorded> RecordAsync(Record record, CancellationToken cancellation)
    {
        if (record.Entries.Length == 0 && record.Obligations.Any(owed => owed is not Obligation.Attest { Move.Ruling: not null }))
            throw new ArgumentException("an obligation needs an audit entry that promises it", nameof(record));
        if (record.Ruling is not null && record.Change is null)
            throw new ArgumentException("a ruling needs the change request that it is about", nameof(record));

        // What costs time is done before the one writer is asked.
        var ready = new ReadyRuling(record);
        var entries = Ready(record.Entries);
        var (recorded, batch) = await database.Writer.WriteAsync(session => (Write(session, record, ready, entries), session.Log.Batch), cancellation);
        if (record.Obligations.Length > 0 || record.Discharged is not null) database.ObligationsDue.Set();
        return recorded.FirstIndex >= batch.From ? recorded with { Head = batch.Head } : recorded;
    }

    // The very first entries wait for the log's name.
    private Func<AuditAppender, IEnumerable<long>> Ready(ImmutableArray<AuditDraft> drafts)
    {
        var keys = database.Keys.For(drafts);
        if (database.Writer.LogName is not { } log) return appender => drafts.Select(draft => appender.Append(draft, keys));
        var now = database.Clock.GetUtcNow();
        ReadyEntry[] entries = [.. drafts.Select(draft => ReadyEntry.Of(draft, log, now, keys))];
        return appender => entries.Select(appender.Append);
    }

    private static Recorded Write(WriteSession session, Record record, ReadyRuling ready, Func<AuditAppender, IEnumerable<long>> entries)
    {
        var sql = session.Sql;
        if (record.LookedAt.Any(change => DeploymentStore.IsAwaited(sql, change))) return new Recorded(-1, Superseded: false, IsAwaited: true);
        foreach (var outcome in record.Deliveries) Finish(sql, outcome, record.At);
        if (record.Ruling is { } ruling)
        {
            if (KnownIndex(sql, ruling.Id) is { } known) return new Recorded(known, Superseded: false);
            if (IsSuperseded(sql, ruling)) return new Recorded(-1, Superseded: true);
        }

        if (record.Question is { } question && !DeploymentStore.Put(sql, question)) return new Recorded(-1, Superseded: true);
        if (record.Branch is { } move) BranchStore.Move(sql, move, record.At);
        var indexes = entries(session.Log).ToArray();
        var first = indexes.Length > 0 ? indexes[0] : -1;
        if (record.Change is { } change) ChangeRows.See(sql, change, record.At);
        if (record.Ruling is not null) ChangeRows.Rule(sql, record, ready, IndexOf(record, AuditTypes.DecisionEvaluated, indexes));
        foreach (var obligation in record.Obligations)
        {
            ObligationRows.Promise(sql, obligation, PromiseOf(sql, obligation, record, indexes), record);
        }

        if (record.Discharged is { } discharged) ObligationRows.Finish(sql, discharged, record.At);
        return new Recorded(first, Superseded: false);
    }

    /// <summary>The index of the entry that promises an obligation: that a merge is attested follows from the ruling that covers it, whose entry is older.</summary>
    private static long PromiseOf(Session sql, Obligation obligation, Record record, long[] indexes) => obligation switch
    {
        Obligation.Attest { Move.Ruling: { } ruling } => KnownIndex(sql, ruling) ?? IndexOf(record, AuditTypes.DecisionEvaluated, indexes),
        Obligation.Send => IndexOf(record, AuditTypes.DispatchRequested, indexes),
        _ => IndexOf(record, AuditTypes.DecisionEvaluated, indexes),
    };

    /// <summary>The index of the entry of a type, or of the first one.</summary>
    private static long IndexOf(Record record, string type, long[] indexes)
    {
        if (indexes.Length == 0) return -1;
        for (var at = 0; at < indexes.Length; at++)
        {
            if (record.Entries[at].Type == type) return indexes[at];
        }

        return indexes[0];
    }

    private static void Finish(Session sql, DeliveryOutcome outcome, DateTimeOffset at)
    {
        long? due = outcome.State switch
        {
            DeliveryState.Waiting => at.ToUnixTimeMilliseconds(),
            DeliveryState.InHand => throw new ArgumentException("a delivery comes into hand by being claimed"),
            DeliveryState.Dead or DeliveryState.Unreadable or DeliveryState.Ignored or DeliveryState.Done => null,
        };
        sql.Execute(
            "UPDATE delivery SET state = @state, due_ms = @due, note = @note WHERE id = @id",
            (int)outcome.State, due, outcome.Note, outcome.Id.Value.ToByteArray(bigEndian: true));
    }

    /// <summary>Where the same ruling was recorded before: a caller that did not hear so asks again.</summary>
    private static long? KnownIndex(Session sql, RulingId id) =>
        (long?)sql.Scalar("SELECT audit_index FROM ruling WHERE id = @id", id.Value.ToByteArray(bigEndian: true));

    private static bool IsSuperseded(Session sql, Ruling ruling) =>
        sql.Scalar("SELECT ruled_ms FROM change_request WHERE key = @key", ruling.Revision.Change.ToString()) is long latest
        && latest > ruling.RuledAt.ToUnixTimeMilliseconds();
}

/// <summary>The parts of a record that take work to write down, made on the caller's thread.</summary>
internal sealed class ReadyRuling
{
    public ReadyRuling(Record record)
    {
        if (record.Ruling is null) return;
        Json = StoredJson.Write(record.Ruling);
        Length = record.Evidence.Length;
        Evidence = Zlib.Compress(record.Evidence.Span);
    }

    public string Json { get; } = "";

    public byte[] Evidence { get; } = [];

    public int Length { get; }
}
