using GitOpsGate.Acts;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Access;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GitOpsGate.WebhookGateway.Api;

/// <summary>What the gate owes: statuses, comments, dispatches.</summary>
internal static class ObligationsApi
{
    public static void MapObligations(this RouteGroupBuilder api)
    {
        var obligations = api.MapGroup("/obligations").WithTags("obligations");
        obligations.MapGet("/", ListAsync).WithName("ListObligations").WithSummary("Obligations, newest first");
        obligations.MapPost("/{id:long}/retry", RetryAsync).WithName("RetryObligation").WithSummary("Try a dead obligation again");
    }

    private static async Task<Results<Ok<PageView<ObligationView>>, ProblemHttpResult>> ListAsync(
        string? state, string? change, string? after, int? limit, IGateReader reader, CancellationToken cancellation)
    {
        if (!GateApi.TryWord<ObligationState>(state, out var wanted)) return GateApi.UnknownWord<ObligationState>("state", state);
        var page = await reader.ObligationsAsync(new ObligationFilter(wanted, change, after, GateApi.Limit(limit)), cancellation);
        return TypedResults.Ok(new PageView<ObligationView>([.. page.Items.Select(ObligationView.Of)], page.Next));
    }

    private static async Task<Results<Ok<RetryView>, ProblemHttpResult>> RetryAsync(
        long id, HttpContext context, IMediator acts, CancellationToken cancellation)
    {
        var answer = await acts.Send(new RetryObligation(Schemes.CallerOf(context.User), id), cancellation);
        return ActResults.Of(answer, context, obligation => new RetryView(obligation));
    }
}
