using GitOpsGate.Changes;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.Storage;

/// <summary>Writes change requests and their rulings inside a transaction.</summary>
internal static class ChangeRows
{
    /// <summary>Keeps a change request as it was seen, unless it was seen later by somebody else.</summary>
    public static void See(Session sql, ChangeRequest change, DateTimeOffset at)
    {
        var now = at.ToUnixTimeMilliseconds();
        var key = change.Key.ToString();
        var waiting = sql.Scalar("SELECT waiting_ms FROM change_request WHERE key = @key", key) as long?;
        sql.Execute(
            """
            INSERT INTO change_request (key, repository, state, target_branch, head, json, updated_ms, list_rank)
            VALUES (@key, @repository, @state, @target, @head, @json, @updated, @rank)
            ON CONFLICT (key) DO UPDATE SET state = excluded.state, target_branch = excluded.target_branch, head = excluded.head,
              json = excluded.json, updated_ms = excluded.updated_ms, list_rank = excluded.list_rank
            WHERE change_request.updated_ms <= excluded.updated_ms
            """,
            key, change.Key.Repository.ToString(), (int)change.State, change.TargetBranch, change.Head.Value, StoredJson.Write(change), now,
            ChangeRank.Of(change.State, waiting, now));
    }

    /// <summary>Adds a ruling with its evidence and makes it the latest of its change request.</summary>
    public static void Rule(Session sql, Record record, ReadyRuling ready, long auditIndex)
    {
        var ruling = record.Ruling!;
        var key = ruling.Revision.Change.ToString();
        var ruled = ruling.RuledAt.ToUnixTimeMilliseconds();
        var sequence = (long)sql.Scalar(
            """
            INSERT INTO ruling (id, change_key, ruled_ms, audit_index, json) VALUES (@id, @key, @ruled, @index, @json) RETURNING seq
            """,
            ruling.Id.Value.ToByteArray(bigEndian: true), key, ruled, auditIndex, ready.Json)!;
        sql.Execute(
            "INSERT INTO evidence (ruling_seq, digest, body, length) VALUES (@ruling, @digest, @body, @length)",
            sequence, ruling.EvidenceDigest, ready.Evidence, ready.Length);
        var before = sql.Query(
            "SELECT verdict, waiting_ms, state, updated_ms FROM change_request WHERE key = @key",
            row => (
                WasHeld: !row.IsDBNull(0) && row.GetInt32(0) == (int)Verdict.Held,
                Waiting: row.IsDBNull(1) ? (long?)null : row.GetInt64(1),
                State: (ChangeState)row.GetInt32(2),
                Updated: row.GetInt64(3)),
            key)[0];
        var waiting = ruling.Verdict == Verdict.Held ? WaitingSince(ruling) ?? (before.WasHeld ? before.Waiting : null) ?? ruled : (long?)null;
        sql.Execute(
            """
            UPDATE change_request SET ruling_seq = @ruling, ruled_head = @head, ruled_ms = @ruled, verdict = @verdict,
              waiting_ms = @waiting, list_rank = @rank WHERE key = @key
            """,
            sequence, ruling.Revision.Head.Value, ruled, (int)ruling.Verdict, waiting,
            ChangeRank.Of(before.State, waiting, before.Updated), key);
    }

    /// <summary>The earliest moment since which one of its requirements waits.</summary>
    private static long? WaitingSince(Ruling ruling) =>
        ruling.Requirements
            .Where(one => one.State == RequirementState.Pending && one.Mode == RuleMode.Enforce)
            .Min(one => one.WaitingSince)?.ToUnixTimeMilliseconds();
}
