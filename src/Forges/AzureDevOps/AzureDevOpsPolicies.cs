using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.AzureDevOps;

/// <summary>
/// Has a branch wait for the gate's status, by a branch policy of the type "Status check". Source of the settings' names: what the
/// policies of Azure DevOps itself answer with.
/// </summary>
internal sealed class AzureDevOpsPolicies(AzureDevOpsClient client, AzureDevOpsAccounts accounts)
{
    private const string StatusCheck = "cbdc66da-9728-4af8-aada-9a5a32e4a226";

    /// <summary>How many policies of one branch are read; as many or more are trouble.</summary>
    private const int MostPolicies = 1_000;

    /// <summary>How a branch stands; see <see cref="IForgeSetup.ProtectionAsync"/>.</summary>
    public async Task<Protection> ProtectionAsync(
        Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation)
    {
        var place = await FindAsync(connection, repository, branch, cancellation);
        return Stand(place, await OursAsync(place, cancellation));
    }

    /// <summary>
    /// Adds the policy, or strengthens the one that is for this branch alone. One that covers more is somebody's own and stays as it is;
    /// both then must hold.
    /// </summary>
    public async Task<Protection> ProtectAsync(
        Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation)
    {
        var place = await FindAsync(connection, repository, branch, cancellation);
        var ours = await OursAsync(place, cancellation);
        if (ours.Any(policy => Blocks(policy) && IsBound(policy, place))) return Stand(place, ours);
        try
        {
            var own = ours.FirstOrDefault(policy => IsOfThisAlone(policy, place));
            await (own.ValueKind == JsonValueKind.Undefined
                ? place.Link.SendAsync(HttpMethod.Post, AzureDevOpsApi.At(place.Policies), Wanted(place, new JsonObject()), cancellation)
                : place.Link.SendAsync(HttpMethod.Put, At(place, own), Wanted(place, JsonObject.Create(own.Child("settings")) ?? []), cancellation));
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Forbidden)
        {
            var stands = Stand(place, ours);
            return stands with
            {
                Advice = stands.Advice.Insert(0, $"Give the gate's account the right `Edit policies` on the branch: {trouble.Message}."),
            };
        }

        return Stand(place, await OursAsync(place, cancellation));
    }

    /// <summary>Takes the policies away that are for this branch and the gate's status alone.</summary>
    public async Task UnprotectAsync(Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation)
    {
        var place = await FindAsync(connection, repository, branch, cancellation);
        foreach (var policy in (await OursAsync(place, cancellation)).Where(policy => IsOfThisAlone(policy, place)))
        {
            try
            {
                await place.Link.SendAsync(HttpMethod.Delete, At(place, policy), null, cancellation);
            }
            catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Missing)
            {
                // Somebody was faster.
            }
        }
    }

    private async Task<Place> FindAsync(Connection connection, RepositoryKey repository, string branch, CancellationToken cancellation)
    {
        var link = client.Open(connection);
        var own = accounts.OwnIdAsync(connection, link, cancellation);
        var found = link.GetAsync(AzureDevOpsApi.At(AzureDevOpsApi.Repository(repository)), cancellation);
        await Task.WhenAll(own, found);
        return new Place(link, AzureDevOpsApi.Project(repository), (await found).Id("id"), branch, connection.StatusContext, await own);
    }

    /// <summary>The policies for the gate's status that reach the branch, those for the whole project too.</summary>
    private static async Task<ImmutableArray<JsonElement>> OursAsync(Place place, CancellationToken cancellation)
    {
        var path = AzureDevOpsApi.At(
            $"{place.Project}/_apis/git/policy/configurations", ("repositoryId", place.Repository),
            ("refName", AzureDevOpsApi.RefOf(place.Branch)), ("policyType", StatusCheck), ("$top", $"{MostPolicies}"));
        var all = await place.Link.ListAsync(path, "value", cancellation, MostPolicies - 1);
        return [.. all.Where(policy => !policy.Flag("isDeleted") && IsForUs(policy, place)).OrderBy(policy => policy.Number("id") ?? 0)];
    }

    private static Protection Stand(Place place, ImmutableArray<JsonElement> ours)
    {
        // Those that are bound to us first: they are the stronger.
        var blocking = ours.Where(Blocks).OrderByDescending(policy => IsBound(policy, place)).ToList();
        var isBound = blocking.Count > 0 && IsBound(blocking[0], place);
        var advice = ImmutableArray.CreateBuilder<string>();
        if (blocking.Count == 0)
        {
            advice.Add(
                $"Add the branch policy `Status check` for `{place.Context}` on `{place.Branch}`: required, applied by default, reset "
                + "whenever there are new changes.");
        }
        else if (!isBound)
        {
            advice.Add($"Make the gate's account the authorized one of the policy for `{place.Context}`: anybody can post its status.");
        }

        advice.Add(
            $"See that nobody is allowed to `Bypass policies when completing pull requests` or `when pushing` on `{place.Branch}`; "
            + "the policies do not say who is.");
        var by = blocking.Count == 0 ? "" : $"status check policy `{blocking[0].Id("id")}`";
        return new Protection(blocking.Count > 0, isBound, IsWithoutBypass: false, by, advice.ToImmutable());
    }

    private static JsonObject Wanted(Place place, JsonObject settings)
    {
        var context = AzureDevOpsContext.Parse(place.Context);
        settings["statusGenre"] = context.Genre;
        settings["statusName"] = context.Name;
        settings["authorId"] = place.OwnId;
        settings["invalidateOnSourceUpdate"] = true;
        settings["policyApplicability"] = null;
        settings["filenamePatterns"] = new JsonArray();
        settings["scope"] = new JsonArray(new JsonObject
        {
            ["repositoryId"] = place.Repository,
            ["refName"] = AzureDevOpsApi.RefOf(place.Branch),
            ["matchKind"] = "Exact",
        });
        return new JsonObject
        {
            ["isEnabled"] = true,
            ["isBlocking"] = true,
            ["type"] = new JsonObject { ["id"] = StatusCheck },
            ["settings"] = settings,
        };
    }

    /// <summary>Whether every pull request waits, and waits again after a push.</summary>
    private static bool Blocks(JsonElement policy)
    {
        var settings = policy.Child("settings");
        return policy.Flag("isEnabled") && policy.Flag("isBlocking") && settings.Flag("invalidateOnSourceUpdate")
            && settings.Id("policyApplicability") is "" or "0" or "default"
            && !settings.Items("filenamePatterns").Any();
    }

    private static bool IsForUs(JsonElement policy, Place place)
    {
        var settings = policy.Child("settings");
        return policy.Child("type").Id("id") == StatusCheck
            && new AzureDevOpsContext(settings.Text("statusGenre"), settings.Text("statusName")) == AzureDevOpsContext.Parse(place.Context);
    }

    private static bool IsBound(JsonElement policy, Place place) => policy.Child("settings").Id("authorId") == place.OwnId;

    private static bool IsOfThisAlone(JsonElement policy, Place place) =>
        policy.Child("settings").Items("scope").ToList() is [var only]
        && only.Id("repositoryId") == place.Repository
        && only.Text("refName") == AzureDevOpsApi.RefOf(place.Branch)
        && string.Equals(only.Text("matchKind"), "Exact", StringComparison.OrdinalIgnoreCase);

    private static string At(Place place, JsonElement policy) =>
        AzureDevOpsApi.At($"{place.Policies}/{AzureDevOpsApi.Piece(policy.Id("id"))}");

    private sealed record Place(ForgeLink Link, string Project, string Repository, string Branch, string Context, string OwnId)
    {
        public string Policies => $"{Project}/_apis/policy/configurations";
    }
}
