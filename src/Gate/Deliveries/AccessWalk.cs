using System.Runtime.CompilerServices;
using GitOpsGate.Approvals;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.Deliveries;

/// <summary>
/// Follows what forges say of the gate's own access: where it ends and comes back, and where a repository has moved to. Walking again is
/// harmless. Safe to call concurrently.
/// </summary>
public sealed class AccessWalk(IAccessStore access, IReconcileStore memory, IGateReader reader, RulingEntries entries, TimeProvider clock)
{
    private const int PageLength = 100;
    private const int LongestWhy = 300;

    /// <summary>Access ends or comes back.</summary>
    public async Task<Walked> WalkAsync(Concern.Access concern, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var place = concern.Repository;
        if (concern.IsLost) await access.LoseAsync(new LostAccess(place, concern.Why, now, null), cancellation);
        else await access.RegainAsync(place, cancellation);
        var entry = Entry(place, concern.Why, concern.IsLost ? AuditOutcome.Failure : AuditOutcome.Success);
        return new Walked(new Record { Entries = [entry], At = now }, concern.Why);
    }

    /// <summary>
    /// A repository has another name. What was open under the old one ends there, for it is judged under the new one from here on.
    /// </summary>
    public async IAsyncEnumerable<Walked> WalkAsync(
        Reach reach, Concern.Moved concern, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var (from, to) = (concern.From, concern.Repository);
        var why = $"`{Words.Plain(from.Path)}` is `{Words.Plain(to.Path)}` now";
        if ((await memory.LastAsync(from, cancellation)).HasHook) await memory.KnowHookAsync(to, isOurs: true, cancellation);
        await access.RegainAsync(to, cancellation);
        await access.LoseAsync(new LostAccess(from, why, now, to.Path), cancellation);
        foreach (var open in await OpenAsync(reader, from, cancellation))
        {
            var ended = open.Change with { State = ChangeState.Closed };
            var seen = await entries.SeenAsync(AuditTypes.ChangeClosed, ended, reach.Forge.Name, open.Latest, cancellation);
            yield return new Walked(
                new Record { Change = ended, Entries = [seen with { Attributes = seen.Attributes.Add("movedTo", to.ToString()) }], At = now },
                $"{open.Change.Key} goes on as `{Words.Plain(to.Path)}#{open.Change.Key.Number}`");
        }

        yield return new Walked(new Record { Entries = [Entry(from, why, AuditOutcome.Success)], At = now }, why);
    }

    /// <summary>The open change requests that are known of a repository.</summary>
    internal static async Task<List<ChangeSummary>> OpenAsync(IGateReader reader, RepositoryKey repository, CancellationToken cancellation)
    {
        var open = new List<ChangeSummary>();
        string? after = null;
        do
        {
            var filter = new ChangeFilter(ChangeState.Open, null, repository.ToString(), after, PageLength);
            var page = await reader.ChangesAsync(filter, cancellation);
            open.AddRange(page.Items.Where(one => one.Change.Key.Repository == repository));
            after = page.Next;
        }
        while (after is not null);
        return open;
    }

    private static AuditDraft Entry(RepositoryKey place, string why, AuditOutcome outcome) => new()
    {
        Type = AuditTypes.ConfigChanged,
        Outcome = outcome,
        Subject = new AuditSubject("repo", place.ToString()),
        Attributes = AuditDraft.NoAttributes.Add("what", "access").Add("why", Words.Plain(why, LongestWhy)),
    };
}
