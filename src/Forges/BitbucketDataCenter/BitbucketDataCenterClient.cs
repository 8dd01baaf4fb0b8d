using System.Collections.Immutable;
using System.Text.Json;
using GitOpsGate.Changes;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.BitbucketDataCenter;

/// <summary>
/// Asks Bitbucket Data Center for pull requests. Source of paths and fields: Atlassian's own OpenAPI description of version 9.2.
/// </summary>
internal sealed class BitbucketDataCenterClient(ForgeLink link)
{
    /// <summary>How many builds of a commit Bitbucket lists, whatever is asked for.</summary>
    private const int MostBuilds = 100;

    private static readonly ImmutableArray<string> Counted = ["successful", "inProgress", "failed", "cancelled", "unknown"];

    /// <summary>Asks for a pull request with its reviewers, activity and builds; null when there is none.</summary>
    public async Task<ForgeFacts?> DescribeAsync(ChangeKey key, CancellationToken cancellation)
    {
        var at = $"{BitbucketDataCenterPages.Repository(key.Repository.Path)}/pull-requests/{key.Number}";
        if (await link.FindAsync(at, cancellation) is not { } json) return null;
        var head = json.Child("fromRef").Commit("latestCommit");
        var activities = link.ListAllAsync($"{at}/activities?limit=500", cancellation);
        var builds = head.IsNone ? Task.FromResult(ImmutableArray<JsonElement>.Empty) : BuildsAsync(head, cancellation);
        await Task.WhenAll(activities, builds);
        var change = BitbucketDataCenterPayloads.ReadChange(json, key, await activities);
        if (change is { State: ChangeState.Open, Head.IsNone: true })
        {
            throw new ForgeTroubleException($"pull request `{key}` came without the commit of its head", TroubleKind.Unavailable);
        }

        return new ForgeFacts(
            change,
            BitbucketDataCenterPayloads.ReadReviews(json, await activities),
            BitbucketDataCenterPayloads.ReadComments(await activities),
            BitbucketDataCenterPayloads.ReadBuilds(await builds));
    }

    /// <summary>The pull requests into this repository that hold a commit, by number.</summary>
    public async Task<ImmutableArray<ChangeKey>> ChangesOfAsync(
        RepositoryKey repository, CommitId commit, CancellationToken cancellation)
    {
        try
        {
            var at = $"{BitbucketDataCenterPages.Repository(repository.Path)}/commits/{commit}/pull-requests?limit=100";
            return
            [
                .. (await link.ListAllAsync(at, cancellation))
                    .Where(change => IsInto(change.Child("toRef").Child("repository"), repository)
                        && BitbucketDataCenterPayloads.ReadState(change.Text("state")) is ChangeState.Open or ChangeState.Merged)
                    .Select(change => change.Number("id") ?? 0)
                    .Where(number => number > 0)
                    .Distinct()
                    .Order()
                    .Select(number => new ChangeKey(repository, number)),
            ];
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Missing)
        {
            // It says so of a commit that it does not have.
            return [];
        }
    }

    /// <summary>
    /// All builds of a commit. Only the older interface lists them, and no more than a hundred; whether there are more is told by the
    /// counts beside it.
    /// </summary>
    private async Task<ImmutableArray<JsonElement>> BuildsAsync(CommitId head, CancellationToken cancellation)
    {
        var builds = await link.ListAllAsync($"/build-status/latest/commits/{head}?limit={MostBuilds}&orderBy=NEWEST", cancellation);
        if (builds.Length < MostBuilds) return builds;
        var counts = await link.GetAsync($"/build-status/latest/commits/stats/{head}", cancellation);
        var all = Counted.Sum(name => counts.Number(name) ?? 0);
        return all <= builds.Length
            ? builds
            : throw new ForgeTroubleException(
                $"commit `{head.Short}` has {all} builds, and Bitbucket lists the newest {MostBuilds} of a commit", TroubleKind.Refused);
    }

    private static bool IsInto(JsonElement target, RepositoryKey repository) =>
        string.Equals(BitbucketDataCenterPayloads.PathOf(target), repository.Path, StringComparison.OrdinalIgnoreCase);
}
