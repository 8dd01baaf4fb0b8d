using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;

namespace GitOpsGate.Approvals.Predicates;

/// <summary>Whether the repository's path, or <c>connection:path</c>, matches one of the globs.</summary>
public static class InRepository
{
    public static Answer Ask(ImmutableArray<string> globs, RepositoryKey repository)
    {
        if (globs.IsEmpty) return Answer.Yes;
        if (string.IsNullOrEmpty(repository.Path)) return Answer.Unknown("cannot be told which repository it is in");
        return Glob.AnyMatches(globs, repository.Path) || Glob.AnyMatches(globs, repository.ToString())
            ? Answer.Yes
            : Answer.No($"is in `{repository.Path}`, not {Words.List(globs)}");
    }
}
