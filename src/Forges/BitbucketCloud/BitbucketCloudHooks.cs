using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.BitbucketCloud;

/// <summary>Registers our webhook on a repository, looks how it stands, takes it away, and says what else must be set there.</summary>
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
        var known = await KnownAsync(at, hookUrl, cancellation);
        // The secret cannot be read back, so a hook that looks right is still written anew.
        var hook = known.IsEmpty
            ? await link.SendAsync(HttpMethod.Post, $"{at}/hooks", Wanted(hookUrl), cancellation)
            : await link.SendAsync(HttpMethod.Put, AddressOf(at, known[0]), Wanted(hookUrl), cancellation);
        // Every event would arrive once for each of them.
        foreach (var surplus in known.Skip(1)) await DeleteAsync(at, surplus, cancellation);
        // Bitbucket's API has no test delivery.
        var advice = await AdviseAsync(at, hookUrl, cancellation);
        return new HookRegistration(hook.Text("uuid"), known.IsEmpty, Tested: false, advice);
    }

    public async Task<HookHealth> HealthAsync(RepositoryKey repository, string hookUrl, CancellationToken cancellation)
    {
        var known = await KnownAsync(BitbucketCloudClient.Repository(repository.Path), hookUrl, cancellation);
        return known.IsEmpty
            ? HookHealth.None
            : new HookHealth(known[0].Text("uuid"), known[0].Flag("active"), null, [.. Problems(known[0], hookUrl, known.Length)]);
    }

    /// <summary>Takes every hook with this address away; gives how many there were.</summary>
    public async Task<int> RemoveAsync(RepositoryKey repository, string hookUrl, CancellationToken cancellation)
    {
        var at = BitbucketCloudClient.Repository(repository.Path);
        var known = await KnownAsync(at, hookUrl, cancellation);
        foreach (var hook in known) await DeleteAsync(at, hook, cancellation);
        return known.Length;
    }

    /// <summary>The hooks with this address, the oldest first.</summary>
    private async Task<ImmutableArray<JsonElement>> KnownAsync(string at, string hookUrl, CancellationToken cancellation)
    {
        var all = await link.ListAsync($"{at}/hooks?pagelen=100", "values", cancellation);
        return
        [
            .. all.Where(hook => hook.Text("url").TrimEnd('/') == hookUrl.TrimEnd('/'))
                .OrderBy(hook => hook.Text("created_at"), StringComparer.Ordinal),
        ];
    }

    private JsonObject Wanted(string hookUrl) => new()
    {
        ["description"] = "GitOps Gate",
        ["url"] = hookUrl,
        ["active"] = true,
        ["skip_cert_verification"] = false,
        ["secret"] = Secret,
        ["events"] = new JsonArray([.. Events.Select(name => JsonValue.Create(name))]),
    };

    private static IEnumerable<string> Problems(JsonElement hook, string hookUrl, int count)
    {
        if (!hook.Flag("active")) yield return "somebody has switched it off";
        var missing = Events.Except(hook.Items("events").Select(name => name.AsText() ?? ""), StringComparer.Ordinal).ToList();
        if (missing.Count > 0) yield return $"it is not sent {string.Join(", ", missing.Select(name => $"`{name}`"))}";
        if (hook.Child("secret_set").ValueKind == JsonValueKind.False) yield return "it has no secret, so its deliveries are not signed";
        if (hookUrl.StartsWith("https:", StringComparison.OrdinalIgnoreCase) && hook.Flag("skip_cert_verification"))
        {
            yield return "the gate's TLS certificate is not checked";
        }

        if (count > 1) yield return $"{count} webhooks of the repository have this address, so every event arrives more than once";
    }

    private static string AddressOf(string at, JsonElement hook) => $"{at}/hooks/{Uri.EscapeDataString(hook.Text("uuid"))}";

    private async Task DeleteAsync(string at, JsonElement hook, CancellationToken cancellation)
    {
        try
        {
            await link.SendAsync(HttpMethod.Delete, AddressOf(at, hook), null, cancellation);
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Missing)
        {
            // Somebody else took it away.
        }
    }

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
        if (!kinds.Contains(BitbucketCloudRestriction.PassingBuilds))
        {
            advice.Add(
                "Require at least one passing build (Repository settings, Branch restrictions, Merge settings): until then a verdict "
                + "is shown and blocks nothing.");
        }

        if (!kinds.Contains(BitbucketCloudRestriction.Enforced)) advice.Add(BitbucketCloudRestriction.WithoutPremium);
        return advice.ToImmutable();
    }
}
