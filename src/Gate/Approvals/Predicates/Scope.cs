using GitOpsGate.Configuration;
using GitOpsGate.Facts;

namespace GitOpsGate.Approvals.Predicates;

/// <summary>Whether a rule applies to a revision: all predicates of its <c>when</c> hold.</summary>
public static class Scope
{
    /// <summary>One certain no is enough; otherwise one that cannot be told makes the whole unknown.</summary>
    public static Answer Ask(RuleScope scope, Evidence evidence)
    {
        Answer[] answers =
        [
            InRepository.Ask(scope.Repositories, evidence.Change.Key.Repository),
            TargetsBranch.Ask(scope.Branches, evidence),
            HasLabels.Ask(scope.Labels, evidence),
            TouchesPaths.Ask(scope.Paths, evidence),
        ];
        return answers.MinBy(answer => answer.Holding switch
        {
            Holding.No => 0,
            Holding.Unknown => 1,
            Holding.Yes => 2,
        });
    }
}
