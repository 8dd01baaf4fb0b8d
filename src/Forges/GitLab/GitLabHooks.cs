using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.GitLab;

/// <summary>Registers our webhook on a project, and says what else must be set there for a verdict to block a merge.</summary>
internal sealed class GitLabHooks(ForgeLink link, Connection connection)
{
    private static readonly ImmutableArray<string> Events =
    [
        "push_events", "tag_push_events", "merge_requests_events", "note_events", "pipeline_events", "job_events",
        "deployment_events",
    ];

    private string Token => connection.WebhookSecrets.IsDefaultOrEmpty ? "" : connection.WebhookSecrets[0].Reveal();

    public async Task<HookRegistration> RegisterAsync(RepositoryKey repository, string hookUrl, CancellationToken cancellation)
    {
        if (Token.Length == 0 && connection.SigningTokens.IsEmpty)
        {
            throw new ForgeTroubleException(
                $"connection `{connection.Name}` has no webhook secret; a hook without one would be refused at the door",
                TroubleKind.Refused);
        }

        var project = GitLabClient.Project(repository);
        var known = (await link.ListAsync($"{project}/hooks?per_page=100", null, cancellation))
            .Where(hook => hook.Text("url").TrimEnd('/') == hookUrl.TrimEnd('/'))
            .OrderBy(hook => hook.Number("id") ?? 0)
            .ToList();
        // The secret cannot be read back, so a hook that looks right is still written anew.
        var hook = known.Count == 0
            ? await link.SendAsync(HttpMethod.Post, $"{project}/hooks", Wanted(hookUrl), cancellation)
            : await link.SendAsync(HttpMethod.Put, $"{project}/hooks/{known[0].Id("id")}", Wanted(hookUrl), cancellation);
        var tested = await TryOutAsync($"{project}/hooks/{hook.Id("id")}/test/push_events", cancellation);
        var advice = Advise(await link.GetAsync(project, cancellation), hook, tested);
        if (known.Count > 1)
        {
            advice = advice.Add(
                $"{known.Count} webhooks of the project have this address. Delete all but hook {hook.Id("id")}, or every event "
                + "arrives more than once.");
        }

        if (hookUrl.StartsWith("http:", StringComparison.OrdinalIgnoreCase))
        {
            advice = advice.Add("Give the gate an https address: its webhooks travel in clear text.");
        }

        return new HookRegistration(hook.Id("id"), known.Count == 0, tested, advice);
    }

    private JsonObject Wanted(string hookUrl)
    {
        var body = new JsonObject
        {
            ["url"] = hookUrl,
            ["name"] = "GitOps Gate",
            ["token"] = Token,
            ["enable_ssl_verification"] = hookUrl.StartsWith("https:", StringComparison.OrdinalIgnoreCase),
            ["push_events_branch_filter"] = "",
        };
        foreach (var name in Events) body[name] = true;
        if (connection.SigningTokens.FirstOrDefault() is { } signing) body["signing_token"] = signing.Reveal();
        return body;
    }

    /// <summary>
    /// A test is refused while the project has no commit, and after five in a minute; the hook stands nevertheless.
    /// </summary>
    private async Task<bool> TryOutAsync(string path, CancellationToken cancellation)
    {
        try
        {
            await link.SendAsync(HttpMethod.Post, path, null, cancellation);
            return true;
        }
        catch (ForgeTroubleException)
        {
            return false;
        }
    }

    private ImmutableArray<string> Advise(JsonElement project, JsonElement hook, bool tested)
    {
        var advice = ImmutableArray.CreateBuilder<string>();
        if (!project.Flag("only_allow_merge_if_pipeline_succeeds"))
        {
            advice.Add(
                "Turn on \"Pipelines must succeed\" (Settings, Merge requests): until then a verdict is shown and "
                + "blocks nothing.");
        }

        if (project.Flag("allow_merge_on_skipped_pipeline"))
        {
            advice.Add(
                "Turn off \"Skipped pipelines are considered successful\" (Settings, Merge requests): a skipped "
                + "pipeline has no verdict.");
        }

        if (!connection.SigningTokens.IsEmpty && !hook.Flag("signing_token_present"))
        {
            advice.Add(
                "This GitLab does not sign its webhooks (that needs 19.0), but the connection has signing tokens, so every "
                + "delivery will be refused. Remove the signing tokens from the connection, or update GitLab.");
        }

        if (hook.TextOrNull("disabled_until") is not null || hook.Text("alert_status") is "disabled" or "temporarily_disabled")
        {
            advice.Add(
                "GitLab has switched this webhook off after failed deliveries. Send a test from the project's webhook settings to "
                + "switch it on.");
        }

        if (!tested)
        {
            advice.Add(
                "GitLab did not send a test delivery, or had no answer to it. Send one from the webhook settings; the project "
                + "needs at least one commit.");
        }

        return advice.ToImmutable();
    }
}
