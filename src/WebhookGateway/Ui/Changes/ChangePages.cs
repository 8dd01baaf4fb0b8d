using GitOpsGate.Changes;
using GitOpsGate.Ports;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GitOpsGate.WebhookGateway.Ui.Changes;

/// <summary>The list of change requests, and the way from a change request to its latest ruling.</summary>
internal static class ChangePages
{
    public static void MapChangePages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", ListAsync);
        routes.MapGet("/changes/{connection}/{number:long}", LatestAsync);
    }

    private static async Task<RazorComponentResult<ChangesPage>> ListAsync(
        string? show, string? after, IGateReader reader, TimeProvider clock, CancellationToken cancellation)
    {
        var tab = ChangesView.Filters.FirstOrDefault(tab => tab.Word == show, ChangesView.Filters[0]);
        var filter = new ChangeFilter(tab.State, tab.Verdict, null, after, GateUi.PageLength);
        var page = await reader.ChangesAsync(filter, cancellation);
        var counts = await reader.CountsAsync(cancellation);
        return new RazorComponentResult<ChangesPage>(new { View = ChangesView.Of(tab.Word, page, counts, clock.GetUtcNow()) });
    }

    private static async Task<IResult> LatestAsync(
        string connection, long number, string repository, IGateReader reader, CancellationToken cancellation)
    {
        var key = new ChangeKey(new RepositoryKey(new ConnectionName(connection), repository), number);
        var change = await reader.ChangeAsync(key, cancellation);
        return change?.Latest is { } latest
            ? TypedResults.LocalRedirect($"/rulings/{latest.Id}")
            : GateUi.Missing($"There is no ruling of `{repository}#{number}` yet.");
    }
}
