using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.BitbucketDataCenter;

/// <summary>Registers our webhook on a repository, looks after it, and takes it away.</summary>
internal sealed class BitbucketDataCenterHooks(ForgeLink link, Connection connection)
{
    private static readonly ImmutableArray<string> Events =
    [
        "repo:refs_changed", "repo:modified", "pr:opened", "pr:from_ref_updated", "pr:modified", "pr:reviewer:updated",
        "pr:reviewer:approved", "pr:reviewer:unapproved", "pr:merged", "pr:declined", "pr:deleted", "pr:comment:added",
        "pr:comment:edited", "pr:comment:deleted",
    ];

    /// <summary>What a review that asks for changes is called, which differs with the version; another name is refused.</summary>
    private static readonly ImmutableArray<string> AsksForChanges = ["pr:reviewer:needs_work", "pr:reviewer:changes_requested"];

    private string Secret => connection.WebhookSecrets.IsDefaultOrEmpty ? "" : connection.WebhookSecrets[0].Reveal();

    /// <summary>Creates the hook, or sets the one with our address right, and takes further ones with it away.</summary>
    public async Task<HookRegistration> RegisterAsync(RepositoryKey repository, string hookUrl, CancellationToken cancellation)
    {
        if (Secret.Length == 0)
        {
            throw new ForgeTroubleException(
                $"connection `{connection.Name}` has no webhook secret; a hook without one would be refused at the door",
                TroubleKind.Refused);
        }

        var hooks = At(repository);
        var known = await OursAsync(hooks, hookUrl, cancellation);
        // Whether the secret is the right one cannot be seen, so a hook that looks right is still written anew.
        var hook = known.IsEmpty
            ? await WriteAsync(HttpMethod.Post, hooks, hookUrl, cancellation)
            : await WriteAsync(HttpMethod.Put, $"{hooks}/{known[0].Id("id")}", hookUrl, cancellation);
        foreach (var further in known.Skip(1)) await RemoveOneAsync(hooks, further, cancellation);
        var id = known.IsEmpty ? hook.Id("id") : known[0].Id("id");
        var advice = ImmutableArray.CreateBuilder<string>();
        var isTested = await TestAsync(hooks, id, hookUrl, advice, cancellation);
        if (hookUrl.StartsWith("http:", StringComparison.OrdinalIgnoreCase))
        {
            advice.Add("Give the gate an https address: its webhooks travel in clear text.");
        }

        await AdviseOnMergesAsync(repository, advice, cancellation);
        return new HookRegistration(id, known.IsEmpty, isTested, advice.ToImmutable());
    }

    /// <summary>How the hook stands, and how its last delivery went: after five failures in a row Bitbucket leaves a hook out for a while.</summary>
    public async Task<HookHealth> HealthAsync(RepositoryKey repository, string hookUrl, CancellationToken cancellation)
    {
        var hooks = At(repository);
        var known = await OursAsync(hooks, hookUrl, cancellation);
        if (known.IsEmpty) return HookHealth.None;
        var hook = known[0];
        var problems = ImmutableArray.CreateBuilder<string>();
        var events = hook.Items("events").Select(name => name.AsText()).ToHashSet(StringComparer.Ordinal);
        var missing = Events.Where(name => !events.Contains(name)).ToList();
        if (!AsksForChanges.Any(events.Contains)) missing.Add(AsksForChanges[0]);
        if (!hook.Flag("active")) problems.Add("it is switched off");
        if (missing.Count > 0) problems.Add($"it is not sent for {string.Join(", ", missing.Select(name => $"`{name}`"))}");
        var isSafe = hook.TextOrNull("url")!.StartsWith("http:", StringComparison.OrdinalIgnoreCase)
            || hook.Child("sslVerificationRequired").ValueKind != JsonValueKind.False;
        if (!isSafe) problems.Add("the gate's certificate is not checked");
        if (known.Length > 1) problems.Add($"{known.Length} webhooks have this address, and every event arrives more than once");
        var last = await link.FindAsync($"{hooks}/{hook.Id("id")}/latest", cancellation) ?? default;
        if (last.Child("result").Text("outcome") is { Length: > 0 } outcome && outcome != "SUCCESS")
        {
            problems.Add(await FailureAsync($"{hooks}/{hook.Id("id")}/statistics", last, cancellation));
        }

        return new HookHealth(hook.Id("id"), hook.Flag("active"), null, problems.ToImmutable());
    }

    /// <summary>Takes every hook with our address away; how many there were.</summary>
    public async Task<int> RemoveAsync(RepositoryKey repository, string hookUrl, CancellationToken cancellation)
    {
        var hooks = At(repository);
        var known = await OursAsync(hooks, hookUrl, cancellation);
        foreach (var hook in known) await RemoveOneAsync(hooks, hook, cancellation);
        return known.Length;
    }

    private static string At(RepositoryKey repository) => $"{BitbucketDataCenterPages.Repository(repository.Path)}/webhooks";

    private static bool IsSame(string one, string other) =>
        string.Equals(one.TrimEnd('/'), other.TrimEnd('/'), StringComparison.Ordinal);

    private async Task<ImmutableArray<JsonElement>> OursAsync(string hooks, string hookUrl, CancellationToken cancellation) =>
    [
        .. (await link.ListAllAsync(hooks, cancellation))
            .Where(hook => IsSame(hook.Text("url"), hookUrl))
            .OrderBy(hook => hook.Number("id") ?? 0),
    ];

    private async Task<JsonElement> WriteAsync(HttpMethod method, string at, string hookUrl, CancellationToken cancellation)
    {
        try
        {
            return await link.SendAsync(method, at, Wanted(hookUrl, AsksForChanges[0]), cancellation);
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Refused)
        {
            return await link.SendAsync(method, at, Wanted(hookUrl, AsksForChanges[1]), cancellation);
        }
    }

    private JsonObject Wanted(string hookUrl, string asksForChanges) => new()
    {
        ["name"] = "GitOps Gate",
        ["url"] = hookUrl,
        ["active"] = true,
        ["events"] = new JsonArray([.. Events.Append(asksForChanges).Select(name => JsonValue.Create(name))]),
        ["configuration"] = new JsonObject { ["secret"] = Secret },
        ["sslVerificationRequired"] = true,
    };

    private async Task RemoveOneAsync(string hooks, JsonElement hook, CancellationToken cancellation)
    {
        try
        {
            await link.SendAsync(HttpMethod.Delete, $"{hooks}/{hook.Id("id")}", null, cancellation);
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Missing)
        {
            // Somebody was faster.
        }
    }

    /// <summary>
    /// Has Bitbucket try the address out. The test may come without a signature, and is refused at the door then: 401 shows that the way
    /// is open. The hook stands by now, so whatever goes wrong here is advice.
    /// </summary>
    private async Task<bool> TestAsync(
        string hooks, string id, string hookUrl, ImmutableArray<string>.Builder advice, CancellationToken cancellation)
    {
        try
        {
            var path = $"{hooks}/test?webhookId={Uri.EscapeDataString(id)}&url={Uri.EscapeDataString(hookUrl)}";
            var answer = await link.SendAsync(HttpMethod.Post, path, null, cancellation);
            var status = answer.Child("response").Number("statusCode") ?? answer.Number("statusCode");
            var isThrough = status is null or 401 or (>= 200 and < 300);
            if (!isThrough) advice.Add($"Look at the way from Bitbucket to the gate: a test of the webhook was answered with {status}.");
            return true;
        }
        catch (ForgeTroubleException trouble)
        {
            advice.Add(
                $"Test the connection on the webhook's page on Bitbucket: asking for a test did not work ({trouble.Message}).");
            return false;
        }
    }

    private async Task<string> FailureAsync(string statistics, JsonElement last, CancellationToken cancellation)
    {
        var why = OneLine.Of(last.Child("result").Text("description"), 200);
        var counts = (await link.FindAsync(statistics, cancellation) ?? default).Child("counts");
        var failed = (counts.Number("failures") ?? 0) + (counts.Number("errors") ?? 0);
        return $"the last delivery (`{OneLine.Of(last.Text("event"), 100)}`) did not arrive{(why.Length > 0 ? $": {why}" : "")}"
            + $"{(failed > 1 ? $"; {failed} have failed of late" : "")}; after five in a row Bitbucket leaves the hook out for up to ten hours";
    }

    private async Task AdviseOnMergesAsync(
        RepositoryKey repository, ImmutableArray<string>.Builder advice, CancellationToken cancellation)
    {
        try
        {
            var branch = await new BitbucketDataCenterSurvey(link, connection).DefaultBranchAsync(repository, cancellation);
            if (branch.Length == 0) return;
            advice.AddRange((await new BitbucketDataCenterProtection(link, connection).LookAsync(repository, branch, cancellation)).Advice);
        }
        catch (ForgeTroubleException)
        {
            advice.Add(
                $"Require the build `{BitbucketDataCenterPayloads.KeyOf(connection.StatusContext)}` (Repository settings, Required "
                + "builds), if it is not yet: whether it is could not be seen.");
        }
    }
}
