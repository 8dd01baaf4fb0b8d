using GitOpsGate.Audit;
using GitOpsGate.Dispatch;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Storage.Reading;
using Microsoft.EntityFrameworkCore;

namespace GitOpsGate.Storage;

/// <summary>What agents' targets should run, and what the agents say.</summary>
internal sealed class DesiredStore(Database database) : IDesiredStore
{
    private const string SayAgain = """
        UPDATE obligation SET due_ms = NULL,
          state = (SELECT a.said_state FROM agent_order a WHERE a.obligation_key = obligation.key),
          note = (SELECT a.said FROM agent_order a WHERE a.obligation_key = obligation.key)
        WHERE EXISTS (SELECT 1 FROM agent_order a WHERE a.obligation_key = obligation.key AND a.said_state IS NOT NULL) AND
        """;

    public Task<DesiredState?> NewestAsync(string target, CancellationToken cancellation) =>
        FindAsync(rows => rows.Where(row => row.Target == target).OrderByDescending(row => row.Version), cancellation);

    public Task<DesiredState?> OfOrderAsync(string target, string orderId, CancellationToken cancellation) =>
        FindAsync(rows => rows.Where(row => row.Target == target && row.OrderId == orderId), cancellation);

    public async Task<bool> PublishAsync(DesiredState state, CancellationToken cancellation)
    {
        var isDone = await database.Writer.WriteAsync(session => Publish(session.Sql, state), cancellation);
        if (isDone) database.DesiredDue.Set();
        return isDone;
    }

    public Task<bool> ReportAsync(AgentReport report, AuditDraft entry, CancellationToken cancellation) =>
        database.Writer.WriteAsync(session => Report(session, report, entry), cancellation);

    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellation) => database.DesiredDue.WaitAsync(atMost, cancellation);

    /// <summary>
    /// Shows an agent's last word beside its obligation once more: a worker that was slower than the agent has written over it.
    /// </summary>
    public static void Restate(Session sql, long obligation) =>
        sql.Execute($"{SayAgain} obligation.kind = 'dispatch' AND obligation.id = @id", obligation);

    private async Task<DesiredState?> FindAsync(
        Func<IQueryable<AgentOrderRow>, IQueryable<AgentOrderRow>> which, CancellationToken cancellation)
    {
        await using var read = database.Read();
        var row = await which(read.AgentOrders).FirstOrDefaultAsync(cancellation);
        return row is null
            ? null
            : new DesiredState(
                StoredJson.Read<DispatchOrder>(row.Json), row.Published, row.Version,
                DateTimeOffset.FromUnixTimeMilliseconds(row.ExpiresMilliseconds), TimeSpan.FromMilliseconds(row.LifetimeMilliseconds), row.Document);
    }

    private static bool Publish(Session sql, DesiredState state)
    {
        var target = state.Order.Target;
        var newest = sql.Scalar("SELECT max(version) FROM agent_order WHERE target = @target", target) as long? ?? 0;
        if (state.Version != newest + 1) return false;
        sql.Execute(
            """
            INSERT INTO agent_order (order_id, obligation_key, target, published, version, expires_ms, lifetime_ms, document, json)
            VALUES (@id, @key, @target, @published, @version, @expires, @lifetime, @document, @json)
            ON CONFLICT (order_id) DO UPDATE SET version = excluded.version, expires_ms = excluded.expires_ms, document = excluded.document
            """,
            state.Order.Id, Obligation.Send.KeyOf(state.Order.Id), target, state.Published, state.Version,
            state.Expires.ToUnixTimeMilliseconds(), (long)state.Lifetime.TotalMilliseconds, state.Envelope.ToArray(), StoredJson.Write(state.Order));
        // An order that the agent never came for will not be carried out any more.
        sql.Execute(
            """
            UPDATE obligation SET state = @superseded, note = 'a newer order took its place before the agent came for it'
            WHERE state = @discharged
              AND key IN (SELECT a.obligation_key FROM agent_order a WHERE a.target = @target AND a.version < @version AND a.said_state IS NULL)
            """,
            (int)ObligationState.Superseded, (int)ObligationState.Discharged, target, state.Version);
        return true;
    }

    private static bool Report(WriteSession session, AgentReport report, AuditDraft entry)
    {
        var sql = session.Sql;
        var isNew = sql.Execute(
            "INSERT INTO agent_report (target, id, said_ms) VALUES (@target, @id, @said) ON CONFLICT (target, id) DO NOTHING",
            report.Target, report.Id.ToByteArray(bigEndian: true), report.At.ToUnixTimeMilliseconds()) > 0;
        if (!isNew) return false;
        session.Log.Append(entry);
        var state = report.Phase == ReportPhase.Applied ? ObligationState.Discharged : ObligationState.Dead;
        if (report.OrderId is null) return true;
        var isOurs = sql.Execute(
            "UPDATE agent_order SET said_state = @state, said = @said WHERE order_id = @id AND target = @target",
            (int)state, report.Sentence, report.OrderId, report.Target) > 0;
        if (isOurs) sql.Execute($"{SayAgain} obligation.key = @key", Obligation.Send.KeyOf(report.OrderId));
        return true;
    }
}
