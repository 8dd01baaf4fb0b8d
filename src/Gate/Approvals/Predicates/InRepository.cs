using System.Collections.Immutable;
using GitOpsGate.Changes;
using GitOpsGate.Configuration;

namespace GitOpsGate.Approvals.Predicates;

/// <summary>Whether the repository's path, or <c>connection:path</c>, matches one of the globs, in either case of letters.</summary>
public static class InRepository
{
    public static Answer Ask(ImmutableArray<string> globs, RepositoryKey repository)
    {
        if (globs.IsEmpty) return Answer.Yes;
        if (string.IsNullOrEmpty(repository.Path)) return Answer.Unknown("cannot be told which repository it is in");
        // Forges find a repository in either case of letters; a rule that somebody wrote in another case must not be lost by it.
        ImmutableArray<string> either = [.. globs, .. globs.Select(glob => glob.ToLowerInvariant())];
        string[] names = [repository.Path, repository.ToString()];
        return names.Any(name => Glob.AnyMatches(either, name) || Glob.AnyMatches(either, name.ToLowerInvariant()))
            ? Answer.Yes
            : Answer.No($"is in `{repository.Path}`, not {Words.List(globs)}");
    }
}
