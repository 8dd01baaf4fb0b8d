using System.Collections.Immutable;
using GitOpsGate.Audit;
using GitOpsGate.Ports;

namespace GitOpsGate.Storage.Reading;

/// <summary>What the audit log holds as a whole. Types stand in the SQL as constants, so that the partial index of the closes serves it.</summary>
internal sealed class LogCounterReader(Database database) : ILogCounters
{
    public Task<LogCounters> CountersAsync(CancellationToken cancellation) => OfSession(
        session =>
        {
            // Numbers of entries behind the head that was read first are of a later moment.
            var size = (long?)session.Scalar("SELECT max(size) FROM audit_head") ?? 0;
            var numbers = session.Query(
                "SELECT pop, max(n) FROM audit_pop WHERE seq < @size GROUP BY pop", row => (Name: row.GetString(0), Last: row.GetInt64(1)), size);
            var began = (long?)session.Scalar("SELECT time_ms FROM audit_leaf WHERE seq = 0");
            return new LogCounters(
                size, numbers.ToImmutableSortedDictionary(one => one.Name, one => one.Last, StringComparer.Ordinal),
                began is { } first ? DateTimeOffset.FromUnixTimeMilliseconds(first) : null);
        },
        cancellation);

    public Task<AuditLeaf?> NewestCloseAsync(CancellationToken cancellation) => OfSession(
        session => session.Query(
            $"SELECT seq, body, hash FROM audit_leaf WHERE type = '{AuditTypes.PopulationClosed}' ORDER BY seq DESC LIMIT 1",
            row => new AuditLeaf(row.GetInt64(0), row.GetFieldValue<byte[]>(1), row.GetFieldValue<byte[]>(2))).FirstOrDefault(),
        cancellation);

    public Task<ImmutableArray<ReadOnlyMemory<byte>>> ReconciliationsAsync(long from, long to, CancellationToken cancellation) => OfSession(
        session => session.Query(
            $"SELECT hash FROM audit_leaf WHERE seq >= @from AND seq < @to AND type = '{AuditTypes.ReconciliationCompleted}' ORDER BY seq",
            row => (ReadOnlyMemory<byte>)row.GetFieldValue<byte[]>(0), from, to).ToImmutableArray(),
        cancellation);

    private Task<T> OfSession<T>(Func<Session, T> ask, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using var session = new Session(database.Dialect.Connect());
        return Task.FromResult(ask(session));
    }
}
