using System.Collections.Immutable;
using System.Security.Cryptography;
using GitOpsGate.Approvals;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Chat;
using GitOpsGate.Deliveries;
using GitOpsGate.Ports;

namespace GitOpsGate.Rulings;

/// <summary>
/// The audit entries of what the gate saw and ruled. They hold commit ids, digests and opaque references; names of people and titles are sealed.
/// </summary>
public sealed class RulingEntries(IIdentities identities)
{
    private const int LongestTitle = 300;
    private const int MaxRules = 40;

    /// <summary>The entries of what people said to the gate.</summary>
    public ChatEntries Chat { get; } = new(identities);

    /// <summary>One delivery, and what became of it.</summary>
    public static AuditDraft Received(Delivery delivery, DeliveryState state, string? correlation) => new()
    {
        Type = AuditTypes.WebhookReceived,
        Outcome = state switch
        {
            DeliveryState.Done => AuditOutcome.Success,
            DeliveryState.Ignored => AuditOutcome.Skipped,
            DeliveryState.Unreadable or DeliveryState.Dead => AuditOutcome.Failure,
            DeliveryState.Waiting or DeliveryState.InHand => AuditOutcome.Pending,
        },
        Subject = new AuditSubject("delivery", delivery.Id.ToString(), $"sha256:{Convert.ToHexStringLower(SHA256.HashData(delivery.Body.Span))}"),
        Correlation = correlation,
        Occurred = delivery.ReceivedAt,
        Attributes = AuditDraft.NoAttributes
            .Add("connection", delivery.Connection.Value)
            .Add("event", Words.Plain(delivery.Event, 100))
            .Add("forge", delivery.Forge)
            .Add("forgeId", Words.Plain(delivery.ForgeId, 100)),
    };

    /// <summary>A change request, as it was seen.</summary>
    public async Task<AuditDraft> SeenAsync(string type, ChangeRequest change, string forge, Ruling? ruling, CancellationToken cancellation)
    {
        var author = await ReferenceAsync(forge, change.Author, cancellation);
        var merger = change.MergedBy is { } person ? await ReferenceAsync(forge, person, cancellation) : null;
        var attributes = AuditDraft.NoAttributes
            .Add("author", author)
            .Add("head", change.Head.Value)
            .Add("targetBranch", Words.Plain(change.TargetBranch));
        if (!change.MergeCommit.IsNone) attributes = attributes.Add("mergeCommit", change.MergeCommit.Value);
        if (ruling is not null) attributes = attributes.Add("verdict", Word(ruling.Verdict)).Add("ruling", ruling.Id.ToString());
        return new AuditDraft
        {
            Type = type,
            Outcome = AuditOutcome.Success,
            Actor = merger is null ? null : new AuditActor("user", merger),
            Subject = new AuditSubject("change", change.Key.ToString()),
            Correlation = change.Key.ToString(),
            Occurred = change.MergedAt,
            Populations = type == AuditTypes.ChangeMerged ? ["change"] : [],
            Attributes = attributes,
            // Once for each change: at its end, where reports of what was deployed look for it.
            Personal = type == AuditTypes.ChangeMerged ? Names(change, author, merger) : [],
        };
    }

    private static ImmutableArray<PersonalText> Names(ChangeRequest change, string author, string? merger)
    {
        ImmutableArray<PersonalText> written =
        [
            new(PersonalText.Author, author, Words.Plain(change.Author.Login)),
            new(PersonalText.Title, author, Words.Plain(change.Title, LongestTitle)),
        ];
        return merger is null ? written : written.Add(new PersonalText(PersonalText.Actor, merger, Words.Plain(change.MergedBy!.Login)));
    }

    /// <summary>A ruling, with the digests of all that it rests on.</summary>
    public static AuditDraft Decided(Ruling ruling) => new()
    {
        Type = AuditTypes.DecisionEvaluated,
        Outcome = ruling.Verdict switch
        {
            Verdict.Denied => AuditOutcome.Deny,
            Verdict.Errored => AuditOutcome.Error,
            Verdict.Held => AuditOutcome.Pending,
            Verdict.Allowed => AuditOutcome.Allow,
        },
        Subject = new AuditSubject("ruling", ruling.Id.ToString(), $"sha256:{ruling.EvidenceDigest}"),
        Correlation = ruling.Revision.Change.ToString(),
        Attributes = World(ruling)
            .Add("head", ruling.Revision.Head.Value)
            .Add("mergeBase", ruling.MergeBase.Value)
            .Add("rules", $"sha256:{ruling.RulesDigest}")
            .Add("verdict", Word(ruling.Verdict))
            .Add("findings", (long)ruling.Findings.Length)
            .Add("bundles", new AuditValue.Texts([.. ruling.Bundles.Select(use => $"{use.Name} {use.Engine} {use.Revision}")]))
            .Add("determining", new AuditValue.Texts(
            [
                .. ruling.Findings.Where(finding => finding.Decides && finding.Weight == ruling.Verdict)
                    .Select(finding => finding.Rule).Distinct().Take(MaxRules),
            ])),
    };

    // Only a ruling whose policies asked the world says so: all others keep their form.
    private static ImmutableSortedDictionary<string, AuditValue> World(Ruling ruling) => ruling.World is { } uses
        ? AuditDraft.NoAttributes.Add("world", $"sha256:{WorldUse.DigestOf(uses)}")
        : AuditDraft.NoAttributes;

    /// <summary>A status under the gate's name that somebody else wrote, and over which the gate's own is shown.</summary>
    /// <param name="context">The gate's name.</param>
    public async Task<AuditDraft> ForeignAsync(Ruling ruling, ForeignStatus foreign, string context, string forge, CancellationToken cancellation)
    {
        var attributes = AuditDraft.NoAttributes
            .Add("check", Words.Plain(context))
            .Add("head", ruling.Revision.Head.Value)
            .Add("state", foreign.Word);
        if (foreign.Id.Length > 0) attributes = attributes.Add("status", Words.Plain(foreign.Id));
        var by = new Person(foreign.By, "", PersonKind.Unknown);
        return new AuditDraft
        {
            Type = AuditTypes.CheckOverwritten,
            Outcome = AuditOutcome.Deny,
            Actor = foreign.By.Length > 0 ? new AuditActor("user", await ReferenceAsync(forge, by, cancellation)) : null,
            Subject = new AuditSubject("ruling", ruling.Id.ToString()),
            Correlation = ruling.Revision.Change.ToString(),
            Attributes = attributes,
        };
    }

    /// <summary>What changed for approvals since the last ruling: asked for, given, no longer counting.</summary>
    public async Task<ImmutableArray<AuditDraft>> ApprovalsAsync(Ruling? before, Ruling now, string forge, CancellationToken cancellation)
    {
        var entries = ImmutableArray.CreateBuilder<AuditDraft>();
        foreach (var asked in now.Requirements)
        {
            var was = before?.Requirements.FirstOrDefault(known => known.Rule == asked.Rule);
            var isSameHead = before?.Revision.Head == now.Revision.Head;
            if (asked.State == RequirementState.Pending && !(was?.State == RequirementState.Pending && isSameHead))
            {
                entries.Add(Entry(AuditTypes.ApprovalRequested, AuditOutcome.Pending, now, asked, null));
            }

            foreach (var approval in asked.Given.Where(given => was?.Given.Any(known => known.By.Id == given.By.Id && known.On == given.On) != true))
            {
                var actor = await NamedAsync(forge, approval.By, cancellation);
                var entry = Entry(AuditTypes.ApprovalGranted, AuditOutcome.Success, now, asked, actor) with { Occurred = approval.At };
                var isReview = approval.Method == Candidate.ByReview;
                entries.Add(isReview ? entry : entry with { Attributes = entry.Attributes.Add("method", approval.Method) });
            }

            foreach (var gone in asked.Dismissed.Where(gone => was?.Dismissed.Any(known => known.By.Id == gone.By.Id && known.Why == gone.Why) != true))
            {
                var actor = await NamedAsync(forge, gone.By, cancellation);
                entries.Add(Entry(AuditTypes.ApprovalDismissed, AuditOutcome.Failure, now, asked, actor) with { Occurred = gone.At });
            }
        }

        return entries.ToImmutable();
    }

    /// <summary>The word of a verdict, as it stands in entries.</summary>
    internal static string Word(Verdict verdict) => verdict switch
    {
        Verdict.Denied => "denied",
        Verdict.Errored => "errored",
        Verdict.Held => "held",
        Verdict.Allowed => "allowed",
    };

    private static AuditDraft Entry(string type, AuditOutcome outcome, Ruling ruling, Requirement asked, PersonalText? actor) => new()
    {
        Type = type,
        Outcome = outcome,
        Actor = actor is null ? null : new AuditActor("user", actor.Subject),
        Subject = new AuditSubject("ruling", ruling.Id.ToString()),
        Correlation = ruling.Revision.Change.ToString(),
        Attributes = AuditDraft.NoAttributes
            .Add("head", ruling.Revision.Head.Value)
            .Add("rule", asked.Rule)
            .Add("required", (long)asked.Required)
            .Add("given", (long)asked.Given.Count),
        Personal = actor is null ? [] : [actor],
    };

    private async Task<PersonalText> NamedAsync(string forge, Person person, CancellationToken cancellation) =>
        new(PersonalText.Actor, await ReferenceAsync(forge, person, cancellation), Words.Plain(person.Login));

    private Task<string> ReferenceAsync(string forge, Person person, CancellationToken cancellation) =>
        identities.ReferenceOfAsync(forge, person.Id.Length > 0 ? person.Id : Candidate.KeyOf(person), cancellation);
}
