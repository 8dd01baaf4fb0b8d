using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using GitOpsGate.Changes;
using GitOpsGate.Ports;

namespace GitOpsGate.Deliveries;

/// <summary>The open change requests into a branch, which are judged again when a push changes the rules. Safe to call concurrently.</summary>
public sealed class OpenChanges(IGateReader reader, IGitMirror mirror, ChangeWalk changes)
{
    private const int MaxOpen = 200;

    /// <summary>The known open ones, at most 200.</summary>
    public async Task<ImmutableArray<ChangeKey>> IntoAsync(RepositoryKey repository, string branch, CancellationToken cancellation)
    {
        var found = ImmutableArray.CreateBuilder<ChangeKey>();
        string? after = null;
        do
        {
            var filter = new ChangeFilter(ChangeState.Open, null, repository.ToString(), after, MaxOpen);
            var page = await reader.ChangesAsync(filter, cancellation);
            found.AddRange(page.Items.Select(item => item.Change)
                .Where(change => change.Key.Repository == repository && change.TargetBranch == branch).Select(change => change.Key));
            after = page.Next;
        }
        while (after is not null && found.Count < MaxOpen);
        return found.ToImmutable();
    }

    /// <summary>Judges them again when the push changes the rule file.</summary>
    /// <exception cref="ForgeTroubleException">The forge could not be asked.</exception>
    /// <exception cref="GitTroubleException">Git could not be asked.</exception>
    public async IAsyncEnumerable<Walked> RejudgeAsync(
        Reach reach, Concern.Push push, ImmutableArray<ChangeKey> open, string publicUrl, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (open.IsEmpty || !await ChangesRulesAsync(reach, push, cancellation)) yield break;
        foreach (var change in open) yield return await changes.WalkAsync(reach, change, publicUrl, cancellation);
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
