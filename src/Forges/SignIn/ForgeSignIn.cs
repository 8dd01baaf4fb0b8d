using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.SignIn;

/// <summary>
/// Turns what <c>gate.yaml</c> says of signing in into what signs a call. Every member may be called concurrently, and is cheap while what
/// is kept holds.
/// </summary>
internal sealed class ForgeSignIn
{
    private readonly AppSignIn _apps;
    private readonly OAuthSignIn _clients;

    /// <param name="call">Sends one request as it is signed, within the bounds of every call.</param>
    public ForgeSignIn(Func<ForgeRequest, CancellationToken, Task<RawAnswer>> call, TimeProvider clock)
    {
        var exchange = new Exchange(call);
        (_apps, _clients) = (new AppSignIn(exchange, clock), new OAuthSignIn(exchange, clock));
    }

    /// <summary>What signs a call in that is about this.</summary>
    /// <exception cref="ForgeTroubleException">Signing in failed; the call was not sent.</exception>
    public ValueTask<Credential> ResolveAsync(Connection connection, SignInScope scope, CancellationToken cancellation) => connection switch
    {
        { Lacks: { } why } => throw new ForgeTroubleException($"connection `{connection.Name}` cannot sign in: {why}", TroubleKind.Forbidden),
        { App: { } app } => _apps.ResolveAsync(connection, app, scope, cancellation),
        { OAuth: { } oauth } => _clients.ResolveAsync(connection, oauth, cancellation),
        _ => new ValueTask<Credential>(new Credential(connection.Token.Reveal()) { User = connection.User }),
    };
}
