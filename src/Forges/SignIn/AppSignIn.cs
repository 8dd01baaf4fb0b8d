using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.SignIn;

/// <summary>
/// Signs in as a GitHub App: finds the installation that a call is about, and keeps a token of it. An app that is taken from an account,
/// suspended or installed again is noticed by what its calls are answered with (401, or 404 for the installation), which drops what is kept
/// here; the webhook <c>installation</c> need say nothing. Source: GitHub's OpenAPI description, "apps". Safe to call concurrently.
/// </summary>
internal sealed class AppSignIn(Exchange exchange, TimeProvider clock)
{
    // Repositories are named by strangers' webhooks; what is forgotten is only asked for again.
    private const int MostKept = 10_000;

    private readonly ConcurrentDictionary<ConnectionName, Renewal<string>> _apps = new();
    private readonly ConcurrentDictionary<(ConnectionName, SignInScope), Renewal<long>> _installations = new();
    private readonly ConcurrentDictionary<(ConnectionName, long), Renewal<string>> _tokens = new();

    /// <summary>What signs a call in that is about this.</summary>
    /// <exception cref="ForgeTroubleException">
    /// Forbidden when the app is not installed there or GitHub does not take its signature; unavailable when GitHub cannot be asked.
    /// </exception>
    public async ValueTask<Credential> ResolveAsync(Connection connection, AppIdentity app, SignInScope scope, CancellationToken cancellation)
    {
        if (scope.Kind == ScopeKind.App) return await AsAppAsync(connection, app, cancellation);
        var installation = Kept(_installations, (connection.Name, scope), () => new(() => FindAsync(connection, app, scope), clock));
        for (var isLast = false; ; isLast = true)
        {
            var id = await installation.GetAsync(cancellation);
            try
            {
                return await AsInstallationAsync(connection, app, id, cancellation);
            }
            catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Missing)
            {
                // It was taken away, and the app may be installed there again under another number.
                installation.Drop(id);
                if (isLast) throw Absent(connection, scope, trouble);
            }
        }
    }

    private async ValueTask<Credential> AsAppAsync(Connection connection, AppIdentity app, CancellationToken cancellation)
    {
        var kept = _apps.GetOrAdd(
            connection.Name, _ => new(() => Task.FromResult(AppJwt.Make(connection.Name, app, clock.GetUtcNow())), clock));
        var token = await kept.GetAsync(cancellation);
        return new Credential(token) { Account = "app", Drop = () => kept.Drop(token) };
    }

    private async ValueTask<Credential> AsInstallationAsync(Connection connection, AppIdentity app, long id, CancellationToken cancellation)
    {
        var kept = Kept(_tokens, (connection.Name, id), () => new(() => TokenAsync(connection, app, id), clock));
        var token = await kept.GetAsync(cancellation);
        return new Credential(token) { Account = string.Create(CultureInfo.InvariantCulture, $"installation {id}"), Drop = () => kept.Drop(token) };
    }

    private async Task<Lease<string>> TokenAsync(Connection connection, AppIdentity app, long id)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"/app/installations/{id}/access_tokens");
        var (answer, request) = await AskAsync(connection, app, HttpMethod.Post, path);
        var token = Exchange.Needed(answer, "token", request);
        var now = clock.GetUtcNow();
        return Lease<string>.Until(token, now, answer.Time("expires_at") ?? now.AddHours(1));
    }

    // An installation's number never changes while it is there.
    private async Task<Lease<long>> FindAsync(Connection connection, AppIdentity app, SignInScope scope)
    {
        var id = scope.Kind switch
        {
            ScopeKind.Installation => long.Parse(scope.Name, CultureInfo.InvariantCulture),
            ScopeKind.Repository => await FindAsync(connection, app, scope, $"/repos/{scope.Name}/installation"),
            ScopeKind.Organization => await FindAsync(connection, app, scope, $"/orgs/{scope.Name}/installation"),
            ScopeKind.User => await FindAsync(connection, app, scope, $"/users/{scope.Name}/installation"),
            _ => await OnlyOneAsync(connection, app),
        };
        return new Lease<long>(id, DateTimeOffset.MaxValue, DateTimeOffset.MaxValue);
    }

    private async Task<long> FindAsync(Connection connection, AppIdentity app, SignInScope scope, string path)
    {
        try
        {
            var (answer, request) = await AskAsync(connection, app, HttpMethod.Get, path);
            return answer.Number("id") ?? throw new ForgeTroubleException($"{request} got an answer without `id`", TroubleKind.Unavailable);
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Missing)
        {
            throw Absent(connection, scope, trouble);
        }
    }

    private async Task<long> OnlyOneAsync(Connection connection, AppIdentity app)
    {
        var (answer, _) = await AskAsync(connection, app, HttpMethod.Get, "/app/installations?per_page=2");
        var found = answer.Items().Select(one => one.Number("id")).OfType<long>().ToArray();
        return found.Length == 1 ? found[0] : throw new ForgeTroubleException(
            $"the app of connection `{connection.Name}` is installed on {(found.Length == 0 ? "no account" : "several accounts")}, and the "
            + "call does not say on whose behalf it is made",
            TroubleKind.Forbidden);
    }

    // As the app itself. A signature that is not taken may be an old one's, from before the key was changed.
    private async Task<(JsonElement Answer, ForgeRequest Request)> AskAsync(
        Connection connection, AppIdentity app, HttpMethod method, string path)
    {
        var address = new Uri(connection.ApiUrl + path, UriKind.Absolute);
        for (var isAgain = false; ; isAgain = true)
        {
            var credential = await AsAppAsync(connection, app, CancellationToken.None);
            var request = new ForgeRequest(connection, Dress, method, address, null) { Credential = credential };
            try
            {
                return (await exchange.AskAsync(request), request);
            }
            catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Forbidden)
            {
                credential.Drop?.Invoke();
                if (!isAgain && (await AsAppAsync(connection, app, CancellationToken.None)).Token != credential.Token) continue;
                throw new ForgeTroubleException(
                    $"{trouble.Message}; the app's `id`, its `privateKey` and this machine's clock must be right, and the app not suspended",
                    TroubleKind.Forbidden, trouble.RetryAfter, trouble);
            }
        }
    }

    private static void Dress(HttpRequestHeaders headers, Connection connection) =>
        headers.Authorization = new AuthenticationHeaderValue("Bearer", connection.Token.Reveal());

    private static ForgeTroubleException Absent(Connection connection, SignInScope scope, ForgeTroubleException trouble) => new(
        $"the app of connection `{connection.Name}` is not installed on {scope}, or no longer; install it there, on the app's page",
        TroubleKind.Forbidden, inner: trouble);

    private static TValue Kept<TKey, TValue>(ConcurrentDictionary<TKey, TValue> kept, TKey key, Func<TValue> make)
        where TKey : notnull
    {
        if (kept.TryGetValue(key, out var known)) return known;
        if (kept.Count >= MostKept) kept.Clear();
        return kept.GetOrAdd(key, _ => make());
    }
}
