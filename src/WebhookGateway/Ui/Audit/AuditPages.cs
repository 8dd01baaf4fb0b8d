using System.Security.Claims;
using GitOpsGate.Access;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Access;
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
        long? at, long? before, ClaimsPrincipal user, IAuditReader log, TimeProvider clock, CancellationToken cancellation)
    {
        var head = await log.HeadAsync(cancellation);
        // An entry that was asked for stands among its neighbours.
        var end = Math.Clamp(before ?? at + (GateUi.PageLength / 2) ?? head.Size, 0, head.Size);
        return await PageAsync(log, head, end, at, null, user, clock, cancellation);
    }

    private static async Task<IResult> VerifyAsync(
        HttpContext context, IAntiforgery antiforgery, IAuditReader log, TimeProvider clock, CancellationToken cancellation)
    {
        if (!Schemes.CallerOf(context.User).May(Role.Operator) || !await antiforgery.IsRequestValidAsync(context))
        {
            return TypedResults.LocalRedirect("/audit");
        }

        var verification = await log.VerifyAsync(cancellation);
        var head = await log.HeadAsync(cancellation);
        return await PageAsync(log, head, head.Size, null, verification, context.User, clock, cancellation);
    }

    private static async Task<RazorComponentResult<AuditPage>> PageAsync(
        IAuditReader log, AuditHead head, long end, long? at, AuditVerification? verification, ClaimsPrincipal user,
        TimeProvider clock, CancellationToken cancellation)
    {
        var from = Math.Max(0, end - GateUi.PageLength);
        var leaves = await log.ReadAsync(from, (int)(end - from), cancellation);
        return new RazorComponentResult<AuditPage>(new
        {
            View = AuditView.Of(head, leaves, at, verification, clock.GetUtcNow()),
            MayVerify = Schemes.CallerOf(user).May(Role.Operator),
            MayOpen = Schemes.CallerOf(user).May(Role.Admin),
            Export = ExportForm.For(clock.GetUtcNow()),
        });
    }
}
