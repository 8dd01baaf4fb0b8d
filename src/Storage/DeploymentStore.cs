using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;
using GitOpsGate.Storage.Reading;

namespace GitOpsGate.Storage;

/// <summary>Deployments that ask, and their answers.</summary>
internal sealed class DeploymentStore(Database database) : IDeploymentStore
{
    public async Task<DeploymentQuestion?> OfAsync(string key, CancellationToken cancellation)
    {
        var found = await database.ListAsync(
            "SELECT json FROM deployment_question WHERE key = @key", row => row.GetString(0), cancellation, ("key", key));
        return found.IsEmpty ? null : StoredJson.Read<DeploymentQuestion>(found[0]);
    }

    public async Task<ImmutableArray<DeploymentQuestion>> WaitingAsync(
        ChangeKey change, DateTimeOffset since, int limit, CancellationToken cancellation)
    {
        var found = await database.ListAsync(
            """
            SELECT json FROM deployment_question WHERE is_open = 1 AND change_key = @change AND asked_ms > @since
            ORDER BY asked_ms, key LIMIT @limit
            """,
            row => row.GetString(0), cancellation,
            ("change", change.ToString()), ("since", since.ToUnixTimeMilliseconds()), ("limit", limit));
        return [.. found.Select(StoredJson.Read<DeploymentQuestion>)];
    }

    /// <summary>Writes a question inside a transaction; false, and nothing is written, when it has its answer already.</summary>
    public static bool Put(Session sql, DeploymentQuestion question) => sql.Execute(
        """
        INSERT INTO deployment_question (key, repository, change_key, asked_ms, is_open, json)
        VALUES (@key, @repository, @change, @asked, @open, @json)
        ON CONFLICT (key) DO UPDATE SET change_key = excluded.change_key, is_open = excluded.is_open, json = excluded.json
        WHERE deployment_question.is_open = 1
        """,
        question.Key, question.Repository.ToString(), question.Change?.ToString() ?? "", question.AskedAt.ToUnixTimeMilliseconds(),
        question.IsApproved is null ? 1 : 0, StoredJson.Write(question)) == 1;

    /// <summary>Whether a deployment waits for the change request.</summary>
    public static bool IsAwaited(Session sql, ChangeKey change) => sql.Scalar(
        "SELECT 1 FROM deployment_question WHERE is_open = 1 AND change_key = @change LIMIT 1", change.ToString()) is not null;
}
