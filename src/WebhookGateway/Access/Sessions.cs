using GitOpsGate.Access;
using GitOpsGate.Audit;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Telemetry;
using GitOpsGate.WebhookGateway.Ui.Audit;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace GitOpsGate.WebhookGateway.Access;

/// <summary>Signing in to the pages: a token posted once becomes a session cookie.</summary>
internal static class Sessions
{
    public static void MapSessions(this IEndpointRouteBuilder app)
    {
        app.MapPost("/sign-in", SignInAsync).AllowAnonymous().ExcludeFromDescription();
        app.MapPost("/sign-out", SignOutAsync).AllowAnonymous().ExcludeFromDescription();
    }

    /// <summary>A session lives as long as its token: a token that was revoked ends it at the next call.</summary>
    public static async Task StillStandsAsync(CookieValidatePrincipalContext context)
    {
        var tokens = context.HttpContext.RequestServices.GetRequiredService<ITokenStore>();
        var hex = context.Principal?.FindFirst(Schemes.DigestClaim)?.Value ?? "";
        var token = await tokens.FindAsync(Convert.FromHexString(hex), context.HttpContext.RequestAborted);
        if (token is not null) return;
        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(Schemes.Session);
    }

    private static async Task<IResult> SignInAsync(HttpContext context, IAntiforgery antiforgery, TokenDesk desk, GateMeters meters)
    {
        if (!await antiforgery.IsRequestValidAsync(context)) return TypedResults.Redirect("/sign-in?problem=expired");
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var digest = TokenText.Digest(form["token"].ToString().Trim());
        var token = await desk.FindAsync(digest, "sign-in", context.RequestAborted);
        if (token is null || digest is null || token.Role == Role.Agent)
        {
            return TypedResults.Redirect($"/sign-in?problem=token&return={Uri.EscapeDataString(form["return"].ToString())}");
        }

        await context.SignInAsync(Schemes.Session, Schemes.Principal(token, digest, Schemes.Session));
        meters.SignedIn("done");
        await RecordAsync(context, token);
        // An auditor's link opens one page, whichever was asked for.
        if (token.Role == Role.Auditor) return TypedResults.LocalRedirect(AuditorPages.Address);
        return TypedResults.LocalRedirect(IsOurs(form["return"]) ? form["return"].ToString() : "/");
    }

    private static async Task<IResult> SignOutAsync(HttpContext context, IAntiforgery antiforgery)
    {
        if (!await antiforgery.IsRequestValidAsync(context)) return TypedResults.Redirect("/");
        await context.SignOutAsync(Schemes.Session);
        return TypedResults.Redirect("/sign-in");
    }

    private static Task<Recorded> RecordAsync(HttpContext context, AccessToken token)
    {
        var clock = context.RequestServices.GetRequiredService<TimeProvider>();
        var entry = new AuditDraft
        {
            Type = AuditTypes.SessionStarted,
            Outcome = AuditOutcome.Success,
            Actor = new AuditActor("user", token.Reference),
        };
        var record = new Record { Entries = [entry], At = clock.GetUtcNow() };
        return context.RequestServices.GetRequiredService<IGateStore>().RecordAsync(record, CancellationToken.None);
    }

    /// <summary>Whether a return address stays here: one slash, then neither a slash nor a backslash.</summary>
    private static bool IsOurs(string? address) =>
        address is ['/', ..] and not ['/', '/' or '\\', ..] && !address.Any(char.IsControl);
}
