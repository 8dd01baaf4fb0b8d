using System.Collections.Immutable;
using GitOpsGate.Audit;
using GitOpsGate.Ports;

namespace GitOpsGate.Storage;

/// <summary>Gives the log lost entries back, through the one writer like every other append.</summary>
internal sealed class LogRecoveryStore(Database database) : ILogRecovery
{
    // Beside the writer, which would make a log of its own as soon as it is asked for anything.
    public Task OpenAsync(string origin, string tenant, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using var session = new Session(database.Dialect.Connect());
        session.Transaction = database.Dialect.Begin(session.Connection);
        if (session.Scalar("SELECT origin FROM audit_log") is null)
        {
            session.Execute(
                "INSERT INTO audit_log (origin, tenant, created_ms) VALUES (@origin, @tenant, @now)",
                origin, tenant, database.Clock.GetUtcNow().ToUnixTimeMilliseconds());
        }

        database.Dialect.Commit(session.Transaction);
        return Task.CompletedTask;
    }

    public Task RestoreAsync(ImmutableArray<ReadOnlyMemory<byte>> leaves, AuditDraft? after, CancellationToken cancellation) => database.Writer.WriteAsync(
        session =>
        {
            foreach (var leaf in leaves) session.Log.Restore(leaf);
            if (after is not null) session.Log.Append(after);
            return leaves.Length;
        },
        cancellation);
}
