using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOpsGate.Changes;
using GitOpsGate.Ports;

namespace GitOpsGate.Forges.BitbucketCloud;

/// <summary>
/// Has merges into a branch wait for a passing build, and so for our verdict: ours in progress or failed keeps a merge back whatever others
/// say. It counts as required only where merge checks are enforced (Premium); else people are warned and can merge.
/// </summary>
internal sealed class BitbucketCloudProtection(ForgeLink link)
{
    public async Task<Protection> ReadAsync(RepositoryKey repository, string branch, CancellationToken cancellation) =>
        Judge(await ListAsync(repository, cancellation), branch, []);

    public async Task<Protection> ProtectAsync(RepositoryKey repository, string branch, CancellationToken cancellation)
    {
        var advice = ImmutableArray.CreateBuilder<string>();
        ImmutableArray<BitbucketCloudRestriction> standing;
        try
        {
            standing = await ListAsync(repository, cancellation);
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Forbidden)
        {
            return new Protection(false, false, false, "", [Lacking(trouble)]);
        }

        foreach (var kind in (string[])[BitbucketCloudRestriction.PassingBuilds, BitbucketCloudRestriction.Enforced])
        {
            if (!Holds(standing, kind, branch)) await TryAddAsync(repository, kind, branch, advice, cancellation);
        }

        return Judge(await ListAsync(repository, cancellation), branch, advice.ToImmutable());
    }

    /// <summary>
    /// Takes away the rule for one passing build that is for this very branch, and the enforcement with it when that has nothing left to
    /// enforce. Rules for several branches or builds were not made by us, and stay.
    /// </summary>
    public async Task UnprotectAsync(RepositoryKey repository, string branch, CancellationToken cancellation)
    {
        var standing = await ListAsync(repository, cancellation);
        var ours = standing.Where(one => one.Kind == BitbucketCloudRestriction.PassingBuilds && one.Pattern == branch && one.Value <= 1)
            .ToList();
        foreach (var rule in ours) await DeleteAsync(repository, rule.Id, cancellation);
        if (standing.Except(ours).Any(one => one.IsMergeCheck && (one.Pattern.Length == 0 || one.Covers(branch)))) return;
        var enforced = standing.Where(one => one.Kind == BitbucketCloudRestriction.Enforced && one.Pattern == branch);
        foreach (var rule in enforced) await DeleteAsync(repository, rule.Id, cancellation);
    }

    private static Protection Judge(
        ImmutableArray<BitbucketCloudRestriction> standing, string branch, ImmutableArray<string> problems)
    {
        var advice = problems.ToBuilder();
        var waits = Holds(standing, BitbucketCloudRestriction.PassingBuilds, branch);
        var isRequired = waits && Holds(standing, BitbucketCloudRestriction.Enforced, branch);
        if (!waits) advice.Add($"Require at least one passing build on `{branch}` (Repository settings, Branch restrictions, Merge settings).");
        if (waits && !isRequired) advice.Add(BitbucketCloudRestriction.WithoutPremium);
        var isClosed = standing.Any(one => one.Kind == BitbucketCloudRestriction.Push && one.IsForNobody && one.Covers(branch));
        if (!isClosed)
        {
            advice.Add(
                $"Let nobody push to `{branch}` (Repository settings, Branch restrictions, Write access): whoever may push there needs no "
                + "pull request.");
        }

        if (waits)
        {
            advice.Add(
                "Whoever may write to the repository can post a build of the gate's key: let production take only what has the gate's "
                + "warrant.");
        }

        var by = isRequired ? $"branch restriction `{BitbucketCloudRestriction.PassingBuilds}`" : "";
        // Builds are counted and not named, so nothing binds them to us.
        return new Protection(isRequired, IsBoundToUs: false, isRequired && isClosed, by, advice.ToImmutable());
    }

    private static bool Holds(ImmutableArray<BitbucketCloudRestriction> standing, string kind, string branch) =>
        standing.Any(one => one.Kind == kind && one.Covers(branch)
            && (kind != BitbucketCloudRestriction.PassingBuilds || one.Value >= 1));

    private static string Lacking(ForgeTroubleException trouble) =>
        $"Give the gate's token the scope `repository:admin`, or have an administrator set it: {trouble.Message}.";

    private static string RulesOf(RepositoryKey repository) =>
        $"{BitbucketCloudClient.Repository(repository.Path)}/branch-restrictions";

    private async Task<ImmutableArray<BitbucketCloudRestriction>> ListAsync(
        RepositoryKey repository, CancellationToken cancellation) =>
        [.. (await link.ListAsync($"{RulesOf(repository)}?pagelen=100", "values", cancellation)).Select(BitbucketCloudRestriction.Read)];

    private async Task TryAddAsync(
        RepositoryKey repository, string kind, string branch, ImmutableArray<string>.Builder advice, CancellationToken cancellation)
    {
        var body = new JsonObject { ["kind"] = kind, ["branch_match_kind"] = "glob", ["pattern"] = branch };
        if (kind == BitbucketCloudRestriction.PassingBuilds) body["value"] = 1;
        try
        {
            await link.SendAsync(HttpMethod.Post, RulesOf(repository), body, cancellation);
        }
        catch (ForgeTroubleException trouble)
            when (trouble.Kind is TroubleKind.Forbidden or TroubleKind.Missing or TroubleKind.Refused)
        {
            // What a workspace without Premium is refused is said by how the branch stands then.
            if (kind == BitbucketCloudRestriction.PassingBuilds) advice.Add(Lacking(trouble));
        }
    }

    private async Task DeleteAsync(RepositoryKey repository, string id, CancellationToken cancellation)
    {
        try
        {
            await link.SendAsync(HttpMethod.Delete, $"{RulesOf(repository)}/{ForgeLink.Safe(id)}", null, cancellation);
        }
        catch (ForgeTroubleException trouble) when (trouble.Kind == TroubleKind.Missing)
        {
            // Somebody else took it away.
        }
    }
}
