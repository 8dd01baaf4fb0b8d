using System.Security.Claims;
using GitOpsGate.Access;
using GitOpsGate.Audit;
using GitOpsGate.Audit.Checkpoints;
using GitOpsGate.Audit.Notes;
using GitOpsGate.Exports;
using GitOpsGate.Ports;
using GitOpsGate.WebhookGateway.Access;

namespace GitOpsGate.WebhookGateway.Audit.Links;

/// <summary>Where a link's period lies in the log.</summary>
/// <param name="First">Its first entry.</param>
/// <param name="End">The place after its last one.</param>
internal sealed record LinkPlaces(long First, long End)
{
    public bool Holds(long index) => index >= First && index < End;
}

/// <summary>Looks up what the holder of a link may read, and has each reading written down before anything is given.</summary>
internal sealed class LinkDesk(IAuditorLinks links, CheckpointDesk checkpoints, EvidenceExport export, IGateStore store, TimeProvider clock)
{
    /// <summary>The caller's link; null when it is none, or not open any more.</summary>
    public async Task<AuditorLink?> OpenAsync(ClaimsPrincipal user, CancellationToken cancellation)
    {
        var caller = Schemes.CallerOf(user);
        if (!caller.May(Role.Auditor)) return null;
        return await links.FindAsync(caller.Reference, cancellation) is { } link && link.IsOpen(clock.GetUtcNow()) ? link : null;
    }

    /// <summary>Where its period lies in the log as it is now.</summary>
    public async Task<LinkPlaces> PlacesAsync(AuditorLink link, CancellationToken cancellation)
    {
        if (await checkpoints.CurrentAsync(cancellation) is not { } note) return new LinkPlaces(0, 0);
        var (first, end) = await export.PlacesAsync(link.Query, Checkpoint.Parse(note.Text).Size, cancellation);
        return new LinkPlaces(first, end);
    }

    /// <summary>Writes down what is read now; only then may it be given.</summary>
    /// <param name="what"><c>page</c>, <c>events</c>, <c>proof</c> or <c>checkpoint</c>.</param>
    /// <param name="from">The first entry that is read, where entries are.</param>
    /// <param name="count">How many entries are read.</param>
    public Task RecordAsync(AuditorLink link, string what, long? from = null, long count = 0)
    {
        var attributes = AuditDraft.NoAttributes.Add("what", what);
        if (from is { } first) attributes = attributes.Add("first", first).Add("count", count);
        var entry = new AuditDraft
        {
            Type = AuditTypes.ExportDownloaded,
            Outcome = AuditOutcome.Success,
            Actor = new AuditActor("user", link.Reference),
            Subject = new AuditSubject("link", link.Reference),
            Attributes = attributes,
        };
        // What was written is read in a moment, whether the caller waits for it or not.
        return store.RecordAsync(new Record { Entries = [entry], At = clock.GetUtcNow() }, CancellationToken.None);
    }
}
