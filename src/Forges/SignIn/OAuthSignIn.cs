using System.Collections.Concurrent;
using System.Text;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.SignIn;

/// <summary>
/// Signs in as an OAuth client for itself (RFC 6749 §4.4), as Bitbucket Cloud's consumers do, and keeps the token until shortly before its
/// end. Safe to call concurrently.
/// </summary>
internal sealed class OAuthSignIn(Exchange exchange, TimeProvider clock)
{
    private static readonly byte[] Grant = Encoding.ASCII.GetBytes("grant_type=client_credentials");

    private readonly ConcurrentDictionary<ConnectionName, Renewal<string>> _tokens = new();

    /// <exception cref="ForgeTroubleException">Forbidden when key or secret are not taken; unavailable when nobody answers.</exception>
    public async ValueTask<Credential> ResolveAsync(Connection connection, OAuthIdentity oauth, CancellationToken cancellation)
    {
        var kept = _tokens.GetOrAdd(connection.Name, _ => new(() => TokenAsync(connection, oauth), clock));
        var token = await kept.GetAsync(cancellation);
        return new Credential(token) { Drop = () => kept.Drop(token) };
    }

    private async Task<Lease<string>> TokenAsync(Connection connection, OAuthIdentity oauth)
    {
        var request = new ForgeRequest(connection, Exchange.Bare, HttpMethod.Post, new Uri(oauth.Address, UriKind.Absolute), Grant)
        {
            ContentType = "application/x-www-form-urlencoded",
            Credential = new Credential(oauth.Secret.Reveal()) { User = oauth.Key, Account = "sign-in" },
        };
        try
        {
            var answer = await exchange.AskAsync(request);
            var now = clock.GetUtcNow();
            var seconds = Math.Clamp(answer.Number("expires_in") ?? 3600, 60, 30 * 24 * 3600);
            return Lease<string>.Until(Exchange.Needed(answer, "access_token", request), now, now.AddSeconds(seconds));
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind is TroubleKind.Forbidden or TroubleKind.Refused or TroubleKind.Missing)
        {
            // RFC 6749 §5.2: a client that is not known is told so with 400 or 401.
            throw new ForgeTroubleException(
                $"{trouble.Message}; `key` and `secret` should be those of the OAuth consumer, and it a private one",
                TroubleKind.Forbidden, trouble.RetryAfter, trouble);
        }
    }
}
