using System.Collections.Immutable;
using GitOpsGate.Audit;

namespace GitOpsGate.Exports;

/// <summary>
/// What an auditor draws samples from: a row for each order to an environment, by its gapless number, and for each push that went past the
/// gate. Cells that the log does not know are empty; what it keeps sealed is <c>withheld</c>, unless it is disclosed.
/// </summary>
internal static class PopulationReport
{
    public const string Unmanaged = "unmanaged";
    private const string Deploy = "deploy:";

    public static readonly ImmutableArray<string> Columns =
    [
        "population", "pop_no", "change_id", "log_seq", "leaf_sha256", "provider", "repo", "target_ref", "pr_no", "pr_url", "title", "reason",
        "security_impact", "change_type", "risk", "environment", "service", "author_ref", "author", "committer_refs", "approver_refs",
        "approvers", "approvals_required", "approvals_valid", "codeowner_ok", "merger_ref", "deployer_ref", "bot", "author≠approver",
        "committer≠approver", "author≠deployer", "approved_after_last_push", "sod_result", "opened_at", "last_push_at", "approved_at",
        "decided_at", "merged_at", "dispatched_at", "deployed_at", "approved_before_deploy", "head_sha", "merge_sha", "deployed_sha",
        "artefact_digest", "deployed_is_approved", "required_checks", "checks_passed", "checks_at", "ticket_ids", "ticket_linked_before_merge",
        "policy_id", "policy_digest", "decision", "failed_rules", "exception", "exception_type", "override_by_ref", "override_second_ref",
        "override_reason", "followup_due", "followup_done_at", "followup_by_ref", "followup_result", "followup_late", "deploy_result",
        "rollback_plan", "rolled_back_by_change", "incident_ids", "attestation_sha256", "CC8.1", "A.8.32", "PCI 6.5.1", "SOX ITGC",
    ];

    /// <summary>The types of entries that have a row.</summary>
    public static readonly ImmutableArray<string> Types = [AuditTypes.ChangeUnmanaged, AuditTypes.DispatchRequested];

    public static IEnumerable<string[]> Rows(ReportLeaf leaf, PeriodFacts facts, string? environment)
    {
        if (NumberOf(leaf, environment) is not { } number) yield break;
        var row = new ReportRow(Columns)
        {
            ["population"] = number.Population,
            ["pop_no"] = number.Number,
            ["change_id"] = leaf.Correlation,
            ["log_seq"] = leaf.Text("seq"),
            ["leaf_sha256"] = leaf.Hash,
            ["target_ref"] = leaf.Attribute("branch"),
        };
        if (number.Population == Unmanaged) FillUnmanaged(row, leaf);
        else FillDeployed(row, leaf, facts);
        row["attestation_sha256"] = facts.AttestationOf(row["repo"], number.Population == Unmanaged ? row["head_sha"] : row["deployed_sha"]);
        yield return row.Cells;
    }

    /// <summary>The population and the number of a row, or null for an entry that has none.</summary>
    public static (string Population, string Number)? NumberOf(ReportLeaf leaf, string? environment)
    {
        foreach (var name in leaf.Populations())
        {
            var isUnmanaged = leaf.Type == AuditTypes.ChangeUnmanaged && name == Unmanaged;
            var isDeploy = leaf.Type == AuditTypes.DispatchRequested && name.StartsWith(Deploy, StringComparison.Ordinal)
                && (environment is null || name[Deploy.Length..] == environment);
            if (isUnmanaged || isDeploy) return (name, leaf.Text("pop", name));
        }

        return null;
    }

    private static void FillUnmanaged(ReportRow row, ReportLeaf leaf)
    {
        row["repo"] = leaf.Subject;
        row["change_type"] = row["exception_type"] = Unmanaged;
        row["head_sha"] = leaf.Attribute("after");
        row["exception"] = "true";
        row["sod_result"] = Duties.Fail;
        foreach (var control in Control.All) row[control.Column] = Duties.Fail;
    }

    private static void FillDeployed(ReportRow row, ReportLeaf leaf, PeriodFacts facts)
    {
        FillPeople(row, leaf, facts);
        var merge = facts.MergeOf(leaf.Correlation);
        (row["merger_ref"], row["merged_at"], row["merge_sha"]) = (merge.Merger, merge.At, merge.Commit);
        (row["deploy_result"], row["deployed_at"]) = facts.ResultOf(leaf.Subject);
        row["provider"] = leaf.Attribute("forge");
        row["repo"] = leaf.Attribute("repository");
        row["pr_no"] = leaf.Attribute("change");
        row["title"] = facts.TitleOf(leaf.Correlation);
        row["environment"] = leaf.Attribute("environment");
        row["decided_at"] = leaf.Attribute("decidedAt");
        row["dispatched_at"] = leaf.Time;
        row["head_sha"] = leaf.Attribute("head");
        row["deployed_sha"] = leaf.Attribute("commit");
        row["artefact_digest"] = leaf.Attribute("tree");
        row["policy_id"] = leaf.Attribute("policies");
        row["policy_digest"] = leaf.Attribute("rules");
        row["decision"] = leaf.Attribute("verdict");
        row["deployed_is_approved"] = row["decision"] switch { "" => "", "allowed" => "true", _ => "false" };
        foreach (var control in Control.All) row[control.Column] = control.ResultOf(row);
    }

    private static void FillPeople(ReportRow row, ReportLeaf leaf, PeriodFacts facts)
    {
        var (duties, overridden, approvedAt) = (Duties.Of(leaf), leaf.Attribute("overrideBy"), leaf.Attribute("approvedAt"));
        row["author_ref"] = string.Join(';', duties.Authors);
        row["author"] = facts.NamesOf(duties.Authors);
        row["approver_refs"] = string.Join(';', duties.Approvers);
        row["approvers"] = facts.NamesOf(duties.Approvers);
        row["approvals_required"] = leaf.Attribute("required");
        row["approvals_valid"] = leaf.Attribute("given");
        // Nobody sends an order by hand: the gate does.
        row["deployer_ref"] = ReportTable.Gate;
        row["author≠approver"] = duties.Apart;
        row["author≠deployer"] = duties.Authors.Length > 0 ? "true" : "";
        row["approved_after_last_push"] = leaf.Attribute("onHead");
        row["sod_result"] = duties.Result;
        row["approved_at"] = approvedAt;
        row["approved_before_deploy"] = approvedAt.Length == 0 ? "" : string.CompareOrdinal(approvedAt, leaf.Time) <= 0 ? "true" : "false";
        row["change_type"] = overridden.Length > 0 ? "emergency" : "normal";
        row["exception"] = overridden.Length > 0 ? "true" : "false";
        row["exception_type"] = overridden.Length > 0 ? "override" : "";
        row["override_by_ref"] = overridden;
        row["override_reason"] = overridden.Length > 0 ? facts.OverrideOf(leaf.Correlation) : "";
    }
}
