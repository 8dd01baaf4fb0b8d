using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
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
        var answer = await client.OpenAsApp(connection, app).GetAsync("/app", cancellation);
        if (answer.Number("id") is not { } id)
        {
            throw new ForgeTroubleException($"GitHub did not say the number of app `{app.Id}`", TroubleKind.Unavailable);
        }

        return _known[key] = new GitHubAppName(id, answer.Text("slug"));
    }

    /// <summary>Whether something that names its app (a check run, a comment) is this app's.</summary>
    public static bool IsOf(AppIdentity app, JsonElement named) => named.Id("id") == app.Id || named.Text("client_id") == app.Id;

    /// <summary>
    /// A token that proves for nine minutes that its bearer holds the app's key. Source: docs.github.com, "Generating a JSON Web Token for a
    /// GitHub App": RS256, issued a minute ago for clocks that are behind, for ten minutes at most.
    /// </summary>
    /// <exception cref="ForgeTroubleException">The key is none.</exception>
    public static string Proof(AppIdentity app, DateTimeOffset now)
    {
        var claims = new JsonObject
        {
            ["iat"] = now.AddMinutes(-1).ToUnixTimeSeconds(),
            ["exp"] = now.AddMinutes(9).ToUnixTimeSeconds(),
            ["iss"] = app.Id,
        };
        var signed = $"{Encoded("""{"alg":"RS256","typ":"JWT"}""")}.{Encoded(claims.ToJsonString())}";
        using var key = RSA.Create();
        try
        {
            key.ImportFromPem(app.PrivateKey.Reveal());
            var signature = key.SignData(Encoding.UTF8.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            return $"{signed}.{Base64Url.EncodeToString(signature)}";
        }
        catch (Exception wrong) when (wrong is ArgumentException or CryptographicException)
        {
            // The inner message may quote the key, so it is not passed on.
            throw new ForgeTroubleException(
                $"the private key of app `{app.Id}` cannot be used; an RSA key as PEM would be right", TroubleKind.Forbidden);
        }
    }

    private static string Encoded(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
