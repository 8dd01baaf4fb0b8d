using System.Collections.Immutable;
using System.Globalization;
using GitOpsGate.Approvals;
using GitOpsGate.Audit;
using GitOpsGate.Changes;
using GitOpsGate.Ports;
using GitOpsGate.Rulings;

namespace GitOpsGate.Deliveries;

/// <summary>
/// Who stands behind an order: its entry alone shows an auditor that duties were separate, for every merge that it brings, without a name.
/// <c>duties</c> has a line for each merge: the author's reference, then the approvers' whose approvals counted.
/// </summary>
internal sealed class OrderStanding(IIdentities identities)
{
    // As many as fit into an entry beside all else; <c>merges</c> says how many there are.
    private const int MostMerges = 40;
    private const int MostApprovers = 10;

    /// <param name="steps">The merges, oldest first; at least one.</param>
    public async Task<ImmutableSortedDictionary<string, AuditValue>> OfAsync(
        string forge, ImmutableArray<CoveredStep> steps, CancellationToken cancellation)
    {
        var (last, rulings) = (steps[^1].Ruling, steps.Select(step => step.Ruling).ToArray());
        var duties = ImmutableArray.CreateBuilder<string>();
        foreach (var step in steps.Take(MostMerges)) duties.Add(await DutyAsync(forge, step, cancellation));
        var counted = steps.Select(step => (step.Ruling.Revision.Head, Approvals: Counted(step.Ruling))).ToArray();
        var standing = AuditDraft.NoAttributes
            .Add("duties", new AuditValue.Texts(duties.ToImmutable()))
            .Add("merges", (long)steps.Length)
            .Add("forge", forge)
            .Add("head", last.Revision.Head.Value)
            .Add("rules", $"sha256:{last.RulesDigest}")
            .Add("policies", new AuditValue.Texts([.. last.Bundles.Select(bundle => bundle.Name)]))
            .Add("verdict", RulingEntries.Word(rulings.Min(ruling => ruling.Verdict)))
            .Add("decidedAt", Text(rulings.Max(ruling => ruling.RuledAt)))
            .Add("required", (long)rulings.Max(Required))
            .Add("given", (long)counted.Min(one => one.Approvals.Length));
        return await OverridesAsync(forge, rulings, Approved(standing, counted), cancellation);
    }

    private static ImmutableSortedDictionary<string, AuditValue> Approved(
        ImmutableSortedDictionary<string, AuditValue> standing, (CommitId Head, Approval[] Approvals)[] counted) =>
        counted.All(one => one.Approvals.Length == 0)
            ? standing
            : standing
                .Add("approvedAt", Text(counted.SelectMany(one => one.Approvals).Max(approval => approval.At)))
                .Add("onHead", counted.All(one => one.Approvals.All(approval => approval.On == one.Head)));

    private async Task<ImmutableSortedDictionary<string, AuditValue>> OverridesAsync(
        string forge, Ruling[] rulings, ImmutableSortedDictionary<string, AuditValue> standing, CancellationToken cancellation)
    {
        var people = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var use in rulings.Select(ruling => ruling.Override).OfType<Chat.OverrideUse>().Take(MostMerges))
        {
            people.Add(await ReferenceAsync(forge, use.By, cancellation));
        }

        return people.Count == 0 ? standing : standing.Add("overrideBy", new AuditValue.Texts([.. people]));
    }

    private async Task<string> DutyAsync(string forge, CoveredStep step, CancellationToken cancellation)
    {
        var author = step.Change.Change.Author;
        var people = new List<string> { await ReferenceAsync(forge, author, cancellation) };
        // An author among the approvers is never the one who has no place.
        var approvals = Counted(step.Ruling).OrderByDescending(approval => Candidate.KeyOf(approval.By) == Candidate.KeyOf(author));
        foreach (var approval in approvals.Take(MostApprovers)) people.Add(await ReferenceAsync(forge, approval.By, cancellation));
        return string.Join(' ', people);
    }

    // A person whose approval counts for several rules approved once; rules on trial ask for nothing.
    private static Approval[] Counted(Ruling ruling) =>
    [
        .. from requirement in ruling.Requirements
           where requirement.Mode != RuleMode.Shadow
           from approval in requirement.Given
           group approval by Candidate.KeyOf(approval.By) into person
           orderby person.Key
           select person.MaxBy(approval => approval.At),
    ];

    private static int Required(Ruling ruling) =>
        ruling.Requirements.Where(requirement => requirement.Mode != RuleMode.Shadow).Select(requirement => requirement.Required).DefaultIfEmpty().Max();

    private static string Text(DateTimeOffset at) => at.UtcDateTime.ToString(PlacedEntry.TimeFormat, CultureInfo.InvariantCulture);

    private Task<string> ReferenceAsync(string forge, Person person, CancellationToken cancellation) =>
        identities.ReferenceOfAsync(forge, person.Id.Length > 0 ? person.Id : Candidate.KeyOf(person), cancellation);
}
