using System.Collections.Immutable;
using System.Globalization;
using GitOpsGate.Acts;
using GitOpsGate.WebhookGateway.Access;
using GitOpsGate.WebhookGateway.Api;
using MediatR;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GitOpsGate.WebhookGateway.Ui.Audit;

/// <summary>Opens what an entry keeps sealed, for an admin who asks with the form of the audit page; it is recorded, so it is posted.</summary>
internal static class SealedForm
{
    public static async Task<IResult> SendAsync(HttpContext context, IAntiforgery antiforgery, IMediator mediator, CancellationToken cancellation)
    {
        if (!await antiforgery.IsRequestValidAsync(context))
            return Says(StatusCodes.Status400BadRequest, "The form was too old", "Go back, reload the page and try again.");
        var form = await context.Request.ReadFormAsync(cancellation);
        if (!long.TryParse(form["index"], NumberStyles.None, CultureInfo.InvariantCulture, out var index))
            return Says(StatusCodes.Status400BadRequest, "This is no entry", "An entry has a number, from 0.");
        return await mediator.Send(new OpenSections(Schemes.CallerOf(context.User), index), cancellation) switch
        {
            ActAnswer<OpenedEntry>.Done(var opened) => new RazorComponentResult<SealedPage>(new
            {
                opened.Index,
                Sections = opened.Sections.Select(OpenedSectionView.Of).ToImmutableArray(),
            }),
            ActAnswer<OpenedEntry>.Forbidden(var why) => Says(StatusCodes.Status403Forbidden, "Not allowed", why),
            ActAnswer<OpenedEntry>.Missing(var why) => Says(StatusCodes.Status404NotFound, "Not found", why),
            ActAnswer<OpenedEntry>.Refused(var why, _) => Says(StatusCodes.Status409Conflict, "Could not be done", why),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private static RazorComponentResult<MessagePage> Says(int status, string title, string text) =>
        new(new { Title = title, Text = text }) { StatusCode = status };
}
