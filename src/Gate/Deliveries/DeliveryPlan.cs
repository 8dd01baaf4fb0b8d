using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Ports;
using GitOpsGate.Reconciling;
using GitOpsGate.Rulings;

namespace GitOpsGate.Deliveries;

/// <summary>
/// Deliveries that are walked together because they concern the same change requests, and what they concern, each thing once.
/// </summary>
/// <param name="Outcomes">Without concerns: what became of each delivery that was set aside.</param>
public sealed record DeliveryWalk(
    ImmutableArray<ClaimedDelivery> Deliveries, ImmutableArray<Concern> Concerns, ImmutableArray<DeliveryOutcome> Outcomes);

/// <summary>Reads a batch of deliveries and sorts them into walks, so that many deliveries of one change request cost one judging.</summary>
internal sealed class DeliveryPlan(KnownForges forges, IGateReader reader)
{
    private readonly List<DeliveryWalk> _walks = [];
    private readonly List<(ClaimedDelivery Delivery, DeliveryOutcome Outcome)> _aside = [];

    public async Task<ImmutableArray<DeliveryWalk>> OfAsync(ImmutableArray<ClaimedDelivery> batch, CancellationToken cancellation)
    {
        foreach (var claimed in batch) await AddAsync(claimed, cancellation);
        if (_aside.Count > 0) _walks.Add(new DeliveryWalk([.. _aside.Select(one => one.Delivery)], [], [.. _aside.Select(one => one.Outcome)]));
        return [.. _walks];
    }

    private async Task AddAsync(ClaimedDelivery claimed, CancellationToken cancellation)
    {
        var delivery = claimed.Delivery;
        if (forges.Find(delivery.Connection) is not { } reach)
        {
            SetAside(claimed, DeliveryState.Ignored, $"connection `{delivery.Connection}` is not in `gate.yaml` any more");
            return;
        }

        switch (Backfill.IsReserved(delivery.Event) ? Backfill.Read(delivery) : reach.Forge.Read(delivery))
        {
            case Reading.Unreadable unreadable:
                SetAside(claimed, DeliveryState.Unreadable, unreadable.Why);
                break;
            case Reading.Ignored ignored:
                SetAside(claimed, DeliveryState.Ignored, ignored.Why);
                break;
            case Reading.Concerns concerns:
                var meant = new List<Concern>();
                var reasons = new List<string>();
                foreach (var concern in concerns.What) await ResolveAsync(reach, concern, meant, reasons, cancellation);
                if (meant.Count > 0) Join(claimed, meant);
                else SetAside(claimed, DeliveryState.Ignored, string.Join("; ", reasons.Distinct()));
                break;
        }
    }

    private async Task ResolveAsync(Reach reach, Concern concern, List<Concern> meant, List<string> reasons, CancellationToken cancellation)
    {
        switch (concern)
        {
            case Concern.Push or Concern.MergeGroup or Concern.Access:
                meant.Add(concern);
                break;
            case Concern.Moved moved:
                meant.Add(moved);
                // They are judged under the new name at once: what was ruled under the old one is of no use any more.
                var open = await AccessWalk.OpenAsync(reader, moved.From, cancellation);
                meant.AddRange(open.Select(one => new Concern.Change(new ChangeKey(moved.Repository, one.Change.Key.Number))));
                break;
            case Concern.Change change:
                meant.Add(change);
                await AddSharersAsync(change, meant, cancellation);
                break;
            case Concern.AtCommit status:
                await ResolveAsync(reach, status, meant, reasons, cancellation);
                break;
            case Concern.Tag tag:
                reasons.Add($"tag `{tag.Name}`: no rule looks at tags");
                break;
            case Concern.Deployment { Gate: not null } asking when reach.Forge is IForgeDeployments:
                meant.Add(asking);
                break;
            case Concern.Deployment { Gate: not null } asking:
                reasons.Add($"`{reach.Forge.Name}` asks about a deployment to `{asking.Environment}`, and the gate cannot answer it there");
                break;
            case Concern.Deployment deployment:
                reasons.Add($"deployments to `{deployment.Environment}` are the forge's own; the gate orders its own");
                break;
            case Concern.Settings settings:
                reasons.Add($"settings: {settings.What}; they are asked for when they are needed");
                break;
        }
    }

    private async Task ResolveAsync(Reach reach, Concern.AtCommit status, List<Concern> meant, List<string> reasons, CancellationToken cancellation)
    {
        var isOfOurName = status.Context == reach.Connection.StatusContext;
        if (isOfOurName && status.Shown is null)
        {
            reasons.Add("it is the gate's own status");
            return;
        }

        var changes = await reader.ChangesAtAsync(status.Repository, status.Commit, cancellation);
        var open = changes.Where(change => change.Change.State == ChangeState.Open).ToArray();
        if (open.Length == 0)
        {
            reasons.Add($"no open change request is known at `{status.Commit.Short}`");
            return;
        }

        if (isOfOurName && await IsOursAsync(status, status.Shown!, open, cancellation))
        {
            reasons.Add("it is the gate's own status");
            return;
        }

        meant.AddRange(open.Select(change => new Concern.Change(change.Change.Key) { Asked = status.Asked is { } ask ? [ask] : [] }));
    }

    // Where a delivery does not tell where the status leads, it may be ours as long as it lets pass what the strictest ruling lets pass.
    private async Task<bool> IsOursAsync(Concern.AtCommit status, ShownStatus shown, ChangeSummary[] open, CancellationToken cancellation) =>
        shown.Url is { } url
            ? await OwnStatus.IsOursAsync(reader, status.Commit, shown.State, url, cancellation)
            : OwnStatus.Fits(shown.State, open.Min(one => one.Latest?.Verdict) ?? Verdict.Denied);

    // Change requests with the same head share one status on the forge; when one of them moves or ends, the others' may be due.
    private async Task AddSharersAsync(Concern.Change moved, List<Concern> meant, CancellationToken cancellation)
    {
        if (await reader.ChangeAsync(moved.Key, cancellation) is not { Change: { } known }) return;
        var there = await reader.ChangesAtAsync(moved.Repository, known.Head, cancellation);
        meant.AddRange(there.Where(one => one.Change.State == ChangeState.Open && one.Change.Key != moved.Key)
            .Select(one => new Concern.Change(one.Change.Key)));
    }

    private void SetAside(ClaimedDelivery claimed, DeliveryState state, string note) =>
        _aside.Add((claimed, new DeliveryOutcome(claimed.Delivery.Id, state, note)));

    private void Join(ClaimedDelivery claimed, List<Concern> meant)
    {
        var together = _walks.Where(walk => walk.Concerns.Any(known => known is Concern.Change && meant.Contains(known))).ToArray();
        foreach (var walk in together) _walks.Remove(walk);
        _walks.Add(new DeliveryWalk(
            [.. together.SelectMany(walk => walk.Deliveries), claimed],
            Merge([.. together.SelectMany(walk => walk.Concerns), .. meant]),
            []));
    }

    // Each thing once, where it was named first, and as the newest delivery showed it.
    private static ImmutableArray<Concern> Merge(IEnumerable<Concern> concerns) =>
    [
        .. concerns.GroupBy(concern => concern)
            .Select(same => same.Key is not Concern.Change ? same.Key : Merge([.. same.Cast<Concern.Change>()])),
    ];

    private static Concern.Change Merge(Concern.Change[] same) => (same.LastOrDefault(change => change.Shown is not null) ?? same[0]) with
    {
        Asked = [.. same.SelectMany(change => change.Asked).Distinct()],
    };
}
