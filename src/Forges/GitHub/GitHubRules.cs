using System.Collections.Immutable;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.GitHub;

/// <summary>One thing on GitHub that has merges into a branch wait for a status.</summary>
/// <param name="By">For people: <c>ruleset `gitops-gate`</c>.</param>
/// <param name="IsBound">Whether only our app's report counts.</param>
/// <param name="MayBypass">Who may merge past it, as a sentence that says what to do; null when nobody may.</param>
internal sealed record GitHubRequirement(string By, bool IsBound, string? MayBypass);

/// <summary>
/// Reads what has merges wait for a status: the rules in force for a branch (rulesets of the repository, the organization and the
/// enterprise), and classic branch protection.
/// </summary>
internal static class GitHubRules
{
    /// <summary>The rule of a ruleset that asks for statuses.</summary>
    public const string StatusRule = "required_status_checks";

    /// <summary>Every requirement of a context on a branch, the strongest first.</summary>
    /// <param name="status">The name, and our app's number, or null when nobody's report can be told from ours.</param>
    public static async Task<ImmutableArray<GitHubRequirement>> OfAsync(
        ForgeLink link, RepositoryKey repository, string branch, (string Context, long? App) status, CancellationToken cancellation)
    {
        var (path, name) = (GitHubClient.PathOf(repository), Uri.EscapeDataString(branch));
        var rules = link.ListAsync($"{path}/rules/branches/{name}?per_page=100", null, cancellation);
        var classic = ClassicAsync(link, $"{path}/branches/{name}/protection", cancellation);
        await Task.WhenAll(rules, classic);
        var found = ImmutableArray.CreateBuilder<GitHubRequirement>();
        foreach (var rule in (await rules).Where(rule => rule.Text("type") == StatusRule))
        {
            var checks = rule.Child("parameters").Items("required_status_checks").Where(check => IsContext(check, status.Context)).ToArray();
            if (checks.Length == 0) continue;
            var isBound = status.App is { } app && checks.Any(check => check.Number("integration_id") == app);
            var set = await SetAsync(link, path, rule.Id("ruleset_id"), cancellation);
            var by = $"ruleset `{set?.TextOrNull("name") ?? rule.Id("ruleset_id")}`";
            found.Add(new GitHubRequirement(by, isBound, BypassOf(by, set)));
        }

        if (await classic is { } protection && ByClassic(protection, branch, status) is { } byClassic) found.Add(byClassic);
        return
        [
            .. found.OrderByDescending(one => one.IsBound).ThenByDescending(one => one.MayBypass is null)
                .ThenBy(one => one.By, StringComparer.Ordinal),
        ];
    }

    /// <summary>Whether a required check is the one with this name; GitHub compares names without regard to case.</summary>
    public static bool IsContext(JsonElement check, string context) =>
        string.Equals(check.Text("context"), context, StringComparison.OrdinalIgnoreCase);

    // Reading classic protection takes the right to administer; whoever lacks it is told by the rules alone.
    private static async Task<JsonElement?> ClassicAsync(ForgeLink link, string path, CancellationToken cancellation)
    {
        try
        {
            return await link.FindAsync(path, cancellation);
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Forbidden)
        {
            return null;
        }
    }

    // A ruleset of the enterprise, or one that we may not see, stands nevertheless.
    private static async Task<JsonElement?> SetAsync(ForgeLink link, string path, string id, CancellationToken cancellation)
    {
        if (id.Length == 0) return null;
        try
        {
            return await link.FindAsync($"{path}/rulesets/{ForgeLink.Safe(id)}?includes_parents=true", cancellation);
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Forbidden)
        {
            return null;
        }
    }

    private static string? BypassOf(string by, JsonElement? set)
    {
        if (set is not { } known || !known.Has("bypass_actors")) return $"Look at who may bypass {by}: GitHub does not show it to us.";
        var actors = known.Items("bypass_actors").Select(actor => actor.TextOrNull("actor_type") ?? "somebody")
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        return actors.Length == 0 ? null : $"Empty the bypass list of {by}: {string.Join(", ", actors)} may merge past it.";
    }

    private static GitHubRequirement? ByClassic(JsonElement protection, string branch, (string Context, long? App) status)
    {
        var required = protection.Child("required_status_checks");
        var checks = required.Items("checks").Where(check => IsContext(check, status.Context)).ToArray();
        var isNamed = required.Items("contexts")
            .Any(name => string.Equals(name.AsText(), status.Context, StringComparison.OrdinalIgnoreCase));
        if (checks.Length == 0 && !isNamed) return null;
        var by = $"branch protection of `{branch}`";
        var isBound = status.App is { } app && checks.Any(check => check.Number("app_id") == app);
        var mayBypass = protection.Child("enforce_admins").Flag("enabled")
            ? null
            : $"Do not allow bypassing the {by}: administrators may merge past it.";
        return new GitHubRequirement(by, isBound, mayBypass);
    }
}
