using System.Collections.Immutable;
using GitOpsGate.Configuration;
using GitOpsGate.Facts;

namespace GitOpsGate.Approvals.Predicates;

/// <summary>Whether a changed file, by its old or its new name, matches one of the globs.</summary>
public static class TouchesPaths
{
    /// <summary>How a gap in the list of changed files is named.</summary>
    public const string Gap = "files";

    public static Answer Ask(ImmutableArray<string> globs, Evidence evidence)
    {
        if (globs.IsEmpty) return Answer.Yes;
        var compiled = globs.Select(glob => Glob.TryParse(glob, out var read, out _) ? read : null).OfType<Glob>().ToArray();
        foreach (var file in evidence.Content.Files)
        {
            if (compiled.Any(glob => glob.Matches(file.Path) || (file.PreviousPath is { } old && glob.Matches(old)))) return Answer.Yes;
        }

        return evidence.Gaps.FirstOrDefault(gap => gap.What == Gap) is { } missing
            ? Answer.Unknown($"cannot be told which files change: {missing.Why}")
            : Answer.No($"changes nothing below {Words.List(globs)}");
    }
}
