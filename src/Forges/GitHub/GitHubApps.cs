using System.Collections.Concurrent;
using System.Text.Json;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.GitHub;

/// <summary>An app as GitHub knows it.</summary>
/// <param name="Id">Its number: what a required check is bound to.</param>
/// <param name="Slug">Its name in addresses.</param>
internal sealed record GitHubAppName(long Id, string Slug);

/// <summary>What is asked as the app itself, and not as one of its installations.</summary>
internal sealed class GitHubApps(GitHubClient client)
{
    private readonly ConcurrentDictionary<(string ApiUrl, string App), GitHubAppName> _known = new();

    /// <summary>The app that signs in; an app's number never changes, so it is asked for once.</summary>
    /// <exception cref="ForgeTroubleException">GitHub did not answer, or does not know the app by this key.</exception>
    public async Task<GitHubAppName> WhoAsync(Connection connection, AppIdentity app, CancellationToken cancellation)
    {
        var key = (connection.ApiUrl, app.Id);
        if (_known.TryGetValue(key, out var known)) return known;
        var answer = await client.OpenAsApp(connection).GetAsync("/app", cancellation);
        if (answer.Number("id") is not { } id)
        {
            throw new ForgeTroubleException($"GitHub did not say the number of app `{app.Id}`", TroubleKind.Unavailable);
        }

        return _known[key] = new GitHubAppName(id, answer.Text("slug"));
    }

    /// <summary>Whether something that names its app (a check run, a comment) is this app's.</summary>
    public static bool IsOf(AppIdentity app, JsonElement named) => named.Id("id") == app.Id || named.Text("client_id") == app.Id;
}
