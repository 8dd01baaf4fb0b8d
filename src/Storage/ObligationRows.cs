using GitOpsGate.Dispatch;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;

namespace GitOpsGate.Storage;

/// <summary>Writes obligations inside a transaction.</summary>
internal static class ObligationRows
{
    /// <summary>Adds an obligation unless its key is known; a status or comment makes the waiting older ones of its lane pointless.</summary>
    public static void Promise(Session sql, Obligation obligation, long auditIndex, Record record)
    {
        var now = record.At.ToUnixTimeMilliseconds();
        var id = sql.Scalar(
            """
            INSERT INTO obligation (key, kind, lane, change_key, state, due_ms, attempts, created_ms, note, audit_index, json)
            VALUES (@key, @kind, @lane, @change, @state, @now, 0, @now, '', @index, @json) ON CONFLICT (key) DO NOTHING RETURNING id
            """,
            obligation.Key, StoredJson.KindOf(obligation), obligation.Lane, ChangeOf(obligation, record), (int)ObligationState.Waiting, now,
            auditIndex, StoredJson.Write(obligation)) as long?;
        if (id is null || obligation is Obligation.Send or Obligation.Attest) return;
        sql.Execute(
            """
            UPDATE obligation SET state = @superseded, due_ms = NULL, note = 'a newer one took its place'
            WHERE lane = @lane AND state = @waiting AND id < @id
            """,
            (int)ObligationState.Superseded, obligation.Lane, (int)ObligationState.Waiting, id);
    }

    /// <summary>Writes down how an attempt went. What was discharged stays so, whatever a slower worker says later.</summary>
    public static void Finish(Session sql, ObligationOutcome outcome, DateTimeOffset at)
    {
        long? due = outcome.State switch
        {
            ObligationState.Waiting or ObligationState.Unclear => (outcome.NotBefore ?? at).ToUnixTimeMilliseconds(),
            ObligationState.Claimed => throw new ArgumentException("an obligation is claimed through the outbox"),
            ObligationState.Discharged or ObligationState.Superseded or ObligationState.Dead => null,
        };
        sql.Execute(
            """
            UPDATE obligation SET state = @state, due_ms = @due, note = @note, reference = COALESCE(@reference, reference)
            WHERE id = @id AND state <> @discharged
            """,
            (int)outcome.State, due, outcome.Note, outcome.Reference, outcome.Id, (int)ObligationState.Discharged);
        DesiredStore.Restate(sql, outcome.Id);
    }

    private static string? ChangeOf(Obligation obligation, Record record) => obligation switch
    {
        Obligation.Explain comment => comment.Change.ToString(),
        Obligation.Answer answer => answer.Change.ToString(),
        Obligation.AnswerDeployment deployment => deployment.Question.Change?.ToString(),
        Obligation.Attest attest => attest.Move.Change?.ToString(),
        Obligation.Send { Order: DispatchOrder { Change: { } change } } => change.ToString(),
        Obligation.Send or Obligation.ReportStatus => record.Change?.Key.ToString(),
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
