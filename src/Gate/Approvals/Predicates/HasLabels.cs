using System.Collections.Immutable;
using GitOpsGate.Facts;

namespace GitOpsGate.Approvals.Predicates;

/// <summary>Whether the change carries all of the labels, in either case of letters.</summary>
public static class HasLabels
{
    /// <summary>How a gap in the list of labels is named.</summary>
    public const string Gap = "labels";

    public static Answer Ask(ImmutableArray<string> labels, Evidence evidence)
    {
        var missing = labels.Where(label => !evidence.Change.Labels.Contains(label, StringComparer.OrdinalIgnoreCase)).ToArray();
        if (missing.Length == 0) return Answer.Yes;
        return evidence.Gaps.FirstOrDefault(gap => gap.What == Gap) is { } gap
            ? Answer.Unknown($"cannot be told which labels it has: {gap.Why}")
            : Answer.No($"lacks label {Words.List(missing)}");
    }
}
