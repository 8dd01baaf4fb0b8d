using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using GitOpsGate.Approvals;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Dispatch;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.Deliveries;

/// <summary>
/// Walks one push: to a branch that is guarded, what is covered by rulings is ordered to the branch's environments, and what is not is
/// written down as unmanaged; a push that changes the rule file has the open change requests judged again.
/// </summary>
public sealed class PushWalk(GateConfiguration configuration, IGateReader reader, IGitMirror mirror, ChangeWalk changes, TimeProvider clock)
{
    private const int MaxOpen = 200;

    private readonly Coverage _coverage = new(reader, mirror);

    /// <exception cref="ForgeTroubleException">The forge could not be asked.</exception>
    /// <exception cref="GitTroubleException">Git could not be asked.</exception>
    public async IAsyncEnumerable<Walked> WalkAsync(
        Reach reach, Concern.Push push, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var place = $"`{push.Branch}` of {push.Repository}";
        if (push.After.IsNone)
        {
            yield return new Walked(new Record { At = now }, $"{place} was deleted");
            yield break;
        }

        // GitLab's test of a hook tells of the newest push as one from its end to its end.
        if (push.Before == push.After)
        {
            yield return new Walked(new Record { At = now }, $"{place} did not move");
            yield break;
        }

        var open = await OpenIntoAsync(push, cancellation);
        if (!await IsGuardedAsync(push, open, cancellation))
        {
            yield return new Walked(new Record { At = now }, $"{place} is guarded by no rule and belongs to no environment");
            yield break;
        }

        var coverage = await _coverage.CoverAsync(reach, push, cancellation);
        yield return await RecordAsync(reach, push, coverage, now, cancellation);
        if (open.Length == 0 || !await ChangesRulesAsync(reach, push, cancellation)) yield break;
        foreach (var change in open) yield return await changes.WalkAsync(reach, change, configuration.PublicUrl, cancellation);
    }

    private static AuditDraft Unmanaged(Concern.Push push, CoverageReport coverage) => new()
    {
        Type = AuditTypes.ChangeUnmanaged,
        Outcome = AuditOutcome.Deny,
        Subject = new AuditSubject("repo", push.Repository.ToString()),
        Correlation = push.After.Value,
        Populations = ["unmanaged"],
        Attributes = AuditDraft.NoAttributes
            .Add("branch", Words.Plain(push.Branch))
            .Add("before", push.Before.Value)
            .Add("after", push.After.Value)
            .Add("forced", push.IsForced)
            .Add("count", (long)coverage.Unmanaged.Length)
            .Add("commits", new AuditValue.Texts([.. coverage.Unmanaged.Take(100).Select(commit => commit.Id.Value)])),
    };

    // The same push to the same place is the same order, however often it is told.
    private static string OrderId(Concern.Push push, EnvironmentSource environment, string target)
    {
        string[] parts = [environment.Name, target, push.Repository.ToString(), push.Branch, push.Before.Value, push.After.Value];
        return $"o_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts))))[..40]}";
    }

    private static AuditDraft Requested(DispatchOrder order) => new()
    {
        Type = AuditTypes.DispatchRequested,
        Outcome = AuditOutcome.Pending,
        Subject = new AuditSubject("order", order.Id),
        Correlation = order.Change?.ToString() ?? order.Commit.Value,
        Populations = [$"deploy:{order.Environment}"],
        Attributes = AuditDraft.NoAttributes
            .Add("environment", order.Environment)
            .Add("target", order.Target)
            .Add("commit", order.Commit.Value)
            .Add("tree", order.Tree)
            .Add("ruling", order.Ruling.ToString()),
    };

    private async Task<Walked> RecordAsync(
        Reach reach, Concern.Push push, CoverageReport coverage, DateTimeOffset now, CancellationToken cancellation)
    {
        if (!coverage.IsWhole)
        {
            var commits = Words.List(coverage.Unmanaged.Select(commit => commit.Id.Short), "and");
            return new Walked(
                new Record { Entries = [Unmanaged(push, coverage)], At = now },
                coverage.Unmanaged.IsEmpty ? $"unmanaged: `{push.Branch}` went back" : $"unmanaged: no ruling covers {commits}");
        }

        var orders = ImmutableArray.CreateBuilder<DispatchOrder>();
        foreach (var environment in EnvironmentsOf(push))
        {
            if (await TreeToOrderAsync(reach, push, environment, cancellation) is not { } tree) continue;
            orders.AddRange(environment.Targets.Select(target => new DispatchOrder
            {
                Id = OrderId(push, environment, target),
                Environment = environment.Name,
                Target = target,
                Repository = push.Repository,
                Branch = push.Branch,
                Commit = push.After,
                Tree = tree,
                Path = environment.Path,
                Ruling = coverage.Steps[^1].Ruling.Id,
                Change = coverage.Steps[^1].Change.Change.Key,
                OrderedAt = now,
            }));
        }

        var covered = Words.List(coverage.Steps.Select(step => $"#{step.Change.Change.Key.Number}"), "and");
        var record = new Record
        {
            Entries = [.. orders.Select(Requested)],
            Obligations = [.. orders.Select(order => new Obligation.Send(order))],
            At = now,
        };
        return new Walked(record, $"covered by {covered}; {Words.Count(orders.Count, "order")}");
    }

    // Null when the environment's part of the repository is not there, or is what it was before.
    private async Task<string?> TreeToOrderAsync(
        Reach reach, Concern.Push push, EnvironmentSource environment, CancellationToken cancellation)
    {
        var tree = await mirror.TreeAsync(reach.Connection, push.Repository, push.After, environment.Path, cancellation);
        if (tree is null || push.Before.IsNone || environment.Path.Length == 0) return tree;
        return await mirror.TreeAsync(reach.Connection, push.Repository, push.Before, environment.Path, cancellation) == tree ? null : tree;
    }

    private IEnumerable<EnvironmentSource> EnvironmentsOf(Concern.Push push) =>
        configuration.Environments.Where(environment => environment.Repository == push.Repository && environment.Branch == push.Branch);

    // A branch is guarded when something is deployed from it, when a server rule names it, or when changes into it are judged.
    private async Task<bool> IsGuardedAsync(Concern.Push push, ImmutableArray<ChangeKey> open, CancellationToken cancellation)
    {
        if (EnvironmentsOf(push).Any() || open.Length > 0) return true;
        var rules = RuleSet.Of(configuration, push.Repository, null);
        var scopes = rules.Approvals.Select(rule => rule.When).Concat(rules.Policies.Select(rule => rule.When));
        if (scopes.Any(scope => !scope.Branches.IsEmpty && Glob.AnyMatches(scope.Branches, push.Branch))) return true;
        return (await reader.AllowedIntoAsync(push.Repository, push.Branch, 1, cancellation)).Length > 0;
    }

    private async Task<ImmutableArray<ChangeKey>> OpenIntoAsync(Concern.Push push, CancellationToken cancellation)
    {
        var found = ImmutableArray.CreateBuilder<ChangeKey>();
        string? after = null;
        do
        {
            var filter = new ChangeFilter(ChangeState.Open, null, push.Repository.ToString(), after, MaxOpen);
            var page = await reader.ChangesAsync(filter, cancellation);
            found.AddRange(page.Items.Select(item => item.Change)
                .Where(change => change.Key.Repository == push.Repository && change.TargetBranch == push.Branch).Select(change => change.Key));
            after = page.Next;
        }
        while (after is not null && found.Count < MaxOpen);
        return found.ToImmutable();
    }

    private async Task<bool> ChangesRulesAsync(Reach reach, Concern.Push push, CancellationToken cancellation)
    {
        if (push.Before.IsNone) return true;
        try
        {
            var before = await mirror.RuleFileAsync(reach.Connection, push.Repository, push.Before, cancellation);
            var after = await mirror.RuleFileAsync(reach.Connection, push.Repository, push.After, cancellation);
            return before.HasValue != after.HasValue || (before is { } was && after is { } now && !was.Span.SequenceEqual(now.Span));
        }
        catch (GitTroubleException trouble) when (trouble.IsPermanent)
        {
            // After a forced push the old commit may be gone; what cannot be compared is taken for changed.
            return true;
        }
    }
}
