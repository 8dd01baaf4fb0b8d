using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.GitHub;

/// <summary>Registers the gate's webhook on a repository, and says what GitHub still needs from a person.</summary>
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
        var ours = (await link.ListAsync($"{hooks}?per_page=100", null, cancellation))
            .Where(hook => IsSame(hook.Child("config").Text("url"), hookUrl))
            .Select(hook => hook.Id("id"))
            .ToList();
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
            var name = Uri.EscapeDataString(branch);
            var rules = link.FindAsync($"{path}/rules/branches/{name}", cancellation);
            var classic = link.FindAsync($"{path}/branches/{name}/protection/required_status_checks", cancellation);
            await Task.WhenAll(rules, classic);
            if (InRules(await rules, connection.StatusContext) || InClassic(await classic, connection.StatusContext)) return;
        }
        catch (ForgeTroubleException)
        {
            // Reading protection needs more rights than registering a hook; then the advice stands, which costs a look.
        }

        var where = branch.Length > 0 ? $"`{branch}`" : "the protected branches";
        advice.Add(
            $"Require the status check `{connection.StatusContext}` for {where} in a ruleset or branch protection, without "
            + "bypass for administrators: until then GitHub merges whatever the gate says.");
    }

    private static bool InRules(JsonElement? rules, string context) =>
        rules is { } list && list.Items()
            .Where(rule => rule.Text("type") == "required_status_checks")
            .SelectMany(rule => rule.Child("parameters").Items("required_status_checks"))
            .Any(check => IsContext(check.Text("context"), context));

    private static bool InClassic(JsonElement? protection, string context) =>
        protection is { } classic
        && (classic.Items("checks").Any(check => IsContext(check.Text("context"), context))
            || classic.Items("contexts").Any(name => IsContext(name.AsText() ?? "", context)));

    private static bool IsContext(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
