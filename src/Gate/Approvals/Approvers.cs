using GitOpsGate.Approvals.Predicates;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Facts;

namespace GitOpsGate.Approvals;

/// <summary>Who may say yes to a revision, whatever they said. Pure.</summary>
internal sealed class Approvers(Evidence evidence)
{
    private readonly Contributors _contributors = Contributors.Of(evidence.Change, evidence.Content.Commits);

    public bool IsAuthor(Person person) => Candidate.KeyOf(person) == Candidate.KeyOf(evidence.Change.Author)
        || person.Login.Equals(evidence.Change.Author.Login, StringComparison.OrdinalIgnoreCase);

    /// <summary>Why this person had a part in the change, or may have had one; null when certainly not.</summary>
    public string? WhyPartOfIt(Person person) => IsAuthor(person) ? "is the change's author" : _contributors.Why(person);

    /// <summary>Why a person's approval does not count for a rule, or null. Who cannot be told to be eligible is not refused here.</summary>
    public string? WhyNot(ApprovalRule rule, Person person, Answer eligible)
    {
        if (IsAuthor(person) && !rule.AuthorMayApprove) return "is the change's author";
        if (!rule.ContributorMayApprove && _contributors.Why(person) is { } contributed) return contributed;
        return eligible.Holding == Holding.No ? eligible.Why : null;
    }

    /// <summary>Whether the rule would certainly count an approval of this person.</summary>
    public bool May(ApprovalRule rule, Person person)
    {
        var eligible = Eligibility.Of(rule, person, evidence);
        return eligible.Holding == Holding.Yes && WhyNot(rule, person, eligible) is null;
    }
}
