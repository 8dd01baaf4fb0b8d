using System.Collections.Immutable;
using GitOpsGate.Approvals.Predicates;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;
using GitOpsGate.Facts;
using GitOpsGate.Rulings;

namespace GitOpsGate.Approvals;

/// <summary>Asks what each approval rule wants of a revision, and what it got. Pure.</summary>
public sealed class ApprovalJudge
{
    private readonly Evidence _evidence;
    private readonly ImmutableArray<Candidate> _candidates;
    private readonly Contributors _contributors;

    private ApprovalJudge(Evidence evidence)
    {
        _evidence = evidence;
        _candidates = Candidate.Fold(evidence.Reviews);
        _contributors = Contributors.Of(evidence.Change, evidence.Content.Commits);
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
        foreach (var candidate in _candidates)
        {
            var eligible = Eligibility.Of(rule, candidate.By, _evidence);
            if (candidate.Review.State == ReviewState.ChangesRequested)
            {
                // A veto of somebody whose team cannot be told counts: doubt holds the change.
                if (eligible.Holding != Holding.No && !IsAuthor(candidate.By)) vetoes.Add(candidate);
                continue;
            }

            if (candidate.Review.State != ReviewState.Approved) continue;
            if (WhyNot(rule, candidate, eligible) is { } why) dismissed.Add(new Dismissal(candidate.By, candidate.Review.SubmittedAt, why));
            else if (eligible.Holding == Holding.Unknown) unknown.Add(eligible.Why);
            else given.Add(new Approval(candidate.By, candidate.Review.SubmittedAt, candidate.Review.Commit, "review"));
        }

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
        if (IsAuthor(candidate.By) && !rule.AuthorMayApprove) return "is the change's author";
        if (!rule.ContributorMayApprove && _contributors.Why(candidate.By) is { } contributed) return contributed;
        if (eligible.Holding == Holding.No) return eligible.Why;
        return rule.DismissOnPush ? Freshness.WhyStale(candidate.Review, _evidence) : null;
    }

    private bool IsAuthor(Person person) => Candidate.KeyOf(person) == Candidate.KeyOf(_evidence.Change.Author)
        || person.Login.Equals(_evidence.Change.Author.Login, StringComparison.OrdinalIgnoreCase);

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
