using GitOpsGate.Audit.Anchors;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Configuration;
using GitOpsGate.Ports;

namespace GitOpsGate.Exports;

/// <summary>What a bundle tells of anchors.</summary>
/// <param name="Commit">The first commit that covers the period, or the last one there is; null for none.</param>
/// <param name="Where">The repository that the commit is in, as it is configured now.</param>
internal sealed record AnchoredFacts(Anchor? Stamp, Anchor? Commit, string? Where);

/// <summary>
/// Puts into a bundle what others hold of the log: the first time stamp that covers the period, with the checkpoint that was stamped and the proof that
/// the bundle's own one continues it. Where none covers the period yet, the last one there is.
/// </summary>
/// <param name="settings">Where the roots of stamps are now, and the repository.</param>
public sealed class BundleAnchors(IAnchorStore store, AnchorSettings settings, AuditProofs proofs)
{
    internal const string Stamped = "log/checkpoint.stamped";
    internal const string Token = "log/checkpoint.tsr";
    internal const string Continues = "log/stamped.proof";
    internal const string Authorities = "trust/tsa/ca.pem";

    /// <param name="end">The place after the period's last entry.</param>
    internal async Task<AnchoredFacts> WriteAsync(BundleFolder folder, Checkpoint head, long end, CancellationToken cancellation)
    {
        var commit = await OfAsync(AnchorKind.Git, head, end, cancellation);
        var stamp = await OfAsync(AnchorKind.Timestamp, head, end, cancellation);
        if (stamp?.Proof is not { } token) return new AnchoredFacts(null, commit, settings.Git?.Url);
        await folder.TextAsync(Stamped, "proof", stamp.Note, cancellation);
        await using (var file = folder.Create(Token, "proof")) await file.WriteAsync(TimeStamp.ResponseOf(token), cancellation);
        var hashes = await proofs.ConsistencyAsync(stamp.Size, head.Size, cancellation);
        await folder.TextAsync(Continues, "proof", string.Concat(hashes.Select(hash => Convert.ToBase64String(hash) + "\n")), cancellation);
        if (settings.Timestamp is { } source && File.Exists(source.Trust))
            await folder.TextAsync(Authorities, "trust", await File.ReadAllTextAsync(source.Trust, cancellation), cancellation);
        return new AnchoredFacts(stamp, commit, settings.Git?.Url);
    }

    // A log that took another name has other checkpoints from there on; those of its earlier name do not stand for it.
    private async Task<Anchor?> OfAsync(AnchorKind kind, Checkpoint head, long end, CancellationToken cancellation) =>
        await store.CoveringAsync(kind, end, head.Size, cancellation) is { } anchor && Checkpoint.Parse(SignedNote.Parse(anchor.Note).Text).Origin == head.Origin
            ? anchor
            : null;
}
