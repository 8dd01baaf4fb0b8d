using System.Collections.Immutable;

namespace GitOpsGate.Exports;

/// <summary>A control of a standard, and the rule by which a row of the population passes it.</summary>
/// <param name="Column">The column of the population report.</param>
/// <param name="Rule">The rule in words, as it is published with the counts.</param>
/// <param name="Types">The entry types that serve it.</param>
/// <param name="Columns">The columns of the population report that serve it.</param>
internal sealed record Control(
    string Column, string Standard, string Title, string Rule, ImmutableArray<string> Types, ImmutableArray<string> Columns)
{
    private const string WithoutFacts = "n.a. where the entry does not hold the facts; a push that went past the gate fails";

    public static readonly ImmutableArray<Control> All =
    [
        new(
            "CC8.1", "SOC 2 (AICPA Trust Services Criteria)", "changes are authorized, tested, approved and implemented",
            $"pass: the gate's decision allowed it, each merge has an approval that counted and none by its author, and the last one came before the "
            + $"deployment; {WithoutFacts}",
            ["decision.evaluated", "approval.granted", "dispatch.requested", "change.unmanaged", "override.used"],
            ["decision", "approvals_valid", "sod_result", "approved_before_deploy", "exception"])
        { Result = facts => facts.IsApproved && facts.IsSeparate ? Duties.Pass : Duties.Fail },
        new(
            "A.8.32", "ISO/IEC 27001:2022", "change management",
            $"pass: the gate's decision allowed it, and it was authorized before it was deployed; {WithoutFacts}",
            ["decision.evaluated", "approval.granted", "dispatch.requested", "change.unmanaged"], ["decision", "approved_before_deploy"])
        { Result = facts => facts.IsAllowed && facts.IsBefore ? Duties.Pass : Duties.Fail },
        new(
            "PCI 6.5.1", "PCI DSS 4.0.1", "changes follow established procedures",
            "fail: not approved by authorized parties before the deployment; n.a. otherwise, since reason, security impact and back-out "
            + "procedure stand in your tickets, not in this log",
            ["approval.granted", "dispatch.requested", "change.unmanaged"], ["approvals_valid", "approver_refs", "approved_before_deploy"])
        { Result = facts => facts.IsApproved ? Duties.NotApplicable : Duties.Fail },
        new(
            "SOX ITGC", "SOX section 404, IT general controls", "program changes are authorized with separate duties",
            $"pass: as CC8.1: nobody brought a change to an environment alone; {WithoutFacts}",
            ["approval.granted", "dispatch.requested", "change.unmanaged", "override.used"], ["sod_result", "author_ref", "approver_refs", "approved_before_deploy"])
        { Result = facts => facts.IsApproved && facts.IsSeparate ? Duties.Pass : Duties.Fail },
    ];

    private Func<Facts, string> Result { get; init; } = _ => Duties.Fail;

    /// <summary><c>pass</c>, <c>fail</c> or <c>n.a.</c> for a deployment's row.</summary>
    public string ResultOf(ReportRow row)
    {
        if (row["decision"].Length == 0 || row["sod_result"] == Duties.NotApplicable) return Duties.NotApplicable;
        var (isAllowed, isBefore) = (row["decision"] == "allowed", row["approved_before_deploy"] == "true");
        var isApproved = isAllowed && isBefore && row["approvals_valid"] is not ("" or "0");
        return Result(new Facts(isAllowed, isBefore, isApproved, row["sod_result"] == Duties.Pass));
    }

    private readonly record struct Facts(bool IsAllowed, bool IsBefore, bool IsApproved, bool IsSeparate);
}
