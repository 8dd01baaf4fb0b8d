using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.Gitea;

/// <summary>Registers the gate's webhook on a repository, looks after it, and takes it away.</summary>
internal sealed class GiteaHooks(ForgeLink link, Connection connection)
{
    /// <summary>
    /// What is asked for. `pull_request` stands for everything about pull requests; what a version does not know it leaves out in silence:
    /// `status` and `workflow_run` are Gitea's, `action_run_*` Forgejo's.
    /// </summary>
    private static readonly ImmutableArray<string> Events =
    [
        "push", "delete", "repository", "pull_request", "status", "workflow_run", "action_run_failure", "action_run_recover",
        "action_run_success",
    ];

    /// <summary>What every version knows, and shows once it was asked for `pull_request`.</summary>
    private static readonly ImmutableArray<string> Needed =
    [
        "push", "delete", "repository", "pull_request", "pull_request_label", "pull_request_comment", "pull_request_sync",
        "pull_request_review_request",
    ];

    /// <summary>Older versions show the three kinds of a review, newer ones the one that was asked for.</summary>
    private static readonly ImmutableArray<string> Reviews =
        ["pull_request_review_approved", "pull_request_review_rejected", "pull_request_review_comment"];

    private string Secret => connection.WebhookSecrets.IsDefaultOrEmpty ? "" : connection.WebhookSecrets[0].Reveal();

    /// <summary>Creates the hook, or sets the one with our address right, and has the forge try it out.</summary>
    public async Task<HookRegistration> RegisterAsync(RepositoryKey repository, string hookUrl, CancellationToken cancellation)
    {
        if (Secret.Length == 0)
        {
            throw new ForgeTroubleException(
                $"connection `{connection.Name}` has no webhook secret; a hook without one would be refused at the door",
                TroubleKind.Refused);
        }

        var hooks = HooksOf(repository);
        var known = await OursAsync(repository, hookUrl, cancellation);
        var readable = known.Where(IsReadable).ToList();
        // The secret cannot be read back, so an existing hook is always written anew.
        var hook = readable.Count > 0
            ? await link.SendAsync(HttpMethod.Patch, $"{hooks}/{readable[0].Id("id")}", Wanted(hookUrl, readable[0]), cancellation)
            : await link.SendAsync(HttpMethod.Post, hooks, New(Wanted(hookUrl, default)), cancellation);
        var id = readable.Count > 0 ? readable[0].Id("id") : hook.Id("id");
        var advice = ImmutableArray.CreateBuilder<string>();
        var isTested = await TryOutAsync($"{hooks}/{id}/tests", advice, cancellation);
        var others = known.Count - Math.Min(1, readable.Count);
        if (others > 0)
        {
            advice.Add($"Delete the other webhooks with the same address ({others}): every event arrives more than once.");
        }

        if (hookUrl.StartsWith("http://", StringComparison.Ordinal))
        {
            advice.Add("Give the gate an https address: its webhooks travel in clear text.");
        }

        await AdviseOnStatusAsync(repository, advice, cancellation);
        return new HookRegistration(id, readable.Count == 0, isTested, advice.ToImmutable());
    }

    /// <summary>How the hook stands. Whether its secret is right cannot be seen.</summary>
    public async Task<HookHealth> HealthAsync(RepositoryKey repository, string hookUrl, CancellationToken cancellation)
    {
        var known = await OursAsync(repository, hookUrl, cancellation);
        var readable = known.Where(IsReadable).ToList();
        if (readable.Count == 0) return HookHealth.None;
        var problems = ImmutableArray.CreateBuilder<string>();
        if (!readable[0].Flag("active")) problems.Add("it is switched off");
        if (known.Count > 1) problems.Add($"{known.Count} webhooks have the gate's address; one would be right");
        var type = readable[0].Child("config").Text("content_type");
        if (type != "json") problems.Add($"its content type is `{type}`; `json` would be right");
        var filter = readable[0].Text("branch_filter");
        if (filter is not ("" or "*")) problems.Add($"it tells only of branches like `{filter}`; `*` would be right");
        problems.AddRange(Missing(readable[0]).Select(name => $"event `{name}` is missing"));
        return new HookHealth(readable[0].Id("id"), readable[0].Flag("active"), null, problems.ToImmutable());
    }

    /// <summary>Takes every hook with our address away, whatever its kind; how many there were.</summary>
    public async Task<int> RemoveAsync(RepositoryKey repository, string hookUrl, CancellationToken cancellation)
    {
        var known = await OursAsync(repository, hookUrl, cancellation);
        foreach (var hook in known)
        {
            try
            {
                await link.SendAsync(HttpMethod.Delete, $"{HooksOf(repository)}/{hook.Id("id")}", null, cancellation);
            }
            catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Missing)
            {
                // Somebody else was faster.
            }
        }

        return known.Count;
    }

    private static string HooksOf(RepositoryKey repository) => $"{GiteaClient.PathOf(repository)}/hooks";

    private async Task<List<JsonElement>> OursAsync(RepositoryKey repository, string hookUrl, CancellationToken cancellation) =>
    [
        .. (await link.ListByPageAsync(HooksOf(repository), GiteaClient.PageSize, cancellation))
            .Where(hook => hook.Child("config").Text("url").TrimEnd('/') == hookUrl.TrimEnd('/'))
            .DistinctBy(hook => hook.Id("id"))
            .OrderBy(hook => hook.Number("id") ?? 0),
    ];

    // A hook's kind cannot be changed; those for chats have bodies of their own.
    private static bool IsReadable(JsonElement hook) => hook.Text("type") is "gitea" or "forgejo" or "gogs";

    private static IEnumerable<string> Missing(JsonElement hook)
    {
        var shown = hook.Items("events").Select(name => name.AsText()).ToHashSet();
        var hasReviews = shown.Contains("pull_request_review") || Reviews.All(shown.Contains);
        return Needed.Where(name => !shown.Contains(name)).Concat(hasReviews ? [] : ["pull_request_review"]);
    }

    private JsonObject Wanted(string hookUrl, JsonElement known)
    {
        var wanted = new JsonObject
        {
            ["active"] = true,
            ["branch_filter"] = "*",
            ["events"] = new JsonArray([.. Events.Select(name => (JsonNode)name)]),
            ["config"] = new JsonObject { ["url"] = hookUrl, ["content_type"] = "json", ["secret"] = Secret },
        };
        // Left out, it would be taken away, and a proxy before the gate may ask for it.
        if (known.TextOrNull("authorization_header") is { Length: > 0 } header) wanted["authorization_header"] = header;
        return wanted;
    }

    // The kind that both forges have.
    private static JsonObject New(JsonObject wanted)
    {
        wanted["type"] = "gitea";
        return wanted;
    }

    // The hook stands by now; a test that does not go out is no reason to say that registering failed.
    private async Task<bool> TryOutAsync(string path, ImmutableArray<string>.Builder advice, CancellationToken cancellation)
    {
        try
        {
            await link.SendAsync(HttpMethod.Post, path, null, cancellation);
            return true;
        }
        catch (ForgeTroubleException trouble)
        {
            advice.Add($"Send a test delivery from the webhook's page: asking for one did not work ({trouble.Message}).");
            return false;
        }
    }

    private async Task AdviseOnStatusAsync(
        RepositoryKey repository, ImmutableArray<string>.Builder advice, CancellationToken cancellation)
    {
        try
        {
            var branch = (await link.GetAsync(GiteaClient.PathOf(repository), cancellation)).Text("default_branch");
            if (branch.Length == 0) return;
            var protection = await new GiteaProtections(link, connection).LookAsync(repository, branch, cancellation);
            if (!protection.IsRequired) advice.AddRange(protection.Advice);
        }
        catch (ForgeTroubleException trouble)
        {
            advice.Add(
                $"See that a branch protection requires the status `{connection.StatusContext}`: whether one does could not be asked "
                + $"({trouble.Message}).");
        }
    }
}
