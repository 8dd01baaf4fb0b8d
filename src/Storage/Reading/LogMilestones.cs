using System.Collections.Immutable;
using GitOpsGate.Ports;

namespace GitOpsGate.Storage.Reading;

/// <summary>The entries that the log has about itself. Read without the pages' model: each start asks for them.</summary>
internal sealed class LogMilestones(Database database) : ILogMilestones
{
    public Task<ImmutableArray<AuditLeaf>> MilestonesAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using var session = new Session(database.Dialect.Connect());
        return Task.FromResult<ImmutableArray<AuditLeaf>>([.. Read(session)]);
    }

    // The types are constants in the SQL, so that the partial index of these few entries serves it.
    internal static List<AuditLeaf> Read(Session session) => session.Query(
        "SELECT seq, body, hash FROM audit_leaf WHERE type IN ('log.opened', 'key.created', 'key.revoked') ORDER BY seq",
        row => new AuditLeaf(row.GetInt64(0), row.GetFieldValue<byte[]>(1), row.GetFieldValue<byte[]>(2)));
}
