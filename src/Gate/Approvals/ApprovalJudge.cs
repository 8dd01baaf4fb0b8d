using System.Collections.Immutable;
using GitOpsGate.Approvals.Predicates;
using GitOpsGate.Changes;
using GitOpsGate.Chat;
using GitOpsGate.Configuration;
using GitOpsGate.Facts;
using GitOpsGate.Rulings;

namespace GitOpsGate.Approvals;

/// <summary>Asks what each approval rule wants of a revision, and what it got. Pure.</summary>
public sealed class ApprovalJudge
{
    private readonly Evidence _evidence;
    private readonly ImmutableArray<Candidate> _candidates;
    private readonly ImmutableArray<SaidApproval> _said;
    private readonly Approvers _approvers;

    private ApprovalJudge(Evidence evidence)
    {
        _evidence = evidence;
        _candidates = Candidate.Fold(evidence.Reviews);
        _said = SaidApproval.Of(evidence);
        _approvers = new Approvers(evidence);
    }

    /// <summary>One answer per rule, in the order of the rules.</summary>
    public static ImmutableArray<ApprovalAnswer> Ask(ImmutableArray<ApprovalRule> rules, Evidence evidence)
    {
        var judge = new ApprovalJudge(evidence);
        return [.. rules.Select(judge.Ask)];
    }

    private ApprovalAnswer Ask(ApprovalRule rule)
    {
        var scope = Scope.Ask(rule.When, _evidence);
        return scope.Holding switch
        {
            Holding.No => new(Empty(rule, RequirementState.Skipped, $"rule `{rule.Name}` does not apply: the change {scope.Why}"), []),
            Holding.Unknown => new(
                Empty(rule, RequirementState.Errored, $"whether rule `{rule.Name}` applies cannot be told: it {scope.Why}"), []),
            Holding.Yes => Count(rule),
        };
    }

    private ApprovalAnswer Count(ApprovalRule rule)
    {
        var given = ImmutableArray.CreateBuilder<Approval>();
        var dismissed = ImmutableArray.CreateBuilder<Dismissal>();
        var vetoes = ImmutableArray.CreateBuilder<Candidate>();
        var unknown = ImmutableArray.CreateBuilder<string>();
        foreach (var candidate in Candidates.Of(rule, _candidates, _said))
        {
            var eligible = Eligibility.Of(rule, candidate.By, _evidence);
            if (candidate.Review.State == ReviewState.ChangesRequested)
            {
                // A veto of somebody whose team cannot be told counts: doubt holds the change.
                if (eligible.Holding != Holding.No && !_approvers.IsAuthor(candidate.By)) vetoes.Add(candidate);
                continue;
            }

            if (candidate.Review.State != ReviewState.Approved) continue;
            if (WhyNot(rule, candidate, eligible) is { } why) dismissed.Add(new Dismissal(candidate.By, candidate.Review.SubmittedAt, why));
            else if (eligible.Holding == Holding.Unknown) unknown.Add(eligible.Why);
            else given.Add(new Approval(candidate.By, candidate.Review.SubmittedAt, candidate.Review.Commit, candidate.Method));
        }

        var isGiven = given.Select(approval => Candidate.KeyOf(approval.By)).ToHashSet(StringComparer.Ordinal);
        dismissed.AddRange(Candidates.Dismissed(rule, _said).Where(gone => !isGiven.Contains(Candidate.KeyOf(gone.By))));

        // A team that nobody can look into will never be told; that is not the same as an approval that is still to come.
        unknown.AddRange(
            from team in rule.Teams
            from gap in _evidence.Gaps
            where gap.What == $"team:{team}"
            select $"team `{team}`: {gap.Why}");
        var state = given.Count >= rule.Count ? RequirementState.Approved
            : unknown.Count > 0 ? RequirementState.Errored : RequirementState.Pending;
        var requirement = Empty(rule, state, Sentence(rule, state, given, unknown)) with
        {
            Given = given.ToImmutable(),
            Dismissed = dismissed.ToImmutable(),
            WaitingSince = state == RequirementState.Pending ? WaitingSince() : null,
        };
        return new ApprovalAnswer(requirement, vetoes.ToImmutable());
    }

    private string? WhyNot(ApprovalRule rule, Candidate candidate, Answer eligible)
    {
        if (_approvers.WhyNot(rule, candidate.By, eligible) is { } why) return why;
        // An approval in a comment is a candidate only if it is known to count for the head.
        if (candidate.Method == Candidate.ByComment) return null;
        if (!rule.TakesReviews) return $"was given in a review, and rule `{rule.Name}` takes `/gate approve` in a comment";
        return rule.DismissOnPush ? Freshness.WhyStale(candidate.Review, _evidence) : null;
    }

    private DateTimeOffset WaitingSince() => _candidates
        .Where(candidate => candidate.Review.State is ReviewState.ChangesRequested or ReviewState.Dismissed)
        .Select(candidate => candidate.Review.SubmittedAt)
        .Append(_evidence.HeadSeenAt ?? _evidence.GatheredAt).Max();

    private static Requirement Empty(ApprovalRule rule, RequirementState state, string sentence) => new()
    {
        Rule = rule.Name,
        State = state,
        Sentence = sentence,
        Mode = rule.Mode,
        Required = rule.Count,
        From = [.. rule.Users.Select(user => $"user:{user}"), .. rule.Teams.Select(team => $"team:{team}")],
    };

    private static string Sentence(
        ApprovalRule rule, RequirementState state, ImmutableArray<Approval>.Builder given, ImmutableArray<string>.Builder unknown)
    {
        var asked = $"rule `{rule.Name}` asks for {Words.Count(rule.Count, "approval")}{Eligibility.From(rule)}";
        var by = given.Count == 0 ? "" : $" by {Words.List(given.Select(approval => approval.By.Login), "and")}";
        return state switch
        {
            RequirementState.Approved => $"rule `{rule.Name}`: {given.Count} of {Words.Count(rule.Count, "approval")}{by}",
            RequirementState.Errored => $"{asked}, and it cannot be told who may give them: {string.Join("; ", unknown.Distinct())}",
            RequirementState.Pending or RequirementState.Skipped => $"{asked}, {given.Count} given{by}",
        };
    }
}

/// <summary>What a rule wants and got, and who asked for changes in its name.</summary>
public sealed record ApprovalAnswer(Requirement Requirement, ImmutableArray<Candidate> Vetoes);
