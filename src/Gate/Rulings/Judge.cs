using System.Collections.Immutable;
using GitOpsGate.Approvals;
using GitOpsGate.Changes;
using GitOpsGate.Chat;
using GitOpsGate.Configuration;
using GitOpsGate.Facts;
using GitOpsGate.Policies;
using GitOpsGate.Ports;

namespace GitOpsGate.Rulings;

/// <summary>A ruling, and the canonical evidence that it rests on.</summary>
public sealed record Judgement(Ruling Ruling, ReadOnlyMemory<byte> Evidence)
{
    /// <summary>What came of commands in comments.</summary>
    public ChatOutcome Chat { get; init; } = new();
}

/// <summary>
/// Rules on a revision from its evidence alone: the same evidence, rules and bundles give the same verdict and findings. Pure but for
/// the policy engines. Safe to call concurrently.
/// </summary>
public sealed class Judge(GateConfiguration configuration, IPolicyEngines engines)
{
    private readonly string _serverDigest = KeptRules.Of(configuration).Digest;

    public async Task<Judgement> JudgeAsync(Evidence evidence, RulingId id, DateTimeOffset now, CancellationToken cancellation)
    {
        // What does not stand in the document must not count: the ruling could not be made again from it.
        evidence = NormalEvidence.Of(evidence);
        var rules = RuleSet.Of(configuration, evidence.Change.Key.Repository, evidence.Content.RuleFile);
        var answers = ApprovalJudge.Ask(rules.Approvals, evidence);
        var requirements = answers.Select(answer => answer.Requirement).ToImmutableArray();
        var canonical = EvidenceInput.Write(evidence, requirements, now);
        var policies = new PolicyJudge(engines, evidence, PolicyInput.FromJson(canonical));

        List<Finding> findings = [.. rules.Problems, .. GateFindings.Of(evidence), .. ApprovalFindings.Of(answers)];
        var covered = requirements.Any(requirement => requirement is { Mode: RuleMode.Enforce, State: not RequirementState.Skipped });
        foreach (var rule in rules.Policies)
        {
            var found = await policies.AskAsync(rule, cancellation);
            covered |= rule.Mode == RuleMode.Enforce && found.Length > 0;
            findings.AddRange(found);
        }

        if (!covered && rules.Problems.IsEmpty) findings.Add(GateFindings.NoRule(evidence.Content.RuleFile is null));
        var chat = new ChatJudge(rules, evidence);
        var ordered = Weighing.Order(chat.Apply(findings, out var use));
        var ruling = new Ruling
        {
            Id = id,
            Revision = evidence.Change.Revision,
            TargetBranch = evidence.Change.TargetBranch,
            MergeBase = evidence.Content.MergeBase,
            Verdict = Weighing.Weigh(ordered),
            Summary = "",
            Findings = ordered,
            Requirements = requirements,
            Bundles = policies.Uses,
            World = policies.World.IsEmpty ? null : policies.World,
            Chat = chat.Memory,
            Override = use,
            EvidenceDigest = EvidenceInput.Digest(canonical),
            RulesDigest = rules.Digest,
            ServerDigest = _serverDigest,
            RuledAt = now,
        };
        ruling = ruling with { Summary = Explanation.Summary(ruling), WayToGreen = Explanation.WayToGreen(ruling) };
        return new Judgement(ruling, canonical) { Chat = chat.Outcome(ruling) };
    }
}

/// <summary>How findings make a verdict.</summary>
public static class Weighing
{
    /// <summary>The strictest finding that decides; nothing found is a denial.</summary>
    public static Verdict Weigh(IEnumerable<Finding> findings) =>
        findings.Where(finding => finding.Decides).Select(finding => finding.Weight).DefaultIfEmpty(Verdict.Denied).Min();

    /// <summary>The determining findings first, otherwise in the order in which they were found.</summary>
    public static ImmutableArray<Finding> Order(IEnumerable<Finding> findings) =>
        [.. findings.OrderBy(finding => finding.Mode).ThenBy(finding => finding.OverriddenBy is not null).ThenBy(finding => finding.Weight)];
}

/// <summary>What the gate finds by itself, without a rule that asks for it.</summary>
internal static class GateFindings
{
    public static IEnumerable<Finding> Of(Evidence evidence)
    {
        var change = evidence.Change;
        if (change.IsDraft) yield return Found(Verdict.Held, "gate/draft", "the change is a draft; mark it as ready");
        if (change.State == ChangeState.Closed) yield return Found(Verdict.Denied, "gate/state", "the change is closed; open it again");
        if (change.State == ChangeState.Unknown) yield return Found(Verdict.Errored, "gate/state", "the forge does not say whether it is open");
        if (evidence.Content.Head != change.Head)
        {
            yield return Found(Verdict.Errored, "gate/evidence", $"Git knows head `{evidence.Content.Head.Short}`, the forge `{change.Head.Short}`");
        }

        // What is not listed may be just what a rule by path, or one about contributors, would have asked about.
        foreach (var missing in evidence.Content.Problems.Where(problem => problem.Path == ContentProblem.Whole))
        {
            yield return Found(Verdict.Errored, "gate/evidence", $"{Words.Plain(missing.Message, 300)}; a smaller change would be right");
        }

        foreach (var gap in evidence.Gaps.Where(gap => !gap.What.StartsWith("team:", StringComparison.Ordinal)))
        {
            yield return Found(Verdict.Errored, "gate/evidence", $"`{Words.Plain(gap.What)}` could not be found out: {gap.Why}");
        }
    }

    public static Finding NoRule(bool isFileMissing) => Found(
        Verdict.Denied,
        "gate/no-rule",
        $"no rule that decides covers this change; {(isFileMissing ? "add" : "widen a rule in")} `{RuleFileReader.FileName}` on the target branch");

    private static Finding Found(Verdict weight, string rule, string message) => new() { Weight = weight, Rule = rule, Message = message };
}

/// <summary>What approval rules and requests for changes weigh.</summary>
internal static class ApprovalFindings
{
    public static IEnumerable<Finding> Of(ImmutableArray<ApprovalAnswer> answers)
    {
        foreach (var requirement in answers.Select(answer => answer.Requirement).Where(asked => asked.State != RequirementState.Skipped))
        {
            yield return new Finding
            {
                Weight = requirement.State switch
                {
                    RequirementState.Errored or RequirementState.Skipped => Verdict.Errored,
                    RequirementState.Pending => Verdict.Held,
                    RequirementState.Approved => Verdict.Allowed,
                },
                Rule = $"approval/{requirement.Rule}",
                Message = requirement.Sentence,
                Mode = requirement.Mode,
            };
        }

        var vetoes = from answer in answers
                     from veto in answer.Vetoes
                     group answer.Requirement.Mode by veto.By.Login into person
                     orderby person.Key
                     select (Login: person.Key, Mode: person.Min());
        foreach (var (login, mode) in vetoes)
        {
            yield return new Finding
            {
                Weight = Verdict.Held,
                Rule = ChangesRequested,
                Message = $"`{Words.Plain(login)}` asks for changes; `{Words.Plain(login)}` approving, or the review being dismissed, would be right",
                Mode = mode,
            };
        }
    }

    public const string ChangesRequested = "approval/changes-requested";
}
