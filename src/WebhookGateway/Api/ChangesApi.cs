using GitOpsGate.Changes;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GitOpsGate.WebhookGateway.Api;

/// <summary>
/// Change requests. A repository's path has slashes, so it stands in the query: <c>/changes/github/7?repository=acme/shop</c>.
/// </summary>
internal static class ChangesApi
{
    public static void MapChanges(this RouteGroupBuilder api)
    {
        var changes = api.MapGroup("/changes").WithTags("changes");
        changes.MapGet("/", ListAsync).WithName("ListChanges")
            .WithSummary("Change requests, those that wait longest first among the open ones");
        changes.MapGet("/{connection}/{number:long}", ShowAsync).WithName("ShowChange")
            .WithSummary("One change request with its latest ruling");
        changes.MapGet("/{connection}/{number:long}/rulings", RulingsAsync).WithName("ListRulingsOfChange")
            .WithSummary("All rulings of a change request, newest first");
    }

    private static async Task<Results<Ok<PageView<ChangeView>>, ProblemHttpResult>> ListAsync(
        [AsParameters] ChangeQuery query, IGateReader reader, CancellationToken cancellation)
    {
        if (!GateApi.TryWord<ChangeState>(query.State, out var state)) return GateApi.UnknownWord<ChangeState>("state", query.State);
        if (!GateApi.TryWord<Verdict>(query.Verdict, out var verdict)) return GateApi.UnknownWord<Verdict>("verdict", query.Verdict);
        var filter = new ChangeFilter(state, verdict, query.Repository, query.After, GateApi.Limit(query.Limit));
        var page = await reader.ChangesAsync(filter, cancellation);
        return TypedResults.Ok(new PageView<ChangeView>([.. page.Items.Select(ChangeView.Of)], page.Next));
    }

    private static async Task<Results<Ok<ChangeView>, ProblemHttpResult>> ShowAsync(
        string connection, long number, string repository, IGateReader reader, CancellationToken cancellation)
    {
        var key = KeyOf(connection, number, repository);
        return await reader.ChangeAsync(key, cancellation) is { } change
            ? TypedResults.Ok(ChangeView.Of(change))
            : GateApi.NotFound($"the gate has not seen `{key}`");
    }

    private static async Task<Ok<PageView<RulingView>>> RulingsAsync(
        string connection, long number, string repository, IGateReader reader, CancellationToken cancellation)
    {
        var rulings = await reader.RulingsOfAsync(KeyOf(connection, number, repository), cancellation);
        return TypedResults.Ok(new PageView<RulingView>([.. rulings.Select(RulingView.Of)], null));
    }

    private static ChangeKey KeyOf(string connection, long number, string repository) =>
        new(new RepositoryKey(new ConnectionName(connection), repository), number);
}

/// <param name="State">open, closed or merged.</param>
/// <param name="Verdict">denied, errored, held or allowed.</param>
/// <param name="Repository">The repository's full name.</param>
/// <param name="After">The `next` of the page before.</param>
/// <param name="Limit">1 to 500; 50 when absent.</param>
internal sealed record ChangeQuery(string? State, string? Verdict, string? Repository, string? After, int? Limit);
