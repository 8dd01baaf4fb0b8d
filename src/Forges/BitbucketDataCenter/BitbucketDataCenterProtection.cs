using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.BitbucketDataCenter;

/// <summary>
/// Has merges wait for the gate's build by a condition on required builds. Such a check holds for administrators too; who may push to the
/// branch gets past it, and whoever may read the repository can post a build of any name. Both are said.
/// </summary>
internal sealed class BitbucketDataCenterProtection(ForgeLink link, Connection connection)
{
    private string Key => BitbucketDataCenterPayloads.KeyOf(connection.StatusContext);

    public async Task<Protection> LookAsync(RepositoryKey repository, string branch, CancellationToken cancellation)
    {
        var isRequired = false;
        var advice = ImmutableArray.CreateBuilder<string>();
        try
        {
            isRequired = (await ConditionsAsync(repository, cancellation)).Any(condition => IsFor(condition, branch));
            if (!isRequired)
            {
                advice.Add(
                    $"Require the build `{Key}` for `{branch}` (Repository settings, Required builds): until then Bitbucket merges "
                    + "whatever the gate says.");
            }
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind is TroubleKind.Forbidden or TroubleKind.Missing)
        {
            advice.Add($"Look whether the build `{Key}` is required for `{branch}`: it could not be seen ({trouble.Message}).");
        }

        var isClosed = await IsClosedToPushesAsync(repository, branch, cancellation);
        if (!isClosed)
        {
            advice.Add(
                $"Prevent changes to `{branch}` without a pull request, without exceptions (Repository settings, Branch permissions): "
                + "whoever may push there gets past every merge check.");
        }

        advice.Add(
            $"Require the Code Insights report `{BitbucketDataCenterInsights.KeyOf(connection.StatusContext)}` as well (Repository settings, "
            + "Code Insights): whoever may read the repository can post a build, and only the gate's account can replace its report.");
        var by = isRequired ? $"required build `{Key}`" : "";
        return new Protection(isRequired, IsBoundToUs: false, isClosed, by, advice.ToImmutable());
    }

    /// <summary>Adds a condition for the branch, unless one holds for it already.</summary>
    public async Task<Protection> ProtectAsync(RepositoryKey repository, string branch, CancellationToken cancellation)
    {
        var before = await LookAsync(repository, branch, cancellation);
        if (before.IsRequired) return before;
        try
        {
            await link.SendAsync(HttpMethod.Post, $"{At(repository)}/condition", Wanted([Key], Matcher(branch)), cancellation);
        }
        catch (ForgeTroubleException trouble)
            when (trouble.Kind is TroubleKind.Forbidden or TroubleKind.Missing or TroubleKind.Refused)
        {
            return before with
            {
                Advice = before.Advice.Insert(
                    0, $"Give the token the right to administer the repository, or require the build by hand: {trouble.Message}."),
            };
        }

        return await LookAsync(repository, branch, cancellation);
    }

    /// <summary>Takes the gate's key out of the conditions for this very branch; one that is empty then goes.</summary>
    public async Task UnprotectAsync(RepositoryKey repository, string branch, CancellationToken cancellation)
    {
        foreach (var condition in await ConditionsAsync(repository, cancellation))
        {
            if (!IsFor(condition, branch) || condition.Child("refMatcher").Child("type").Text("id") != "BRANCH") continue;
            var at = $"{At(repository)}/condition/{condition.Id("id")}";
            var others = KeysOf(condition).Where(key => key != Key).ToImmutableArray();
            if (others.IsEmpty) await link.SendAsync(HttpMethod.Delete, at, null, cancellation);
            else await link.SendAsync(HttpMethod.Put, at, Wanted(others, Matcher(branch)), cancellation);
        }
    }

    private static string At(RepositoryKey repository) =>
        BitbucketDataCenterPages.Repository(repository.Path, "/required-builds/latest");

    private static IEnumerable<string> KeysOf(JsonElement condition) =>
        condition.Items("buildParentKeys").Select(key => key.AsText() ?? "").Where(key => key.Length > 0);

    private static JsonObject Matcher(string branch) => new()
    {
        ["id"] = BitbucketDataCenterPayloads.Branches + branch,
        ["displayId"] = branch,
        ["type"] = new JsonObject { ["id"] = "BRANCH", ["name"] = "Branch" },
    };

    private static JsonObject Wanted(ImmutableArray<string> keys, JsonObject matcher) => new()
    {
        ["buildParentKeys"] = new JsonArray([.. keys.Select(key => JsonValue.Create(key))]),
        ["refMatcher"] = matcher,
    };

    /// <summary>
    /// Whether a matcher certainly takes this branch: patterns and the branching model's names may, and are not relied on.
    /// </summary>
    private static bool Takes(JsonElement matcher, string branch) => matcher.Child("type").Text("id") switch
    {
        "ANY_REF" => true,
        "BRANCH" => matcher.Text("id") is var id && (id == branch || id == BitbucketDataCenterPayloads.Branches + branch),
        _ => false,
    };

    // A condition that exempts source branches lets everybody past who names a branch so.
    private bool IsFor(JsonElement condition, string branch) =>
        KeysOf(condition).Contains(Key) && Takes(condition.Child("refMatcher"), branch) && !condition.Has("exemptRefMatcher");

    private Task<ImmutableArray<JsonElement>> ConditionsAsync(RepositoryKey repository, CancellationToken cancellation) =>
        link.ListAllAsync($"{At(repository)}/conditions?limit=100", cancellation);

    /// <summary>Whether the branch changes by pull requests alone, as far as can be seen.</summary>
    private async Task<bool> IsClosedToPushesAsync(RepositoryKey repository, string branch, CancellationToken cancellation)
    {
        try
        {
            var at = BitbucketDataCenterPages.Repository(repository.Path, "/branch-permissions/latest");
            var restrictions = await link.ListAllAsync($"{at}/restrictions?limit=100", cancellation);
            return restrictions.Any(one =>
                one.Text("type") is "pull-request-only" or "read-only" && Takes(one.Child("matcher"), branch)
                && !one.Items("users").Any() && !one.Items("groups").Any() && !one.Items("accessKeys").Any());
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind is TroubleKind.Forbidden or TroubleKind.Missing)
        {
            return false;
        }
    }
}
