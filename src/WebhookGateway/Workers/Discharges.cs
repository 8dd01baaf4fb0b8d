using GitOpsGate.Attestations;
using GitOpsGate.Obligations;
using GitOpsGate.Ports;

namespace GitOpsGate.WebhookGateway.Workers;

/// <summary>Has an obligation discharged by whom it belongs to: what goes to forges and targets, and what the gate does for itself. Safe for concurrent use on
/// different lanes.</summary>
internal sealed class Discharges(Discharger outside, MergeAttestations attestations, TimeProvider clock)
{
    public async Task<Attempt> TryAsync(ClaimedObligation claimed, CancellationToken cancellation)
    {
        if (claimed.Obligation is not Obligation.Attest { Move: var move }) return await outside.TryAsync(claimed, cancellation);
        // The entries that name what was issued stand in the log already: none says that it was done.
        return await attestations.IssueAsync(move, cancellation) is not { } why
            ? new Attempt(new ObligationOutcome(claimed.Id, ObligationState.Discharged, null, "attested", null), null)
            : new Attempt(
                Backoff.Next(claimed.Attempts, null, clock.GetUtcNow()) is { } next
                    ? new ObligationOutcome(claimed.Id, ObligationState.Waiting, next, why, null)
                    : new ObligationOutcome(claimed.Id, ObligationState.Dead, null, why, null),
                null);
    }
}
