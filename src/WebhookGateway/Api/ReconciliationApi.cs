using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GitOpsGate.WebhookGateway.Api;

/// <summary>How the repositories of a connection were last compared with their forge.</summary>
internal static class ReconciliationApi
{
    public static void MapReconciliation(this RouteGroupBuilder api) =>
        api.MapGet("/connections/{name}/reconciliation", ListAsync).WithTags("connections").WithName("ListReconciliation")
            .WithSummary("The last comparison of each repository with its forge: what webhooks had not told of");

    private static async Task<Results<Ok<PageView<ReconciledView>>, ProblemHttpResult>> ListAsync(
        string name, GateConfiguration configuration, IReconcileStore store, CancellationToken cancellation)
    {
        if (configuration.Connections.All(connection => connection.Name.Value != name))
        {
            return GateApi.NotFound($"there is no connection `{name}` in gate.yaml");
        }

        var rounds = await store.OfConnectionAsync(new ConnectionName(name), cancellation);
        return TypedResults.Ok(new PageView<ReconciledView>([.. rounds.Select(ReconciledView.Of)], null));
    }
}

/// <summary>How one repository was last compared.</summary>
/// <param name="HasHook">Whether the gate looks after a webhook of its own there.</param>
/// <param name="ComparedAt">When the last round began that compared everything, or null.</param>
/// <param name="TriedAt">When the last round began, or null.</param>
/// <param name="Redelivered">Deliveries that the forge was asked to send again in that round.</param>
/// <param name="Backfilled">Deliveries that the gate made for itself in that round.</param>
/// <param name="Trouble">What that round could not do; empty when all went well.</param>
public sealed record ReconciledView(
    string Repository, bool HasHook, DateTimeOffset? ComparedAt, DateTimeOffset? TriedAt, int Redelivered, int Backfilled, bool HookRepaired,
    string Trouble)
{
    internal static ReconciledView Of(Reconciled round) => new(
        round.Repository.Path, round.HasHook, round.ComparedAt, round.TriedAt, round.Redelivered, round.Backfilled, round.IsHookRepaired,
        round.Trouble);
}
