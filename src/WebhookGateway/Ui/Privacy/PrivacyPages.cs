using GitOpsGate.Acts;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Access;
using MediatR;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace GitOpsGate.WebhookGateway.Ui.Privacy;

/// <summary>
/// Erasures and legal holds, for admins: the acts of the API behind forms. Whoever is looked for is named in a form's body; addresses, which come to lie
/// in histories and logs, hold references.
/// </summary>
internal static class PrivacyPages
{
    private const string Address = "/privacy";

    public static void MapPrivacyPages(this IEndpointRouteBuilder routes)
    {
        var pages = routes.MapGroup(Address).RequireAuthorization(Schemes.Admin);
        pages.MapGet("", ShowAsync);
        pages.MapPost("/find", FindAsync);
        pages.MapPost("/erase", EraseAsync);
        pages.MapPost("/confirm", ConfirmAsync);
        pages.MapPost("/hold", HoldAsync);
        pages.MapPost("/release", ReleaseAsync);
    }

    private static async Task<IResult> ShowAsync(
        string? reference, string? notice, HttpContext context, [FromServices] IPrivacyStore store, TimeProvider clock, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        FoundPerson? found = null;
        if (reference is not null)
        {
            if (await KnownAsync(store, reference, cancellation) is not { } known) return GateUi.Missing("Nobody is known by this reference.");
            var (standing, would) = (await store.StandingAsync(known, cancellation), await store.PreviewAsync(known, cancellation));
            found = FoundPerson.Of(standing, would, Schemes.CallerOf(context.User), now);
        }

        var rows = await store.ListAsync(GateUi.PageLength, cancellation);
        return new RazorComponentResult<PrivacyPage>(new
        {
            View = new PrivacyView([.. rows.Select(row => PrivacyRow.Of(row, now))], found),
            Notice = notice switch
            {
                "asked" => "The erasure is asked for. Another admin confirms it on this page.",
                "held" => "The erasure is held back until the hold is released.",
                "released" => "The legal hold has ended.",
                _ => null,
            },
        });
    }

    private static async Task<IResult> FindAsync(
        [FromForm] string? subject, HttpContext context, IAntiforgery antiforgery, [FromServices] IPrivacyStore store, CancellationToken cancellation)
    {
        if (!await antiforgery.IsRequestValidAsync(context)) return TooOld();
        return await store.FindAsync(subject?.Trim() ?? "", cancellation) is { } reference
            ? TypedResults.LocalRedirect(To(reference))
            : GateUi.Missing("Nobody is known by that name. A reference a_…, or a forge and a login or id such as github:alice, would be right.");
    }

    private static async Task<IResult> EraseAsync(
        [FromForm] string? reference, [FromForm] string? reason, [FromForm] string? basis, HttpContext context, [AsParameters] PrivacyForms forms,
        CancellationToken cancellation)
    {
        if (await KnownAsync(forms.Store, reference, cancellation) is not { } known) return Unknown();
        // Whoever presses this button means to ask, and never to confirm what somebody else has asked for meanwhile.
        if ((await forms.Store.StandingAsync(known, cancellation)).RequestedBy is not null)
            return GateUi.Says(StatusCodes.Status409Conflict, "Could not be done", "This erasure was asked for already.");
        var act = new RequestErasure(Schemes.CallerOf(context.User), known, basis?.Trim() ?? "", reason ?? "");
        return await Acting.DoAsync(context, forms.Antiforgery, forms.Acts, act, To(known, "asked"), cancellation);
    }

    private static async Task<IResult> ConfirmAsync(
        [FromForm] string? reference, HttpContext context, [AsParameters] PrivacyForms forms, CancellationToken cancellation)
    {
        if (!await forms.Antiforgery.IsRequestValidAsync(context)) return TooOld();
        if (await KnownAsync(forms.Store, reference, cancellation) is not { } known) return Unknown();
        var act = new ConfirmErasure(Schemes.CallerOf(context.User), await forms.Store.StandingAsync(known, cancellation));
        return await forms.Acts.Send(act, cancellation) switch
        {
            ActAnswer<ErasureReport>.Done(var report) => GateUi.Says(
                StatusCodes.Status200OK, "Erased", $"{known} is erased: {string.Join(", ", FoundPerson.Words(report))}."),
            ActAnswer<ErasureReport>.Forbidden(var why) => GateUi.Says(StatusCodes.Status403Forbidden, "Not allowed", why),
            ActAnswer<ErasureReport>.Missing(var why) => GateUi.Says(StatusCodes.Status404NotFound, "Not found", why),
            ActAnswer<ErasureReport>.Refused(var why, _) => GateUi.Says(StatusCodes.Status409Conflict, "Could not be done", why),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private static Task<IResult> HoldAsync(
        [FromForm] string? reference, [FromForm] string? reason, HttpContext context, [AsParameters] PrivacyForms forms, CancellationToken cancellation) =>
        SetHoldAsync((reference, reason ?? "", true), context, forms, cancellation);

    private static Task<IResult> ReleaseAsync(
        [FromForm] string? reference, [FromForm] string? reason, HttpContext context, [AsParameters] PrivacyForms forms, CancellationToken cancellation) =>
        SetHoldAsync((reference, reason ?? "", false), context, forms, cancellation);

    private static async Task<IResult> SetHoldAsync(
        (string? Reference, string Reason, bool IsHeld) asked, HttpContext context, PrivacyForms forms, CancellationToken cancellation)
    {
        if (await KnownAsync(forms.Store, asked.Reference, cancellation) is not { } known) return Unknown();
        var act = new HoldSubject(Schemes.CallerOf(context.User), known, asked.IsHeld, asked.Reason);
        return await Acting.DoAsync(context, forms.Antiforgery, forms.Acts, act, To(known, asked.IsHeld ? "held" : "released"), cancellation);
    }

    // Addresses and hidden fields hold references; a name in their place is nobody's.
    private static async Task<string?> KnownAsync(IPrivacyStore store, string? reference, CancellationToken cancellation) =>
        reference is not null && reference.StartsWith("a_", StringComparison.Ordinal) ? await store.FindAsync(reference, cancellation) : null;

    private static string To(string reference, string? notice = null) =>
        $"{Address}?reference={Uri.EscapeDataString(reference)}{(notice is null ? "" : $"&notice={notice}")}";

    private static RazorComponentResult<MessagePage> TooOld() => GateUi.Says(StatusCodes.Status400BadRequest, "The form was too old", "Go back, reload the page and try again.");

    private static RazorComponentResult Unknown() => GateUi.Missing("Nobody is known by this reference.");
}

/// <summary>What the forms are answered with.</summary>
internal sealed record PrivacyForms([FromServices] IPrivacyStore Store, [FromServices] IMediator Acts, [FromServices] IAntiforgery Antiforgery);
