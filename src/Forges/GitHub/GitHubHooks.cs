using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.GitHub;

/// <summary>Registers the gate's webhook on a repository, looks after it, and says what GitHub still needs from a person.</summary>
internal sealed class GitHubHooks(GitHubClient client)
{
    // What the reader can use and a repository's hook may ask for; `deployment_protection_rule` goes to apps only.
    private static readonly ImmutableArray<string> Events =
    [
        "branch_protection_rule", "check_run", "deployment", "deployment_status", "issue_comment", "member", "merge_group",
        "meta", "pull_request", "pull_request_review", "push", "repository", "repository_ruleset", "status", "team_add",
        "workflow_run",
    ];

    /// <summary>Creates the hook, or sets the one with our address right, and has GitHub try it out.</summary>
    public async Task<HookRegistration> RegisterAsync(
        Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation)
    {
        var secret = connection.WebhookSecrets.IsDefaultOrEmpty ? "" : connection.WebhookSecrets[0].Reveal();
        if (secret.Length == 0)
        {
            throw new ForgeTroubleException(
                $"connection `{connection.Name}` has no webhook secret; a hook without one would be refused at the door",
                TroubleKind.Refused);
        }

        var link = client.Open(connection);
        var hooks = $"{GitHubClient.PathOf(repository)}/hooks";
        var ours = (await OursAsync(connection, repository, hookUrl, cancellation)).Select(hook => hook.Id("id")).ToList();
        // The secret cannot be read back, so an existing hook is always written anew; leaving it out would take it away.
        var hook = ours.Count > 0
            ? await link.SendAsync(HttpMethod.Patch, $"{hooks}/{ours[0]}", Wanted(hookUrl, secret), cancellation)
            : await link.SendAsync(HttpMethod.Post, hooks, New(Wanted(hookUrl, secret)), cancellation);
        var id = ours.Count > 0 ? ours[0] : hook.Id("id");
        var advice = ImmutableArray.CreateBuilder<string>();
        var isTested = await PingAsync(link, $"{hooks}/{id}/pings", advice, cancellation);
        if (ours.Count > 1)
        {
            advice.Add($"Delete the {ours.Count - 1} other webhooks with the same address: every event arrives more than once.");
        }

        if (hookUrl.StartsWith("http://", StringComparison.Ordinal))
        {
            advice.Add("Give the gate an https address: its webhooks travel in clear text.");
        }

        await AdviseOnStatusAsync(connection, link, repository, advice, cancellation);
        return new HookRegistration(id, ours.Count == 0, isTested, advice.ToImmutable());
    }

    /// <summary>How the hook with our address stands.</summary>
    public async Task<HookHealth> HealthAsync(
        Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation)
    {
        var ours = await OursAsync(connection, repository, hookUrl, cancellation);
        if (ours.IsEmpty) return HookHealth.None;
        var problems = ProblemsOf(ours[0]).ToList();
        if (ours.Length > 1) problems.Add($"{ours.Length} webhooks have the gate's address: every event arrives more than once");
        return new HookHealth(ours[0].Id("id"), ours[0].Flag("active"), null, [.. problems]);
    }

    /// <summary>Takes every hook with our address away.</summary>
    public async Task<int> RemoveAsync(
        Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation)
    {
        var (link, ours) = (client.Open(connection), await OursAsync(connection, repository, hookUrl, cancellation));
        foreach (var hook in ours)
        {
            try
            {
                await link.SendAsync(HttpMethod.Delete, $"{GitHubClient.PathOf(repository)}/hooks/{hook.Id("id")}", null, cancellation);
            }
            catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Missing)
            {
                // Somebody else took it away meanwhile.
            }
        }

        return ours.Length;
    }

    /// <summary>The hooks with our address, the oldest first: that is the one that is repaired.</summary>
    public async Task<ImmutableArray<JsonElement>> OursAsync(
        Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation)
    {
        var hooks = await client.Open(connection).ListAsync($"{GitHubClient.PathOf(repository)}/hooks?per_page=100", null, cancellation);
        return [.. hooks.Where(hook => IsSame(hook.Child("config").Text("url"), hookUrl)).OrderBy(hook => hook.Number("id") ?? 0)];
    }

    private static IEnumerable<string> ProblemsOf(JsonElement hook)
    {
        var (config, heard) = (hook.Child("config"), hook.Items("events").Select(name => name.AsText()).ToHashSet());
        var missing = heard.Contains("*") ? [] : Events.Where(name => !heard.Contains(name)).ToArray();
        if (missing.Length > 0) yield return $"it does not send {string.Join(", ", missing.Select(name => $"`{name}`"))}";
        if (config.Text("content_type") != "json") yield return "it sends a form; `application/json` would be right";
        if (config.Id("insecure_ssl") is not ("0" or "")) yield return "it does not check the gate's certificate";
        if (!config.Has("secret")) yield return "it has no secret, so nothing that it sends is taken in";
        // Only what registering repairs: a body of another kind or another secret. Whatever else went wrong is found in the log of deliveries.
        var code = hook.Child("last_response").Number("code");
        if (code is 400 or 401)
        {
            yield return $"the gate refused its last delivery with {code}: its secret or its form is not the gate's";
        }
    }

    private static JsonObject Wanted(string hookUrl, string secret) => new()
    {
        ["active"] = true,
        ["events"] = new JsonArray([.. Events.Select(name => (JsonNode)name)]),
        ["config"] = new JsonObject
        {
            ["url"] = hookUrl,
            ["content_type"] = "json",
            ["insecure_ssl"] = "0",
            ["secret"] = secret,
        },
    };

    // The only kind of hook that GitHub still makes; what exists already has its kind.
    private static JsonObject New(JsonObject wanted)
    {
        wanted["name"] = "web";
        return wanted;
    }

    private static bool IsSame(string one, string other) =>
        string.Equals(one.TrimEnd('/'), other.TrimEnd('/'), StringComparison.Ordinal);

    // The hook stands by now; a ping that does not go out is no reason to say that registering failed.
    private static async Task<bool> PingAsync(
        ForgeLink link, string path, ImmutableArray<string>.Builder advice, CancellationToken cancellation)
    {
        try
        {
            await link.SendAsync(HttpMethod.Post, path, null, cancellation);
            return true;
        }
        catch (ForgeTroubleException trouble)
        {
            advice.Add($"Send a ping from the webhook's page on GitHub: asking for one did not work ({trouble.Message}).");
            return false;
        }
    }

    private static async Task AdviseOnStatusAsync(
        Connection connection, ForgeLink link, RepositoryKey repository, ImmutableArray<string>.Builder advice,
        CancellationToken cancellation)
    {
        var path = GitHubClient.PathOf(repository);
        var branch = "";
        try
        {
            branch = (await link.GetAsync(path, cancellation)).Text("default_branch");
            var found = await GitHubRules.OfAsync(link, repository, branch, (connection.StatusContext, null), cancellation);
            if (!found.IsEmpty) return;
        }
        catch (ForgeTroubleException)
        {
            // Reading protection needs more rights than registering a hook; then the advice stands, which costs a look.
        }

        advice.Add(GitHubProtection.Require(connection.StatusContext, branch.Length > 0 ? $"`{branch}`" : "the protected branches"));
    }
}
