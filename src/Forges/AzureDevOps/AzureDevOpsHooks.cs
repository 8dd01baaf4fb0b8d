using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.AzureDevOps;

/// <summary>
/// Registers the gate's webhook on a repository. Azure DevOps has one subscription for each event, so the webhook is the set of them that
/// has our address and this repository; its id is that of the first in the order of <see cref="Events"/>.
/// </summary>
internal sealed class AzureDevOpsHooks(AzureDevOpsClient client, AzureDevOpsPolicies policies)
{
    private const string Publisher = "tfs";
    private const string Consumer = "webHooks";
    private const string Action = "httpRequest";
    private const string Enabled = "enabled";

    /// <summary>
    /// Each event, and the version of its resource that the reader understands. A pipeline's end cannot be asked for by repository.
    /// </summary>
    private static readonly ImmutableArray<(string Type, string Version)> Events =
    [
        ("git.push", "1.0"), ("git.pullrequest.created", "1.0"), ("git.pullrequest.updated", "1.0"), ("git.pullrequest.merged", "1.0"),
        ("ms.vss-code.git-pullrequest-comment-event", "2.0"),
    ];

    /// <summary>What a subscription names of its publisher without being narrowed by it.</summary>
    private static readonly ImmutableArray<string> Wide = ["projectId", "repository", "tfsSubscriptionId"];

    /// <summary>The subscriptions of the organization that call a web address.</summary>
    public static string List { get; } = AzureDevOpsApi.At(
        "/_apis/hooks/subscriptions", ("publisherId", Publisher), ("consumerId", Consumer), ("consumerActionId", Action));

    /// <summary>
    /// Creates what is missing, sets right what is there and takes away what is double. There is no ping: the test of a subscription sends a
    /// made-up event of somebody else's repository.
    /// </summary>
    public async Task<HookRegistration> RegisterAsync(
        Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation)
    {
        var secret = connection.WebhookSecrets.IsDefaultOrEmpty ? "" : connection.WebhookSecrets[0].Reveal();
        if (secret.Length == 0)
        {
            throw new ForgeTroubleException(
                $"connection `{connection.Name}` has no webhook secret; a hook without one would be refused at the door", TroubleKind.Refused);
        }

        var link = client.Open(connection);
        var place = await FindAsync(link, repository, hookUrl, cancellation);
        var ids = new List<string>();
        foreach (var (type, version) in Events)
        {
            var known = place.Of(type);
            var wanted = Wanted(place, hookUrl, secret, type, version);
            // The password cannot be read back, so what looks right is written anew as well.
            var written = known.IsEmpty
                ? await link.SendAsync(HttpMethod.Post, AzureDevOpsApi.At("/_apis/hooks/subscriptions"), wanted, cancellation)
                : await link.SendAsync(HttpMethod.Put, At(known[0]), wanted, cancellation);
            ids.Add(known.IsEmpty ? written.Id("id") : known[0].Id("id"));
            foreach (var surplus in known.Skip(1)) await RemoveAsync(link, surplus, cancellation);
        }

        var advice = await AdviseAsync(connection, repository, hookUrl, place, cancellation);
        return new HookRegistration(ids[0], place.Ours.IsEmpty, Tested: false, advice);
    }

    /// <summary>How the set stands.</summary>
    public async Task<HookHealth> HealthAsync(
        Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation)
    {
        var place = await FindAsync(client.Open(connection), repository, hookUrl, cancellation);
        if (place.Ours.IsEmpty) return HookHealth.None;
        var first = Events.Select(wanted => place.Of(wanted.Type)).First(known => !known.IsEmpty)[0];
        var isActive = place.Ours.All(one => one.Text("status") is Enabled or "onProbation" or "");
        return new HookHealth(first.Id("id"), isActive, DisabledUntil: null, [.. Events.SelectMany(wanted => Problems(place, wanted))]);
    }

    /// <summary>Takes the set away; how often it was there.</summary>
    public async Task<int> RemoveAsync(Connection connection, RepositoryKey repository, string hookUrl, CancellationToken cancellation)
    {
        var link = client.Open(connection);
        var place = await FindAsync(link, repository, hookUrl, cancellation);
        foreach (var one in place.Ours) await RemoveAsync(link, one, cancellation);
        return Events.Max(wanted => place.Of(wanted.Type).Length);
    }

    private static async Task RemoveAsync(ForgeLink link, JsonElement subscription, CancellationToken cancellation)
    {
        try
        {
            await link.SendAsync(HttpMethod.Delete, At(subscription), null, cancellation);
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Missing)
        {
            // Somebody was faster.
        }
    }

    private static async Task<Place> FindAsync(ForgeLink link, RepositoryKey repository, string hookUrl, CancellationToken cancellation)
    {
        var found = await link.GetAsync(AzureDevOpsApi.At(AzureDevOpsApi.Repository(repository)), cancellation);
        var (id, project) = (found.Id("id"), found.Child("project").Id("id"));
        var all = await link.ListAsync(List, "value", cancellation);
        return new Place(
            id, project, AzureDevOpsApi.BranchOf(found.Text("defaultBranch")),
            [
                .. all.Where(one => one.Child("publisherInputs").Text("repository") == id
                        && IsSame(one.Child("consumerInputs").Text("url"), hookUrl)
                        && Events.Any(wanted => wanted.Type == one.Text("eventType")))
                    .OrderBy(one => one.Time("createdDate") ?? default).ThenBy(one => one.Id("id"), StringComparer.Ordinal),
            ]);
    }

    private static IEnumerable<string> Problems(Place place, (string Type, string Version) wanted)
    {
        var known = place.Of(wanted.Type);
        if (known.IsEmpty) yield return $"no subscription sends `{wanted.Type}`";
        if (known.Length > 1) yield return $"{known.Length} subscriptions send `{wanted.Type}`; each call comes as often";
        foreach (var one in known)
        {
            var (status, inputs) = (one.Text("status"), one.Child("consumerInputs"));
            if (status is not (Enabled or "")) yield return $"the subscription to `{wanted.Type}` is `{status}`; `{Enabled}` would be right";
            if (one.Text("resourceVersion") != wanted.Version)
            {
                yield return $"`{wanted.Type}` is sent in version `{one.Text("resourceVersion")}`; `{wanted.Version}` would be right";
            }

            if (inputs.Text("resourceDetailsToSend") is not ("all" or "")) yield return $"`{wanted.Type}` is sent without all its details";
            if (inputs.Text("acceptUntrustedCerts") is "true" or "True") yield return $"`{wanted.Type}` is sent without checking TLS";
            if (IsNarrowed(one)) yield return $"`{wanted.Type}` is sent for a part of the repository's events only";
        }
    }

    private static bool IsNarrowed(JsonElement subscription) =>
        subscription.Child("publisherInputs") is { ValueKind: JsonValueKind.Object } inputs
        && inputs.EnumerateObject().Any(input => !Wide.Contains(input.Name) && input.Value.AsText() is { Length: > 0 });

    private static JsonObject Wanted(Place place, string hookUrl, string secret, string type, string version) => new()
    {
        ["publisherId"] = Publisher,
        ["eventType"] = type,
        ["resourceVersion"] = version,
        ["consumerId"] = Consumer,
        ["consumerActionId"] = Action,
        ["status"] = Enabled,
        ["publisherInputs"] = new JsonObject { ["projectId"] = place.Project, ["repository"] = place.Repository },
        ["consumerInputs"] = new JsonObject
        {
            ["url"] = hookUrl,
            ["basicAuthUsername"] = "gitops-gate",
            ["basicAuthPassword"] = secret,
            ["resourceDetailsToSend"] = "all",
            ["messagesToSend"] = "none",
            ["detailedMessagesToSend"] = "none",
            ["acceptUntrustedCerts"] = "false",
        },
    };

    private async Task<ImmutableArray<string>> AdviseAsync(
        Connection connection, RepositoryKey repository, string hookUrl, Place place, CancellationToken cancellation)
    {
        var advice = ImmutableArray.CreateBuilder<string>();
        if (hookUrl.StartsWith("http:", StringComparison.OrdinalIgnoreCase))
        {
            advice.Add("Give the gate an https address: the password of its webhooks travels in clear text.");
        }

        try
        {
            // A repository without a commit has no default branch yet.
            if (place.Branch.Length == 0) return advice.ToImmutable();
            var protection = await policies.ProtectionAsync(connection, repository, place.Branch, cancellation);
            if (protection.IsRequired && protection.IsBoundToUs) return advice.ToImmutable();
        }
        catch (ForgeTroubleException)
        {
            // The webhook stands by now; then the advice stands as well, which costs a look.
        }

        advice.Add(
            $"Add the branch policy `Status check` for `{connection.StatusContext}` on `{place.Branch}`, required, with the gate's account "
            + "as the authorized one: until then Azure DevOps completes whatever the gate says.");
        return advice.ToImmutable();
    }

    private static string At(JsonElement subscription) =>
        AzureDevOpsApi.At($"/_apis/hooks/subscriptions/{AzureDevOpsApi.Piece(subscription.Id("id"))}");

    private static bool IsSame(string one, string other) => string.Equals(one.TrimEnd('/'), other.TrimEnd('/'), StringComparison.Ordinal);

    /// <param name="Ours">The subscriptions with our address, the oldest first.</param>
    private sealed record Place(string Repository, string Project, string Branch, ImmutableArray<JsonElement> Ours)
    {
        public ImmutableArray<JsonElement> Of(string type) => [.. Ours.Where(one => one.Text("eventType") == type)];
    }
}
