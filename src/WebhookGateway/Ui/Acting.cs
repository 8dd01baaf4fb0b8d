using GitOpsGate.Acts;
using MediatR;
using Microsoft.AspNetCore.Antiforgery;

namespace GitOpsGate.WebhookGateway.Ui;

/// <summary>A form's way to an act: the form is ours, the act is asked for, the browser goes on to a page.</summary>
internal static class Acting
{
    public static async Task<IResult> DoAsync<T>(
        HttpContext context, IAntiforgery antiforgery, IMediator mediator, IAct<T> act, string then,
        CancellationToken cancellation)
    {
        if (!await antiforgery.IsRequestValidAsync(context))
        {
            return GateUi.Says(StatusCodes.Status400BadRequest, "The form was too old", "Go back, reload the page and try again.");
        }

        return await mediator.Send(act, cancellation) switch
        {
            ActAnswer<T>.Done => TypedResults.LocalRedirect(then),
            ActAnswer<T>.Forbidden(var why) => GateUi.Says(StatusCodes.Status403Forbidden, "Not allowed", why),
            ActAnswer<T>.Missing(var why) => GateUi.Says(StatusCodes.Status404NotFound, "Not found", why),
            ActAnswer<T>.Refused(var why, _) => GateUi.Says(StatusCodes.Status409Conflict, "Could not be done", why),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }
}
