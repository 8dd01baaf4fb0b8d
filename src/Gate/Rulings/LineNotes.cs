using System.Collections.Immutable;
using System.Diagnostics;
using GitOpsGate.Ports;

namespace GitOpsGate.Rulings;

/// <summary>What of a ruling is shown at the lines of changed files, on forges that can. Pure.</summary>
public static class LineNotes
{
    /// <summary>How many are given at most: no forge takes more in one report.</summary>
    public const int Most = 1000;

    /// <summary>The findings that have a place, the heaviest first; without rules on trial and without what is well.</summary>
    public static ImmutableArray<LineNote> Of(Ruling ruling) =>
    [
        .. ruling.Findings
            .Where(finding => finding.Place is not null && finding.Mode != RuleMode.Shadow && finding.Weight != Verdict.Allowed)
            .Select(finding => new LineNote(finding.Place!, LevelOf(finding), finding.Rule, finding.Message))
            .Distinct()
            .OrderBy(note => note.Level)
            .Take(Most),
    ];

    private static NoteLevel LevelOf(Finding finding) => finding.Mode switch
    {
        RuleMode.Enforce => finding.Weight == Verdict.Held ? NoteLevel.Notice : NoteLevel.Failure,
        RuleMode.Warn => NoteLevel.Warning,
        RuleMode.Shadow => throw new UnreachableException("what is on trial is shown to nobody"),
    };
}
