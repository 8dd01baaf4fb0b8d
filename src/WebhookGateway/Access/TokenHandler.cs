using System.Text.Encodings.Web;
using GitOpsGate.Access;
using GitOpsGate.Audit;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Intake;
using GitOpsGate.WebhookGateway.Telemetry;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace GitOpsGate.WebhookGateway.Access;

/// <summary>Looks a bearer token up by its digest. A wrong one is counted, never logged.</summary>
internal sealed class TokenHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, TokenDesk desk)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    private const string Prefix = "Bearer ";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)) return AuthenticateResult.NoResult();
        var digest = TokenText.Digest(header[Prefix.Length..].Trim());
        var token = await desk.FindAsync(digest, "api", Context.RequestAborted);
        if (token is null || digest is null) return AuthenticateResult.Fail("the token is unknown");
        return AuthenticateResult.Success(new AuthenticationTicket(Schemes.Principal(token, digest, Schemes.Bearer), Schemes.Bearer));
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        await TypedResults.Problem(
            "send `Authorization: Bearer gog_…` with a token of this gateway", statusCode: StatusCodes.Status401Unauthorized,
            title: "nobody is signed in").ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => TypedResults.Problem(
        "the token's role does not reach here", statusCode: StatusCodes.Status403Forbidden, title: "not allowed").ExecuteAsync(Context);
}

/// <summary>
/// Where tokens are looked up; counts the wrong ones for the metrics and the audit log. Safe for concurrent use.
/// </summary>
internal sealed class TokenDesk(ITokenStore tokens, RefusalLedger ledger, GateMeters meters)
{
    /// <summary>The token with this digest, or null; null in gives null.</summary>
    /// <param name="door">Where it was shown: <c>api</c> or <c>sign-in</c>.</param>
    public async Task<AccessToken?> FindAsync(byte[]? digest, string door, CancellationToken cancellation)
    {
        var token = digest is null ? null : await tokens.FindAsync(digest, cancellation);
        if (token is not null) return token;
        ledger.Count(AuditTypes.SessionFailed, door, digest is null ? "malformed" : "unknown_token");
        meters.SignedIn("failed");
        return null;
    }
}
