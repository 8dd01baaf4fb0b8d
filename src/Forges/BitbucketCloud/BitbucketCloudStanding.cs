using System.Collections.Immutable;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.BitbucketCloud;

/// <summary>
/// Asks who we are to Bitbucket Cloud and what we may do in a repository. It tells a token nothing of its own scopes, so each right that can
/// be tried by reading is.
/// </summary>
internal sealed class BitbucketCloudStanding(ForgeLink link)
{
    public async Task<ForgeStanding> ReadAsync(RepositoryKey repository, CancellationToken cancellation)
    {
        var at = BitbucketCloudClient.Repository(repository.Path);
        var json = await link.GetAsync(at, cancellation);
        // Access tokens are no people; without scope `account` they are not told who they are.
        var me = await TryGetAsync("/user", cancellation) ?? default;
        var missing = ImmutableArray.CreateBuilder<string>();
        if (await PermissionAsync(repository, me.Text("uuid"), cancellation) == "read")
        {
            missing.Add("permission `write`; without it verdicts cannot be shown as builds");
        }

        if (await TryGetAsync($"{at}/hooks?pagelen=1", cancellation) is null)
        {
            missing.Add("scope `webhook` and permission `admin`; without them webhooks cannot be registered");
        }

        if (await TryGetAsync($"{at}/branch-restrictions?pagelen=1", cancellation) is null)
        {
            missing.Add("scope `repository:admin`; without it branches cannot be protected");
        }

        var account = BitbucketCloudPayloads.NameOf(me);
        return new ForgeStanding(
            account.Length > 0 ? account : $"access token for {repository.Path}", "Bitbucket Cloud",
            json.Child("mainbranch").Text("name"), missing.ToImmutable());
    }

    /// <summary>What we effectively may: <c>read</c>, <c>write</c>, <c>admin</c>; null when we may not ask.</summary>
    private async Task<string?> PermissionAsync(RepositoryKey repository, string uuid, CancellationToken cancellation)
    {
        if (uuid.Length == 0) return null;
        var at = $"/workspaces/{ForgeLink.Safe(repository.Path.Replace("/", "/permissions/repositories/", StringComparison.Ordinal))}";
        var query = Uri.EscapeDataString($"user.uuid = \"{uuid}\"");
        var told = await TryGetAsync($"{at}?q={query}", cancellation);
        var ours = told?.Items("values").FirstOrDefault(one => one.Child("user").Text("uuid") == uuid);
        return ours?.TextOrNull("permission");
    }

    /// <summary>Null where we may not look.</summary>
    private async Task<JsonElement?> TryGetAsync(string path, CancellationToken cancellation)
    {
        try
        {
            return await link.GetAsync(path, cancellation);
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind is TroubleKind.Missing or TroubleKind.Forbidden)
        {
            return null;
        }
    }
}
