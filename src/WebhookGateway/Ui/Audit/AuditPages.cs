using System.Security.Claims;
using GitOpsGate.Access;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Access;
using GitOpsGate.WebhookGateway.Audit.Anchors;
using GitOpsGate.WebhookGateway.Audit.Sinks;
using GitOpsGate.WebhookGateway.Audit.Witnesses;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GitOpsGate.WebhookGateway.Ui.Audit;

/// <summary>The audit log, newest entries first, and its verification.</summary>
internal static class AuditPages
{
    public static void MapAuditPages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/audit", ListAsync);
        routes.MapPost("/audit/verify", VerifyAsync);
        routes.MapPost("/audit/export", ExportForm.SendAsync);
        routes.MapPost("/audit/open", SealedForm.SendAsync);
    }

    private static async Task<RazorComponentResult<AuditPage>> ListAsync(
        long? at, long? before, ClaimsPrincipal user, IAuditReader log, AuditSurroundings around, CancellationToken cancellation)
    {
        var head = await log.HeadAsync(cancellation);
        // An entry that was asked for stands among its neighbours.
        var end = Math.Clamp(before ?? at + (GateUi.PageLength / 2) ?? head.Size, 0, head.Size);
        return await PageAsync(log, head, end, at, null, user, around, cancellation);
    }

    private static async Task<IResult> VerifyAsync(
        HttpContext context, IAntiforgery antiforgery, IAuditReader log, AuditSurroundings around, CancellationToken cancellation)
    {
        if (!Schemes.CallerOf(context.User).May(Role.Operator) || !await antiforgery.IsRequestValidAsync(context))
        {
            return TypedResults.LocalRedirect("/audit");
        }

        var verification = await log.VerifyAsync(cancellation);
        var head = await log.HeadAsync(cancellation);
        return await PageAsync(log, head, head.Size, null, verification, context.User, around, cancellation);
    }

    private static async Task<RazorComponentResult<AuditPage>> PageAsync(
        IAuditReader log, AuditHead head, long end, long? at, AuditVerification? verification, ClaimsPrincipal user,
        AuditSurroundings around, CancellationToken cancellation)
    {
        var now = around.Clock.GetUtcNow();
        var from = Math.Max(0, end - GateUi.PageLength);
        var leaves = await log.ReadAsync(from, (int)(end - from), cancellation);
        return new RazorComponentResult<AuditPage>(new
        {
            View = AuditView.Of(head, leaves, at, verification, now),
            MayVerify = Schemes.CallerOf(user).May(Role.Operator),
            MayOpen = Schemes.CallerOf(user).May(Role.Admin),
            Export = ExportForm.For(now),
            Sinks = SinkRow.Of(around.Sinks, now),
            Anchors = AnchorTable.Of(around.Anchors, await around.Anchored.NewestAsync(AnchorTable.Length, cancellation), now),
            Witnesses = WitnessesView.Of(around.Witnesses, now),
        });
    }
}

/// <summary>What stands on the page beside the log itself.</summary>
internal sealed record AuditSurroundings(
    SinkBoard Sinks, AnchorBoard Anchors, IAnchorStore Anchored, WitnessBoard Witnesses, TimeProvider Clock);
