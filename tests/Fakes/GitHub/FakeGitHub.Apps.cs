using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace GitOpsGate.Fakes.GitHub;

/// <summary>Apps: they prove themselves with a JWT of their own key, and act with a token of their installation.</summary>
public sealed partial class FakeGitHub
{
    /// <summary>Adds an app, installed everywhere.</summary>
    /// <param name="key">Its RSA key as PEM; the public half is enough.</param>
    public GitHubApp AddApp(string slug, string key)
    {
        var rsa = RSA.Create();
        rsa.ImportFromPem(key);
        lock (_gate)
        {
            var app = new GitHubApp(NextId(), slug, NextId(), rsa);
            User(app.BotLogin);
            _apps.Add(app);
            return app;
        }
    }

    /// <summary>Gives an app a webhook of its own.</summary>
    public void SetAppHook(GitHubApp app, string url, string secret)
    {
        lock (_gate) app.Hook = new GitHubHook(NextId(), url, "json", secret, ["*"], true);
    }

    /// <summary>Says to an app that its installation on an account was suspended, or works again. Its tokens work on.</summary>
    public async Task SuspendAsync(GitHubApp app, string owner, string by, bool isSuspended)
    {
        GitHubHook? hook;
        lock (_gate) hook = app.Hook;
        if (hook is null) return;
        await SendToAsync(hook, "installation", new JsonObject
        {
            ["action"] = isSuspended ? "suspend" : "unsuspend",
            ["installation"] = new JsonObject
            {
                ["id"] = app.InstallationId,
                ["account"] = new JsonObject { ["login"] = owner, ["type"] = "Organization" },
            },
            ["sender"] = GitHubShapes.User(User(by)),
        });
    }

    /// <summary>A token of an app's installation, good for an hour.</summary>
    public string InstallationToken(GitHubApp app)
    {
        lock (_gate)
        {
            var token = $"ghs_{app.Id}_{NextId():D30}";
            _appTokens[token] = (app, _clock.GetUtcNow().AddHours(1));
            return token;
        }
    }

    private void MapApps(RouteGroupBuilder api)
    {
        api.MapGet("/app", (HttpRequest request) => Json(GitHubShapes.App(AppByProof(request)!)));
        api.MapGet("/app/installations", (HttpContext context) =>
            Page(context, [GitHubShapes.Installation(AppByProof(context.Request)!)]));
        api.MapGet("/repos/{owner}/{name}/installation", (HttpRequest request, string owner, string name) =>
        {
            var app = AppByProof(request)!;
            return With(owner, name, repo => app.Repositories?.Contains(repo.Path) ?? true
                ? Json(GitHubShapes.Installation(app))
                : Error(404, "Not Found"));
        });
        api.MapGet("/orgs/{owner}/installation", (HttpRequest request, string owner) => InstalledOn(request, owner, "Organization"));
        api.MapGet("/users/{owner}/installation", (HttpRequest request, string owner) => InstalledOn(request, owner, null));
        api.MapPost("/app/installations/{id:long}/access_tokens", (HttpRequest request, long id) =>
        {
            var app = AppByProof(request)!;
            if (app.InstallationId != id) return Error(404, "Not Found");
            return Json(
                new JsonObject
                {
                    ["token"] = InstallationToken(app),
                    ["expires_at"] = GitHubShapes.Time(_clock.GetUtcNow().AddHours(1)),
                    ["permissions"] = GitHubShapes.Granted(app),
                    ["repository_selection"] = app.Repositories is null ? "all" : "selected",
                },
                201);
        });
    }

    // These take an app's JWT and no other token.
    private static bool IsForAppsThemselves(PathString path) => path.StartsWithSegments($"{Api}/app", StringComparison.Ordinal)
        || (path.StartsWithSegments($"{Api}/repos", out var rest) && rest.Value?.Split('/') is [_, _, _, "installation"])
        || ((path.StartsWithSegments($"{Api}/orgs", out rest) || path.StartsWithSegments($"{Api}/users", out rest))
            && rest.Value?.Split('/') is [_, _, "installation"]);

    private GitHubAnswer InstalledOn(HttpRequest request, string owner, string? type)
    {
        var app = AppByProof(request)!;
        bool isThere;
        lock (_gate)
        {
            isThere = _repositories.Values.Any(repo => Is(OwnerOf(repo), owner) && (app.Repositories?.Contains(repo.Path) ?? true))
                && (type is null || !_persons.Contains(owner));
        }

        return isThere ? Json(GitHubShapes.Installation(app)) : Error(404, "Not Found");
    }

    private static string Bearer(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith("Bearer ", StringComparison.Ordinal) ? header[7..] : "";
    }

    // Tokens may also come after the older word; an app's own proof may not (docs.github.com, "Authenticating to the REST API").
    private static string Given(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith("token ", StringComparison.Ordinal) ? header[6..] : Bearer(request);
    }

    private GitHubApp? AppOf(HttpRequest request) => AppOf(Given(request));

    private GitHubApp? AppOf(string token)
    {
        lock (_gate) return _appTokens.TryGetValue(token, out var known) && known.Until > _clock.GetUtcNow() ? known.App : null;
    }

    /// <summary>The app whose key signed the caller's JWT, within ten minutes as GitHub wants it; null when none did.</summary>
    private GitHubApp? AppByProof(HttpRequest request)
    {
        if (Bearer(request).Split('.') is not [var head, var body, var signature]) return null;
        try
        {
            if ((string?)Decoded(head)["alg"] != "RS256") return null;
            var claims = Decoded(body);
            var (issuer, now) = (claims["iss"]?.ToString(), _clock.GetUtcNow().ToUnixTimeSeconds());
            if ((long?)claims["iat"] is not { } issued || issued > now + 30) return null;
            if ((long?)claims["exp"] is not { } ends || ends <= now || ends > now + 600 || ends - issued > 660) return null;
            GitHubApp? app;
            lock (_gate) app = _apps.Find(one => one.ClientId == issuer || $"{one.Id}" == issuer);
            var signed = Encoding.ASCII.GetBytes($"{head}.{body}");
            var isTheirs = app?.Key.VerifyData(
                signed, Base64Url.DecodeFromChars(signature), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1) == true;
            return isTheirs ? app : null;
        }
        catch (Exception wrong) when (wrong is FormatException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static JsonObject Decoded(string part) => JsonNode.Parse(Base64Url.DecodeFromChars(part))!.AsObject();
}
