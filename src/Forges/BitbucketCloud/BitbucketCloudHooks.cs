using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.BitbucketCloud;

/// <summary>Registers our webhook on a repository, and says what else must be set there for a verdict to block a merge.</summary>
internal sealed class BitbucketCloudHooks(ForgeLink link, Connection connection)
{
    private static readonly ImmutableArray<string> Events =
    [
        "repo:push", "repo:updated", "repo:transfer", "repo:deleted", "repo:commit_status_created", "repo:commit_status_updated",
        "pullrequest:created", "pullrequest:updated", "pullrequest:approved", "pullrequest:unapproved",
        "pullrequest:changes_request_created", "pullrequest:changes_request_removed", "pullrequest:fulfilled",
        "pullrequest:rejected",
        "pullrequest:comment_created", "pullrequest:comment_updated", "pullrequest:comment_deleted",
    ];

    private string Secret => connection.WebhookSecrets.IsDefaultOrEmpty ? "" : connection.WebhookSecrets[0].Reveal();

    public async Task<HookRegistration> RegisterAsync(RepositoryKey repository, string hookUrl, CancellationToken cancellation)
    {
        if (Secret.Length == 0)
        {
            throw new ForgeTroubleException(
                $"connection `{connection.Name}` has no webhook secret; a hook without one would be refused at the door",
                TroubleKind.Refused);
        }

        var at = BitbucketCloudClient.Repository(repository.Path);
        var known = (await link.ListAsync($"{at}/hooks?pagelen=100", "values", cancellation))
            .Where(hook => hook.Text("url").TrimEnd('/') == hookUrl.TrimEnd('/'))
            .OrderBy(hook => hook.Text("created_at"), StringComparer.Ordinal)
            .ToList();
        // The secret cannot be read back, so a hook that looks right is still written anew.
        var hook = known.Count == 0
            ? await link.SendAsync(HttpMethod.Post, $"{at}/hooks", Wanted(hookUrl), cancellation)
            : await link.SendAsync(
                HttpMethod.Put, $"{at}/hooks/{Uri.EscapeDataString(known[0].Text("uuid"))}", Wanted(hookUrl), cancellation);
        var advice = await AdviseAsync(at, hookUrl, cancellation);
        if (known.Count > 1)
        {
            advice = advice.Add(
                $"{known.Count} webhooks of the repository have this address. Delete all but {hook.Text("uuid")}, or every event "
                + "arrives more than once.");
        }

        // Bitbucket's API has no test delivery.
        return new HookRegistration(hook.Text("uuid"), known.Count == 0, Tested: false, advice);
    }

    private JsonObject Wanted(string hookUrl) => new()
    {
        ["description"] = "GitOps Gate",
        ["url"] = hookUrl,
        ["active"] = true,
        ["secret"] = Secret,
        ["events"] = new JsonArray([.. Events.Select(name => JsonValue.Create(name))]),
    };

    private async Task<ImmutableArray<string>> AdviseAsync(string at, string hookUrl, CancellationToken cancellation)
    {
        var advice = ImmutableArray.CreateBuilder<string>();
        if (hookUrl.StartsWith("http:", StringComparison.OrdinalIgnoreCase))
        {
            advice.Add("Give the gate an https address: its webhooks travel in clear text.");
        }

        ImmutableArray<JsonElement> restrictions;
        try
        {
            restrictions = await link.ListAsync($"{at}/branch-restrictions?pagelen=100", "values", cancellation);
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind is TroubleKind.Forbidden or TroubleKind.Missing)
        {
            advice.Add(
                "The token may not read the branch restrictions, so it is unknown whether a verdict blocks a merge. Require at "
                + "least one passing build.");
            return advice.ToImmutable();
        }

        var kinds = restrictions.Select(restriction => restriction.Text("kind")).ToHashSet(StringComparer.Ordinal);
        if (!kinds.Contains("require_passing_builds_to_merge"))
        {
            advice.Add(
                "Require at least one passing build (Repository settings, Branch restrictions, Merge settings): until then a verdict "
                + "is shown and blocks nothing.");
        }

        if (!kinds.Contains("enforce_merge_checks"))
        {
            advice.Add(
                "Prevent a merge with unresolved merge checks (Bitbucket Premium): without it people are warned and can "
                + "still merge.");
        }

        return advice.ToImmutable();
    }
}
