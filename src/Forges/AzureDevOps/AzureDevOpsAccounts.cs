using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.AzureDevOps;

/// <summary>Our own account: whose comments and statuses are ours, and what it may do.</summary>
internal sealed class AzureDevOpsAccounts(AzureDevOpsClient client)
{
    /// <summary>Whom a caller is taken for that shows no token, where an organization lets strangers look.</summary>
    private const string Anonymous = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa";

    /// <summary>The namespace of Git's rights (Azure DevOps docs, "Security namespace and permission reference").</summary>
    private const string GitRights = "2e9eb7ed-3c0a-47d4-87c1-0ffdd275fd87";

    private static readonly ImmutableArray<(int Bit, string Without)> Rights =
    [
        (4, "`Contribute`: the first rules cannot be proposed"),
        (2048, "`Edit policies`: a branch cannot be protected"),
        (16384, "`Contribute to pull requests`: neither a status nor a comment can be written"),
    ];

    private readonly ConcurrentDictionary<ConnectionName, string> _ownIds = new();

    /// <summary>Our own account's id; asked for once.</summary>
    /// <exception cref="ForgeTroubleException">It could not be told.</exception>
    public async Task<string> OwnIdAsync(Connection connection, ForgeLink link, CancellationToken cancellation)
    {
        if (_ownIds.TryGetValue(connection.Name, out var known)) return known;
        return _ownIds[connection.Name] = (await WhoAsync(link, cancellation)).Child("authenticatedUser").Id("id");
    }

    /// <summary>Who we are, and which rights we lack in a repository; see <see cref="IForgeSetup.StandingAsync"/>.</summary>
    public async Task<ForgeStanding> StandingAsync(Connection connection, RepositoryKey repository, CancellationToken cancellation)
    {
        var link = client.Open(connection);
        var who = await WhoAsync(link, cancellation);
        var user = who.Child("authenticatedUser");
        var account = user.Child("properties").Child("Account").TextOrNull("$value") ?? user.TextOrNull("providerDisplayName") ?? user.Id("id");
        var product = who.Text("deploymentType") == "onPremises" ? "Azure DevOps Server" : "Azure DevOps Services";
        var found = await link.GetAsync(AzureDevOpsApi.At(AzureDevOpsApi.Repository(repository)), cancellation);
        var lacks = await Task.WhenAll(
        [
            .. Rights.Select(right => LacksAsync(link, found, right.Bit, right.Without, cancellation)),
            RefusedAsync(
                link, AzureDevOpsHooks.List, "the service hooks cannot be seen: the webhook cannot be registered", cancellation),
            RefusedAsync(
                link, AzureDevOpsTeams.Probe(repository), "the teams cannot be seen: rules that name one are errored", cancellation),
        ]);
        return new ForgeStanding(account, product, AzureDevOpsApi.BranchOf(found.Text("defaultBranch")), [.. lacks.OfType<string>()]);
    }

    private static async Task<JsonElement> WhoAsync(ForgeLink link, CancellationToken cancellation)
    {
        // This one call has never left its preview.
        var who = await link.GetAsync(AzureDevOpsApi.At("/_apis/connectionData", "7.1-preview", []), cancellation);
        return who.Child("authenticatedUser").Id("id") is { Length: > 0 } id && id != Anonymous
            ? who
            : throw new ForgeTroubleException("the token belongs to no account that Azure DevOps knows", TroubleKind.Forbidden);
    }

    /// <summary>What will not work for want of a right; null when we have it, or may not know.</summary>
    private static async Task<string?> LacksAsync(
        ForgeLink link, JsonElement repository, int right, string without, CancellationToken cancellation)
    {
        var place = $"repoV2/{repository.Child("project").Id("id")}/{repository.Id("id")}";
        try
        {
            var answers = await link.ListAsync(
                AzureDevOpsApi.At($"/_apis/permissions/{GitRights}/{right}", ("tokens", place)), "value", cancellation);
            return answers is [{ ValueKind: JsonValueKind.False }] ? without : null;
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind is TroubleKind.Forbidden or TroubleKind.Missing or TroubleKind.Refused)
        {
            return null;
        }
    }

    private static async Task<string?> RefusedAsync(ForgeLink link, string path, string without, CancellationToken cancellation)
    {
        try
        {
            await link.GetAsync(path, cancellation);
            return null;
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Forbidden)
        {
            return without;
        }
    }
}
