using System.Collections.Immutable;
using GitOpsGate.Ports;

namespace GitOpsGate.WebhookGateway.Tests.Doubles;

/// <summary>Anchors in memory.</summary>
internal sealed class MemoryAnchors : IAnchorStore
{
    public List<Anchor> Anchors { get; } = [];

    public Task AddAsync(Anchor anchor, CancellationToken cancellation)
    {
        Anchors.Add(anchor);
        return Task.CompletedTask;
    }

    public Task<ImmutableArray<Anchor>> NewestAsync(int limit, CancellationToken cancellation) =>
        Task.FromResult<ImmutableArray<Anchor>>([.. Anchors.OrderByDescending(one => one.At).Take(limit)]);

    public Task<Anchor?> LastAsync(AnchorKind kind, CancellationToken cancellation) =>
        Task.FromResult(Anchors.Where(one => one.Kind == kind).MaxBy(one => one.At));

    public Task<Anchor?> CoveringAsync(AnchorKind kind, long end, long size, CancellationToken cancellation)
    {
        var usable = Anchors.Where(one => one.Kind == kind && one.Size <= size).ToList();
        return Task.FromResult(usable.Where(one => one.Size >= end).MinBy(one => one.Size) ?? usable.MaxBy(one => one.Size));
    }
}
