using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.GitLab;

/// <summary>Registers our webhook on a project, looks how it stands, takes it away, and says what else must be set there.</summary>
internal sealed class GitLabHooks(ForgeLink link, Connection connection)
{
    /// <summary>The name that our hooks have on GitLab, from 17.1 on.</summary>
    public const string Name = "GitOps Gate";

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
        var known = await KnownAsync(repository, hookUrl, cancellation);
        // The secret cannot be read back, so a hook that looks right is still written anew.
        var hook = known.IsEmpty
            ? await link.SendAsync(HttpMethod.Post, $"{project}/hooks", Wanted(hookUrl), cancellation)
            : await link.SendAsync(HttpMethod.Put, $"{project}/hooks/{known[0].Id("id")}", Wanted(hookUrl), cancellation);
        // Every event would arrive once for each of them.
        foreach (var surplus in known.Skip(1)) await DeleteAsync(project, surplus, cancellation);
        var tested = await TryOutAsync($"{project}/hooks/{hook.Id("id")}/test/push_events", cancellation);
        if (IsOff(hook) && !tested) hook = await ReplaceAsync(project, hook, hookUrl, cancellation);
        var advice = Advise(await link.GetAsync(project, cancellation), hook, tested);
        if (hookUrl.StartsWith("http:", StringComparison.OrdinalIgnoreCase))
        {
            advice = advice.Add("Give the gate an https address: its webhooks travel in clear text.");
        }

        return new HookRegistration(hook.Id("id"), known.IsEmpty, tested, advice);
    }

    public async Task<HookHealth> HealthAsync(
        RepositoryKey repository, string hookUrl, DateTimeOffset now, CancellationToken cancellation)
    {
        var known = await KnownAsync(repository, hookUrl, cancellation);
        if (known.IsEmpty) return HookHealth.None;
        var hook = known[0];
        var until = hook.Time("disabled_until") is { } time && time > now ? time : (DateTimeOffset?)null;
        var isActive = until is null && !IsOff(hook);
        return new HookHealth(hook.Id("id"), isActive, until, [.. Problems(hook, hookUrl, known.Length, isActive)]);
    }

    /// <summary>Takes every hook with this address away; gives how many there were.</summary>
    public async Task<int> RemoveAsync(RepositoryKey repository, string hookUrl, CancellationToken cancellation)
    {
        var known = await KnownAsync(repository, hookUrl, cancellation);
        foreach (var hook in known) await DeleteAsync(GitLabClient.Project(repository), hook, cancellation);
        return known.Length;
    }

    /// <summary>The hooks with this address: those that GitLab sends to before those that it switched off, then the oldest.</summary>
    public async Task<ImmutableArray<JsonElement>> KnownAsync(
        RepositoryKey repository, string hookUrl, CancellationToken cancellation)
    {
        var all = await link.ListAsync($"{GitLabClient.Project(repository)}/hooks?per_page=100", null, cancellation);
        return
        [
            .. all.Where(hook => hook.Text("url").TrimEnd('/') == hookUrl.TrimEnd('/'))
                .OrderBy(IsOff).ThenBy(hook => hook.Number("id") ?? 0),
        ];
    }

    private JsonObject Wanted(string hookUrl)
    {
        var body = new JsonObject
        {
            ["url"] = hookUrl,
            ["name"] = Name,
            ["token"] = Token,
            ["enable_ssl_verification"] = IsSecure(hookUrl),
            ["push_events_branch_filter"] = "",
        };
        foreach (var name in Events) body[name] = true;
        if (connection.SigningTokens.FirstOrDefault() is { } signing) body["signing_token"] = signing.Reveal();
        return body;
    }

    private IEnumerable<string> Problems(JsonElement hook, string hookUrl, int count, bool isActive)
    {
        if (!isActive) yield return "GitLab has switched it off after failed deliveries";
        var missing = Events.Where(name => !hook.Flag(name)).ToList();
        if (missing.Count > 0) yield return $"it is not sent {string.Join(", ", missing.Select(name => $"`{name}`"))}";
        if (IsSecure(hookUrl) && !hook.Flag("enable_ssl_verification")) yield return "the gate's TLS certificate is not checked";
        if (hook.Text("push_events_branch_filter").Length > 0) yield return "it is sent the pushes of some branches only";
        if (Token.Length > 0 && IsAbsent(hook, "token_present")) yield return "it has no secret token";
        if (!connection.SigningTokens.IsEmpty && !hook.Flag("signing_token_present")) yield return "its deliveries are not signed";
        if (count > 1) yield return $"{count} webhooks of the project have this address, so every event arrives more than once";
    }

    /// <summary>
    /// A hook that GitLab switched off is switched on by a test that is answered. Where none is, a new hook takes its place, which GitLab
    /// sends to again; the new one is made first, so that there always is one.
    /// </summary>
    private async Task<JsonElement> ReplaceAsync(string project, JsonElement hook, string hookUrl, CancellationToken cancellation)
    {
        var fresh = await link.SendAsync(HttpMethod.Post, $"{project}/hooks", Wanted(hookUrl), cancellation);
        await DeleteAsync(project, hook, cancellation);
        return fresh;
    }

    private async Task DeleteAsync(string project, JsonElement hook, CancellationToken cancellation)
    {
        try
        {
            await link.SendAsync(HttpMethod.Delete, $"{project}/hooks/{hook.Id("id")}", null, cancellation);
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Missing)
        {
            // Somebody else took it away.
        }
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

    private static bool IsOff(JsonElement hook) => hook.Text("alert_status") is "disabled" or "temporarily_disabled";

    private static bool IsSecure(string hookUrl) => hookUrl.StartsWith("https:", StringComparison.OrdinalIgnoreCase);

    /// <summary>False as well where a version does not say (the flags came with 19.0).</summary>
    private static bool IsAbsent(JsonElement hook, string name) => hook.Child(name).ValueKind == JsonValueKind.False;

    private ImmutableArray<string> Advise(JsonElement project, JsonElement hook, bool tested)
    {
        var advice = ImmutableArray.CreateBuilder<string>();
        if (!project.Flag("only_allow_merge_if_pipeline_succeeds") && !project.Flag("only_allow_merge_if_all_status_checks_passed"))
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

        if (!tested)
        {
            advice.Add(
                "GitLab did not send a test delivery, or had no answer to it. Send one from the webhook settings; the project "
                + "needs at least one commit.");
        }

        return advice.ToImmutable();
    }
}
