using System.Text.Json;
using GitOpsGate.Ports;

namespace GitOpsGate.WebhookGateway.Api;

/// <summary>A push to a guarded branch that no ruling covers: nothing of it was dispatched.</summary>
/// <param name="AuditIndex">Where its entry stands in the audit log.</param>
/// <param name="Repository"><c>connection:owner/name</c>.</param>
/// <param name="Before">The branch's tip before the push; empty when the branch is new.</param>
/// <param name="Commits">The commits that no ruling covers, oldest first; at most 100 are named.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Finding">What is so, and what would be right.</param>
public sealed record UnmanagedView(
    long AuditIndex, DateTimeOffset At, string Repository, string Branch, string Before, string After, bool IsForced,
    IReadOnlyList<string> Commits, long Count, FindingView Finding)
{
    public static UnmanagedView Of(AuditLeaf leaf)
    {
        using var document = JsonDocument.Parse(leaf.Bytes);
        var (entry, attributes) = (document.RootElement, document.RootElement.GetProperty("attrs"));
        var (branch, count) = (attributes.GetProperty("branch").GetString()!, attributes.GetProperty("count").GetInt64());
        var found = count switch
        {
            0 => $"a move of `{branch}` that drops what was covered,",
            1 => $"1 commit on `{branch}`",
            > 1 or < 0 => $"{count} commits on `{branch}`",
        };
        return new UnmanagedView(
            leaf.Index, entry.GetProperty("time").GetDateTimeOffset(), entry.GetProperty("subject").GetProperty("ref").GetString()!, branch,
            attributes.GetProperty("before").GetString()!, attributes.GetProperty("after").GetString()!,
            attributes.GetProperty("forced").GetBoolean(), [.. attributes.GetProperty("commits").EnumerateArray().Select(id => id.GetString()!)],
            count, new FindingView(
                Rulings.Verdict.Denied, "gate/unmanaged-push",
                $"{found} that no ruling covers; a change request that the gate allowed would be right", Rulings.RuleMode.Enforce,
                null));
    }
}
