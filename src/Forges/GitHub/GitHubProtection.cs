using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.GitHub;

/// <summary>
/// Has merges wait for our status by a ruleset of its own, named as the status. Unlike classic protection a ruleset adds up with what is
/// there: it can be made and taken away without touching anybody's settings.
/// </summary>
internal sealed class GitHubProtection(GitHubClient client, GitHubApps apps)
{
    private const string Administration = "it takes the right to administer the repository";

    /// <summary>How a branch stands.</summary>
    public async Task<Protection> LookAsync(Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation)
    {
        var (app, doubt) = await AppAsync(connection, cancellation);
        return await LookAsync(connection, repository, branch, (app, doubt), cancellation);
    }

    /// <summary>Requires the status; changes nothing when that is done already.</summary>
    public async Task<Protection> ProtectAsync(Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation)
    {
        var (app, doubt) = await AppAsync(connection, cancellation);
        var before = await LookAsync(connection, repository, branch, (app, doubt), cancellation);
        if (before.IsRequired && before.IsWithoutBypass && (before.IsBoundToUs || app is null)) return before;
        try
        {
            await RequireAsync(connection, repository, branch, app, cancellation);
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind is TroubleKind.Forbidden or TroubleKind.Missing)
        {
            var refused = $"Give the gate's account or app the right to write rulesets: {Administration} ({trouble.Message}).";
            return before with { Advice = [.. before.Advice, refused] };
        }

        return await LookAsync(connection, repository, branch, (app, doubt), cancellation);
    }

    /// <summary>Takes a branch out of our ruleset, and the ruleset away with the last one.</summary>
    public async Task UnprotectAsync(Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation)
    {
        var (link, sets) = (client.Open(connection), $"{GitHubClient.PathOf(repository)}/rulesets");
        if (await OursAsync(link, sets, connection.StatusContext, cancellation) is not { } known) return;
        if (!GitHubRuleset.Covers(known, branch)) return;
        var path = $"{sets}/{known.Id("id")}";
        var rest = GitHubRuleset.Without(known, branch, connection.StatusContext, out var problem);
        if (problem.Length > 0) throw new ForgeTroubleException(problem, TroubleKind.Refused);
        if (rest is not null)
        {
            await link.SendAsync(HttpMethod.Put, path, rest, cancellation);
            return;
        }

        try
        {
            await link.SendAsync(HttpMethod.Delete, path, null, cancellation);
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Missing)
        {
            // Somebody else took it away meanwhile.
        }
    }

    private async Task RequireAsync(
        Connection connection, RepositoryKey repository, string branch, long? app, CancellationToken cancellation)
    {
        var (link, sets) = (client.Open(connection), $"{GitHubClient.PathOf(repository)}/rulesets");
        var known = await OursAsync(link, sets, connection.StatusContext, cancellation);
        var wanted = GitHubRuleset.With(known, branch, connection.StatusContext, app);
        if (known is not { } there) await link.SendAsync(HttpMethod.Post, sets, wanted, cancellation);
        else if (!GitHubRuleset.IsSaidBy(there, wanted)) await link.SendAsync(HttpMethod.Put, $"{sets}/{there.Id("id")}", wanted, cancellation);
    }

    // The list leaves out rules and conditions, so the ruleset itself is asked for.
    private static async Task<JsonElement?> OursAsync(ForgeLink link, string sets, string name, CancellationToken cancellation)
    {
        var all = await link.ListAsync($"{sets}?per_page=100&includes_parents=false", null, cancellation);
        var ours = all.FirstOrDefault(set => set.Text("name") == name && set.TextOrNull("target") is null or "branch");
        return ours.Id("id") is { Length: > 0 } id ? await link.FindAsync($"{sets}/{ForgeLink.Safe(id)}", cancellation) : null;
    }

    private async Task<Protection> LookAsync(
        Connection connection, RepositoryKey repository, string branch, (long? Id, string Doubt) app, CancellationToken cancellation)
    {
        var context = connection.StatusContext;
        var found = await GitHubRules.OfAsync(client.Open(connection), repository, branch, (context, app.Id), cancellation);
        if (found.IsEmpty)
        {
            return new Protection(false, false, false, "", [Require(context, $"`{branch}`")]);
        }

        var best = found[0];
        var unbound = app.Doubt.Length > 0 ? app.Doubt : $"Have {best.By} take `{context}` from the gate's app alone.";
        string?[] advice = [best.IsBound ? null : unbound, best.MayBypass];
        return new Protection(true, best.IsBound, best.MayBypass is null, best.By, [.. advice.OfType<string>()]);
    }

    /// <summary>What a person is told whose branch does not wait for the status.</summary>
    public static string Require(string context, string where) =>
        $"Require the status check `{context}` for {where} in a ruleset or branch protection, without bypass for administrators: until then "
        + "GitHub merges whatever the gate says.";

    // Without an app's number a report cannot be told from a stranger's; then the doubt is what people are told.
    private async Task<(long? Id, string Doubt)> AppAsync(Connection connection, CancellationToken cancellation)
    {
        if (connection.App is not { } app)
        {
            return (null, $"Sign in as a GitHub App: until then everybody who may write statuses can post `{connection.StatusContext}` too.");
        }

        try
        {
            return ((await apps.WhoAsync(connection, app, cancellation)).Id, "");
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind is TroubleKind.Forbidden or TroubleKind.Missing)
        {
            return (null, $"Give the gate the app's own key, so that the status can be bound to it: {trouble.Message}.");
        }
    }
}
