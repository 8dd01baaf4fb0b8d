using System.Runtime.CompilerServices;
using GitOpsGate.Approvals;
using GitOpsGate.Configuration;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.Deliveries;

/// <summary>
/// Walks one push: to a branch that is guarded, what is covered by rulings is ordered to the branch's environments, and what is not is
/// written down as unmanaged and holds back all that comes after it; a push that changes the rule file has the open change requests
/// judged again. Safe to call concurrently.
/// </summary>
public sealed class PushWalk(GateConfiguration configuration, IGateReader reader, Coverage coverage, PushOrders orders, OpenChanges changes)
{
    /// <exception cref="ForgeTroubleException">The forge could not be asked.</exception>
    /// <exception cref="GitTroubleException">Git could not be asked.</exception>
    public async IAsyncEnumerable<Walked> WalkAsync(
        Reach reach, Concern.Push push, DateTimeOffset now, [EnumeratorCancellation] CancellationToken cancellation)
    {
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

        var open = await changes.IntoAsync(push.Repository, push.Branch, cancellation);
        if (open.IsEmpty && !await IsGuardedAsync(push, cancellation))
        {
            yield return new Walked(new Record { At = now }, $"{place} is guarded by no rule and belongs to no environment");
            yield break;
        }

        var report = await coverage.CoverAsync(reach, push, now, cancellation);
        var ordered = await orders.OfAsync(reach, push, report, now, cancellation);
        // A push may be told twice, by the forge and by the gate itself: what is held back at this tip is in the log already.
        var isTold = report.Move.Was is { HeldSince: not null } was && was.Seen == push.After;
        var record = new Record
        {
            Entries = report.Kind switch
            {
                CoverageKind.Unmanaged or CoverageKind.Held when isTold => [],
                CoverageKind.Unmanaged => [PushEntries.Unmanaged(push, report)],
                CoverageKind.Held => [PushEntries.Withheld(push, report)],
                CoverageKind.Known or CoverageKind.Restored or CoverageKind.Covered => await orders.EntriesAsync(reach, report, ordered, cancellation),
            },
            Obligations =
            [
                .. ordered.Select(order => new Obligation.Send(order)),
                .. configuration.AttestsMerges ? PushAttestations.Of(push, report, isTold, now) : [],
            ],
            Branch = report.Kind == CoverageKind.Known ? null : report.Move,
            At = now,
        };
        yield return new Walked(record, Note(push, report, ordered.Length));
        await foreach (var walked in changes.RejudgeAsync(reach, push, open, configuration.PublicUrl, cancellation)) yield return walked;
    }

    private static string Note(Concern.Push push, CoverageReport report, int orders)
    {
        var changes = Words.List(report.Steps.Select(step => $"#{step.Change.Change.Key.Number}"), "and");
        return report.Kind switch
        {
            CoverageKind.Unmanaged when report.Unmanaged.IsEmpty => $"unmanaged: `{push.Branch}` dropped what was covered",
            CoverageKind.Unmanaged => $"unmanaged: no ruling covers {Words.List(report.Unmanaged.Select(commit => commit.Id.Short), "and")}",
            CoverageKind.Held when report.Below.IsEmpty => $"held back: `{push.Branch}` dropped what was covered before",
            CoverageKind.Held => $"held back: no ruling covers {Words.List(report.Below.Select(commit => commit.Id.Short), "and")} below it",
            CoverageKind.Known => "told late: a newer push that holds it was walked before",
            CoverageKind.Restored => $"`{push.Branch}` holds again what was covered",
            CoverageKind.Covered => $"covered by {changes}; {Words.Count(orders, "order")}",
        };
    }

    // A branch is guarded when something is deployed from it, when a server rule names it, or when changes into it are judged.
    private async Task<bool> IsGuardedAsync(Concern.Push push, CancellationToken cancellation)
    {
        if (orders.Any(push.Repository, push.Branch)) return true;
        var rules = RuleSet.Of(configuration, push.Repository, null);
        var scopes = rules.Approvals.Select(rule => rule.When).Concat(rules.Policies.Select(rule => rule.When));
        if (scopes.Any(scope => !scope.Branches.IsEmpty && Glob.AnyMatches(scope.Branches, push.Branch))) return true;
        return (await reader.AllowedIntoAsync(push.Repository, push.Branch, 1, cancellation)).Length > 0;
    }
}
