using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;

namespace GitOpsGate.Setup;

/// <summary>
/// Makes the block real on a repository, or takes that back. What was done stays when a later step fails; doing it again is harmless and
/// finishes it. Safe to call concurrently.
/// </summary>
public sealed class RepositorySetup(GateConfiguration configuration, IGitMirror mirror, IReconcileStore memory, IAccessStore access)
{
    /// <summary>Where a connection's forge is to send webhooks.</summary>
    public static string HookUrl(GateConfiguration configuration, ConnectionName connection) => $"{configuration.PublicUrl}/hooks/{connection}";

    /// <summary>Registers or mends the webhook, and what else is wished.</summary>
    /// <exception cref="ForgeTroubleException">The webhook could not be looked after; nothing else was tried.</exception>
    public async Task<SetupReport> ConnectAsync(Reach reach, RepositoryKey repository, SetupWish wish, CancellationToken cancellation)
    {
        var hookUrl = HookUrl(configuration, reach.Connection.Name);
        var report = wish.IsDryRun
            ? await PlanHookAsync(reach, repository, hookUrl, cancellation)
            : await RegisterAsync(reach, repository, hookUrl, cancellation);
        // The hook is there now, whether or not the caller still listens: from here on it is looked after.
        if (!wish.IsDryRun)
        {
            await memory.KnowHookAsync(repository, isOurs: true, CancellationToken.None);
            await access.RegainAsync(repository, CancellationToken.None);
        }

        if (!wish.Protects && !wish.Proposes) return report;
        var (advice, troubles) = (report.Advice.ToBuilder(), report.Troubles.ToBuilder());
        var standing = await TryAsync(troubles, "the default branch", async () =>
            await reach.Forge.StandingAsync(reach.Connection, repository, cancellation));
        var guards = ImmutableArray.CreateBuilder<BranchGuard>();
        foreach (var branch in wish.Protects ? BranchesOf(repository, standing?.DefaultBranch, wish.Branches) : [])
        {
            var guard = await TryAsync(troubles, $"the protection of `{branch}`", () =>
                GuardAsync(reach, repository, branch, wish.IsDryRun, advice, cancellation));
            if (guard is not null) guards.Add(guard);
        }

        var proposal = wish.Proposes && standing is not null
            ? await TryAsync(troubles, $"proposing `{StarterFile.Path}`", () => ProposeAsync(reach, repository, standing, wish, cancellation))
            : null;
        return report with
        {
            Branches = guards.ToImmutable(),
            Proposal = proposal ?? "",
            // What registering the hook advised is overtaken by what the protection of the branches says.
            Advice = [.. (guards.Count > 0 ? advice.Skip(report.Advice.Length) : advice).Distinct()],
            Troubles = troubles.ToImmutable(),
        };
    }

    /// <summary>What the forge said of the gate's access to a repository when it ended, or null.</summary>
    public async Task<LostAccess?> LostAsync(RepositoryKey repository, CancellationToken cancellation) =>
        (await access.LostAsync(cancellation)).FirstOrDefault(lost => lost.Covers(repository));

    /// <summary>Takes the webhook away, and the requirement of the gate's status, and nothing else.</summary>
    /// <exception cref="ForgeTroubleException">The webhook could not be looked after; nothing else was tried.</exception>
    public async Task<SetupReport> DisconnectAsync(Reach reach, RepositoryKey repository, SetupWish wish, CancellationToken cancellation)
    {
        var hookUrl = HookUrl(configuration, reach.Connection.Name);
        var troubles = ImmutableArray.CreateBuilder<string>();
        var guards = ImmutableArray.CreateBuilder<BranchGuard>();
        // The protection goes first: a branch that waits for a status which nobody posts any more cannot be merged into.
        var standing = await TryAsync(troubles, "the default branch", async () =>
            await reach.Forge.StandingAsync(reach.Connection, repository, cancellation));
        foreach (var branch in BranchesOf(repository, standing?.DefaultBranch, wish.Branches))
        {
            var guard = await TryAsync(troubles, $"the protection of `{branch}`", () =>
                ReleaseAsync(reach, repository, branch, wish.IsDryRun, cancellation));
            if (guard is not null) guards.Add(guard);
        }

        var report = new SetupReport
        {
            Repository = repository,
            IsDryRun = wish.IsDryRun,
            Branches = guards.ToImmutable(),
            Troubles = troubles.ToImmutable(),
        };
        if (wish.IsDryRun)
        {
            var health = await reach.Forge.HookHealthAsync(reach.Connection, repository, hookUrl, cancellation);
            return report with { Hook = health.Id is null ? HookStep.Nothing : HookStep.WouldRemove, HookId = health.Id ?? "" };
        }

        // A branch that may still wait for the gate needs the gate to hear of it: the webhook stays until the protection is known to be gone.
        if (troubles.Count > 0) return report with { Troubles = [.. troubles, "the webhook stays for that reason"] };
        // Said first, or else the next comparison with the forge would make it again.
        await memory.KnowHookAsync(repository, isOurs: false, cancellation);
        var removed = await reach.Forge.RemoveHooksAsync(reach.Connection, repository, hookUrl, cancellation);
        return report with { Hook = removed == 0 ? HookStep.Nothing : HookStep.Removed };
    }

    /// <summary>The branches of a repository that are to be guarded, by name.</summary>
    /// <param name="usual">The default branch, or null when it is not known.</param>
    public ImmutableArray<string> BranchesOf(RepositoryKey repository, string? usual, ImmutableArray<string> further) =>
    [
        .. configuration.Environments.Where(environment => environment.Repository == repository).Select(environment => environment.Branch)
            .Concat(further).Append(usual ?? "").Where(branch => branch.Length > 0).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];

    private static async Task<SetupReport> RegisterAsync(Reach reach, RepositoryKey repository, string hookUrl, CancellationToken cancellation)
    {
        var hook = await reach.Forge.RegisterHookAsync(reach.Connection, repository, hookUrl, cancellation);
        return new SetupReport
        {
            Repository = repository,
            Hook = hook.Created ? HookStep.Created : HookStep.Mended,
            HookId = hook.Id,
            IsTested = hook.Tested,
            Advice = hook.Advice,
        };
    }

    private static async Task<SetupReport> PlanHookAsync(Reach reach, RepositoryKey repository, string hookUrl, CancellationToken cancellation)
    {
        var health = await reach.Forge.HookHealthAsync(reach.Connection, repository, hookUrl, cancellation);
        return new SetupReport
        {
            Repository = repository,
            IsDryRun = true,
            Hook = health.Id is null ? HookStep.WouldCreate : health.IsWell ? HookStep.Nothing : HookStep.WouldMend,
            HookId = health.Id ?? "",
            Advice = health.Id is null ? [] : [.. health.Problems.Select(problem => $"The webhook would be mended: {problem}.")],
        };
    }

    private static async Task<BranchGuard?> GuardAsync(
        Reach reach, RepositoryKey repository, string branch, bool isDryRun, ImmutableArray<string>.Builder advice, CancellationToken cancellation)
    {
        var before = await reach.Forge.ProtectionAsync(reach.Connection, repository, branch, cancellation);
        var after = isDryRun ? before : await reach.Forge.ProtectAsync(reach.Connection, repository, branch, cancellation);
        advice.AddRange(after.Advice);
        var isChanged = isDryRun ? !before.IsRequired : before with { Advice = [] } != after with { Advice = [] };
        return GuardOf(branch, after, isChanged);
    }

    private static async Task<BranchGuard?> ReleaseAsync(
        Reach reach, RepositoryKey repository, string branch, bool isDryRun, CancellationToken cancellation)
    {
        var before = await reach.Forge.ProtectionAsync(reach.Connection, repository, branch, cancellation);
        if (isDryRun || !before.IsRequired) return GuardOf(branch, before, before.IsRequired);
        await reach.Forge.UnprotectAsync(reach.Connection, repository, branch, cancellation);
        return GuardOf(branch, await reach.Forge.ProtectionAsync(reach.Connection, repository, branch, cancellation), true);
    }

    private static BranchGuard GuardOf(string branch, Protection protection, bool isChanged) => new(
        branch, protection.IsRequired, protection.IsBoundToUs, protection.IsWithoutBypass, protection.By, isChanged);

    private async Task<string?> ProposeAsync(
        Reach reach, RepositoryKey repository, ForgeStanding standing, SetupWish wish, CancellationToken cancellation)
    {
        var tip = await reach.Forge.TipAsync(reach.Connection, repository, standing.DefaultBranch, cancellation);
        if (tip.IsNone) return null;
        if (await mirror.RuleFileAsync(reach.Connection, repository, tip, cancellation) is not null) return null;
        return wish.IsDryRun
            ? $"would propose `{StarterFile.Path}` for `{standing.DefaultBranch}`"
            : await reach.Forge.ProposeFileAsync(
                reach.Connection, repository, StarterFile.ProposalFor(configuration, standing.DefaultBranch), cancellation);
    }

    // The hook stands by now: a step that fails is told beside the others, and does not take back what was done.
    private static async Task<T?> TryAsync<T>(ImmutableArray<string>.Builder troubles, string what, Func<Task<T?>> step)
        where T : class
    {
        try
        {
            return await step();
        }
        catch (ForgeTroubleException trouble)
        {
            troubles.Add($"{what}: {trouble.Message}");
        }
        catch (GitTroubleException trouble)
        {
            troubles.Add($"{what}: {trouble.Message}");
        }

        return null;
    }
}
