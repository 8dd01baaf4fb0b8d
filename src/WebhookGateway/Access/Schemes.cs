using System.Security.Claims;
using GitOpsGate.Access;

namespace GitOpsGate.WebhookGateway.Access;

/// <summary>How callers show who they are, and how that is written on their identity.</summary>
public static class Schemes
{
    /// <summary><c>Authorization: Bearer gog_…</c>, for the API.</summary>
    public const string Bearer = "bearer";

    /// <summary>The session cookie, for the pages.</summary>
    public const string Session = "session";

    /// <summary>Picks one of the two by whether the call carries an Authorization header.</summary>
    public const string Either = "either";

    /// <summary>The policy names, which are the least roles.</summary>
    public const string Viewer = "viewer";
    public const string Operator = "operator";
    public const string Admin = "admin";
    public const string Agent = "agent";
    public const string Auditor = "auditor";

    internal const string DigestClaim = "token-digest";
    private const string ReferenceClaim = "reference";
    private const string RoleClaim = "role";
    private const string TargetClaim = "target";

    /// <summary>The identity of a token's holder.</summary>
    internal static ClaimsPrincipal Principal(AccessToken token, byte[] digest, string scheme) => new(new ClaimsIdentity(
        [
            new Claim(ReferenceClaim, token.Reference),
            new Claim(ClaimTypes.Name, token.Name),
            new Claim(RoleClaim, token.Role.ToString()),
            new Claim(DigestClaim, Convert.ToHexStringLower(digest)),
            .. token.Target is { } target ? new[] { new Claim(TargetClaim, target) } : [],
        ],
        scheme));

    /// <summary>The target that the caller's token is bound to, or null.</summary>
    public static string? TargetOf(ClaimsPrincipal principal) => principal.FindFirstValue(TargetClaim);

    /// <summary>Who calls; <see cref="Caller.Nobody"/> when nobody has signed in.</summary>
    public static Caller CallerOf(ClaimsPrincipal principal) =>
        principal.FindFirstValue(ReferenceClaim) is { } reference && Enum.TryParse<Role>(principal.FindFirstValue(RoleClaim), out var role)
            ? new Caller(reference, principal.FindFirstValue(ClaimTypes.Name) ?? "", role)
            : Caller.Nobody;
}
