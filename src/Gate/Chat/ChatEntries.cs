using System.Collections.Immutable;
using GitOpsGate.Approvals;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.Chat;

/// <summary>The audit entries of holds and overrides.</summary>
public sealed class ChatEntries(IIdentities identities)
{
    private const int LongestReason = 300;

    /// <summary>What changed with a ruling.</summary>
    /// <param name="before">The ruling before it, or null.</param>
    public async Task<ImmutableArray<AuditDraft>> OfAsync(
        Ruling? before, Ruling now, ChatOutcome outcome, string forge, CancellationToken cancellation)
    {
        var entries = ImmutableArray.CreateBuilder<AuditDraft>();
        foreach (var hold in outcome.Placed)
        {
            entries.Add(await EntryAsync(AuditTypes.HoldPlaced, now, (forge, hold.By, hold.At), hold.Reason, cancellation));
        }

        foreach (var ended in outcome.Released)
        {
            entries.Add(await EntryAsync(AuditTypes.HoldReleased, now, (forge, ended.By, ended.At), ended.Hold.Reason, cancellation));
        }

        foreach (var refused in outcome.Refused)
        {
            var entry = await EntryAsync(AuditTypes.OverrideRequested, now, (forge, refused.By, refused.At), refused.Why, cancellation);
            entries.Add(entry with { Outcome = AuditOutcome.Deny });
        }

        var isSame = before?.Override?.Comment == now.Override?.Comment && before?.Revision == now.Revision;
        if (now.Override is { } use && !isSame)
        {
            var entry = await EntryAsync(AuditTypes.OverrideUsed, now, (forge, use.By, use.At), use.Reason, cancellation);
            entries.Add(entry with
            {
                Populations = ["override"],
                Attributes = entry.Attributes.Add("findings", (long)use.Findings).Add("rule", use.Rule).Add("what", "ruling"),
            });
        }

        return entries.ToImmutable();
    }

    /// <summary>Somebody asked for an override with a forge's button.</summary>
    public async Task<AuditDraft> AskedAsync(Ruling ruling, OverrideAsk ask, string forge, CancellationToken cancellation)
    {
        var entry = await EntryAsync(AuditTypes.OverrideRequested, ruling, (forge, ask.By, ask.At), "", cancellation);
        return entry with { Outcome = AuditOutcome.Pending, Attributes = entry.Attributes.Remove("reason").Add("how", "button") };
    }

    private async Task<AuditDraft> EntryAsync(
        string type, Ruling ruling, (string Forge, Person Person, DateTimeOffset At) by, string reason, CancellationToken cancellation)
    {
        var id = by.Person.Id.Length > 0 ? by.Person.Id : Candidate.KeyOf(by.Person);
        var actor = await identities.ReferenceOfAsync(by.Forge, id, cancellation);
        return new AuditDraft
        {
            Type = type,
            Outcome = AuditOutcome.Success,
            Actor = new AuditActor("user", actor),
            Subject = new AuditSubject("ruling", ruling.Id.ToString(), $"sha256:{ruling.EvidenceDigest}"),
            Correlation = ruling.Revision.Change.ToString(),
            Occurred = by.At,
            Attributes = AuditDraft.NoAttributes.Add("head", ruling.Revision.Head.Value),
            Personal =
            [
                new PersonalText(PersonalText.Actor, actor, Words.Plain(by.Person.Login)),
                new PersonalText(PersonalText.Reason, actor, Words.Plain(reason, LongestReason)),
            ],
        };
    }
}
