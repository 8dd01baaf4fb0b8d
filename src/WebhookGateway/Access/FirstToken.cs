using GitOpsGate.Access;
using GitOpsGate.Audit;
using GitOpsGate.Ports;

namespace GitOpsGate.WebhookGateway.Access;

/// <summary>The first admin token: made when a gateway starts without any, and printed that once.</summary>
internal static class FirstToken
{
    /// <summary>Returns the token's text, or null when there is a token already.</summary>
    public static async Task<string?> MakeAsync(ITokenStore tokens, IGateStore store, TimeProvider clock, CancellationToken cancellation)
    {
        if (await tokens.AnyAsync(cancellation)) return null;
        var (text, now) = (TokenText.New(), clock.GetUtcNow());
        var token = new AccessToken(TokenText.NewReference(), "first admin", Role.Admin, now);
        var entry = new AuditDraft
        {
            Type = AuditTypes.TokenCreated,
            Outcome = AuditOutcome.Success,
            Subject = new AuditSubject("token", token.Reference),
            Attributes = AuditDraft.NoAttributes.Add("role", "admin").Add("why", "first start"),
        };
        await store.RecordAsync(new Record { Entries = [entry], At = now }, cancellation);
        await tokens.AddAsync(token, TokenText.Digest(text), cancellation);
        return text;
    }
}
