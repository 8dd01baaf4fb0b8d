using System.Collections.Immutable;
using GitOpsGate.Configuration;
using GitOpsGate.Facts;

namespace GitOpsGate.Approvals.Predicates;

/// <summary>Whether the branch that the change would be merged into matches one of the globs.</summary>
public static class TargetsBranch
{
    public static Answer Ask(ImmutableArray<string> globs, Evidence evidence)
    {
        if (globs.IsEmpty) return Answer.Yes;
        var branch = evidence.Change.TargetBranch;
        if (branch.Length == 0) return Answer.Unknown("cannot be told which branch it targets");
        return Glob.AnyMatches(globs, branch) ? Answer.Yes : Answer.No($"targets `{branch}`, not {Words.List(globs)}");
    }
}
